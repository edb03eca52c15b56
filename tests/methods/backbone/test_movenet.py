"""MoveNet's graph by our names: every filter lands in its place and the right way round; anything else is refused."""

import json

import numpy as np
import pytest
import torch
from made_graphs import described, write_graph, write_movenet

from maquette.errors import InputError
from maquette.methods.backbone.config import MOVENET_THUNDER
from maquette.methods.backbone.convert import feature_shapes
from maquette.methods.backbone.movenet import graph_names, read_movenet_weights
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SIZES = MobileSizes(
    stem=4,
    blocks=(InvertedResidual(4, expansion=1), *(InvertedResidual(width, 2, expansion=2) for width in (6, 8, 10, 12))),
    last=16,
    pyramid=KeypointPyramid(reads=(3, 2, 1), lateral=(8, 8, 6, 5), smooth=(6, 5, 7), hidden=9),
)


def sample_tensors(generator):
    """Numbers that 16 bits hold, by our names."""
    return {
        name: torch.randn(shape, generator=generator).half().float() for name, shape in feature_shapes(SIZES).items()
    }


@pytest.mark.parametrize("quantised", ["float16", None])
def test_every_tensor_lands_in_its_place(tmp_path, generator, quantised):
    tensors = sample_tensors(generator)
    found = read_movenet_weights(write_movenet(tmp_path, tensors, quantised=quantised), SIZES)
    assert set(found) == set(tensors)
    for name, value in tensors.items():
        assert torch.equal(found[name].float(), value), name


@pytest.mark.parametrize("quantised", ["uint8", "uint16"])
def test_coarser_numbers_are_read_as_near_as_they_are(tmp_path, generator, quantised):
    tensors = sample_tensors(generator)
    found = read_movenet_weights(write_movenet(tmp_path, tensors, quantised=quantised), SIZES)
    for name, value in tensors.items():
        step = (value.max() - value.min()) / np.iinfo(quantised).max
        assert (found[name] - value).abs().max() <= 0.51 * step + 1e-6, name


@pytest.mark.parametrize(
    ("name", "shape", "place_of"),
    [
        ("stem.weight", (3, 3, 3, 4), lambda row, column, incoming, outgoing: (outgoing, incoming, row, column)),
        ("blocks.1.expand.weight", (1, 1, 4, 8), lambda row, column, incoming, outgoing: (outgoing, incoming, 0, 0)),
        ("blocks.1.depthwise.weight", (3, 3, 8, 1), lambda row, column, channel, _: (channel, 0, row, column)),
    ],
)
def test_filters_are_turned_number_by_number(tmp_path, generator, name, shape, place_of):
    """TensorFlow counts (row, column, in, out), and for filters of single channels (row, column, channel, 1)."""
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    path = write_movenet(tmp_path, sample_tensors(generator))
    content = json.loads(path.read_text(encoding="utf-8"))
    (group,) = content["weightsManifest"]
    (place,) = [n for n, entry in enumerate(group["weights"]) if entry["name"].endswith("/" + graph_names(SIZES)[name])]
    (tmp_path / "own.bin").write_bytes(values.tobytes())
    own = {
        "paths": ["own.bin"],
        "weights": [{"name": group["weights"][place]["name"], "shape": shape, "dtype": "float32"}],
    }
    group["weights"][place]["name"] = "other"
    content["weightsManifest"].append(own)
    path.write_text(json.dumps(content), encoding="utf-8")
    found = read_movenet_weights(path, SIZES)[name]
    for place in np.ndindex(*shape):
        assert found[place_of(*place)] == values[place]


def test_all_of_thunder_is_asked_for_once():
    names = graph_names(MOVENET_THUNDER)
    assert set(names) == set(feature_shapes(MOVENET_THUNDER)) and len(set(names.values())) == len(names)


@pytest.mark.parametrize("name", ["stem.weight", "blocks.0.depthwise.bias", "smooth.1.depthwise.weight",
                                  "lateral.3.bias", "heads.offset.pointwise.weight"])  # fmt: skip
def test_a_graph_that_lacks_a_tensor_is_refused(tmp_path, generator, name):
    tensors = sample_tensors(generator)
    del tensors[name]
    with pytest.raises(InputError, match=r"model\.json' has no tensor called.*give the graph of MoveNet Thunder"):
        read_movenet_weights(write_movenet(tmp_path, tensors), SIZES)


def test_a_graph_with_two_of_a_name_is_refused(tmp_path):
    scopes = ("one/model/Conv1", "other/model/Conv1")
    parts = [described(f"{scope}/Conv2D_weights", np.zeros((3, 3, 3, 4), np.float32)) for scope in scopes]
    with pytest.raises(InputError, match="several tensors called 'model/Conv1/Conv2D_weights'"):
        read_movenet_weights(write_graph(tmp_path, parts), SIZES)


@pytest.mark.parametrize("values", [np.zeros((9, 12), np.float32), np.zeros((3, 3, 3, 4), np.int32), np.float32(1)])
def test_tensors_that_are_no_filters_are_refused(tmp_path, values):
    part = described("model/Conv1/Conv2D_weights", np.asarray(values))
    with pytest.raises(InputError, match=r"no filters where 'stem\.weight' should be"):
        read_movenet_weights(write_graph(tmp_path, [part]), SIZES)
