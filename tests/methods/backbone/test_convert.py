"""Networks of others become files that a backbone starts from, with a header that says whose they are."""

from dataclasses import replace

import pytest
import torch
from made_efficientnets import sample_efficientnet
from made_graphs import write_movenet
from safetensors.torch import load_file

from maquette.errors import InputError, SettingError
from maquette.methods.backbone.config import COMPACT, LITE, TINY
from maquette.methods.backbone.convert import convert_network, feature_shapes
from maquette.methods.backbone.pretrained import KIND, PRETRAINED
from maquette.methods.backbone.start import read_start
from maquette.methods.backbone.training import _find_start
from maquette.methods.weights import weights_to_bytes
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SIZES = MobileSizes(
    stem=4,
    blocks=(InvertedResidual(4, expansion=1), *(InvertedResidual(width, 2, expansion=2) for width in (6, 8, 10, 12))),
    last=16,
    top_features=8,
    head_features=8,
)
PYRAMID = KeypointPyramid(reads=(3, 2, 1), lateral=(8, 8, 6, 5), smooth=(6, 5, 7), hidden=9)
WITH_HEADS = replace(SIZES, pyramid=PYRAMID)


@pytest.fixture
def _small(monkeypatch):
    for name, sizes in (("movenet-thunder", WITH_HEADS), ("efficientnet-lite0", SIZES)):
        monkeypatch.setitem(PRETRAINED, name, PRETRAINED[name]._replace(sizes=sizes))


@pytest.fixture
def movenet(generator):
    shapes = feature_shapes(WITH_HEADS).items()
    return {name: torch.randn(shape, generator=generator).half().float() for name, shape in shapes}


@pytest.fixture
def graph(tmp_path, movenet):
    return write_movenet(tmp_path, movenet)


@pytest.fixture
def saved(tmp_path, generator):
    torch.save(sample_efficientnet(SIZES, generator), tmp_path / "net.pth")
    return tmp_path / "net.pth"


def started(folder, weights, sizes):
    path = folder / "start.safetensors"
    path.write_bytes(weights_to_bytes(weights))
    return path, read_start(path, replace(TINY, sizes=sizes))


@pytest.mark.usefixtures("_small")
def test_a_backbone_starts_from_a_converted_movenet(tmp_path, movenet, graph):
    weights = convert_network(graph)
    assert weights.about["kind"] == KIND == "maquette.pretrained_features"
    assert weights.about["network"] == "movenet-thunder" and weights.about["licence"] == "Apache-2.0"
    assert weights.about["line"] == "assisted" and "Google" in weights.about["origin"]
    assert {value.dtype for value in weights.tensors.values()} == {torch.float16}  # as they came
    path, start = started(tmp_path, weights, WITH_HEADS)
    assert start.brings_heads and not start.is_whole
    assert torch.equal(start.values["backbone.features.blocks.3.expand.weight"], movenet["blocks.3.expand.weight"])
    ancestor = _find_start(path, start)
    assert (ancestor.how, ancestor.name, ancestor.line) == ("started from", "start.safetensors", "assisted")


@pytest.mark.usefixtures("_small")
def test_heads_that_are_left_do_not_make_a_movenet_clean(tmp_path, graph):
    path, start = started(tmp_path, convert_network(graph), SIZES)
    assert not start.brings_heads and _find_start(path, start).line == "assisted"


@pytest.mark.usefixtures("_small")
def test_a_backbone_starts_from_a_converted_efficientnet(tmp_path, saved):
    weights = convert_network(saved)
    assert weights.about["network"] == "efficientnet-lite0" and weights.about["line"] == "clean"
    assert {value.dtype for value in weights.tensors.values()} == {torch.float32}  # folded numbers need their bits
    path, start = started(tmp_path, weights, SIZES)
    assert not start.brings_heads and _find_start(path, start).line == "clean"


@pytest.mark.parametrize("about", [{"line": "clean"}, {"kind": KIND}, {"kind": KIND, "line": "spotless"}])
@pytest.mark.usefixtures("_small")
def test_lines_that_no_converter_wrote_are_not_known(tmp_path, saved, about):
    path, start = started(tmp_path, convert_network(saved)._replace(about=about), SIZES)
    assert _find_start(path, start).line == "not known"


@pytest.mark.usefixtures("_small")
def test_the_network_may_be_named(graph, saved):
    named = convert_network(graph, "movenet-thunder"), convert_network(saved, "efficientnet-lite0")
    for weights, alone in zip(named, (convert_network(graph), convert_network(saved)), strict=True):
        assert weights_to_bytes(weights) == weights_to_bytes(alone)
    with pytest.raises(InputError, match="and is not read"):
        convert_network(graph, "efficientnet-lite0")
    with pytest.raises(InputError, match="JSON"):
        convert_network(saved, "movenet-thunder")


@pytest.mark.parametrize(
    ("name", "network", "words"),
    [
        ("model.json", "movenet", "there is no network 'movenet' to convert; known are movenet-thunder, efficientnet-"),
        ("model.json", "", "there is no network ''"),
        ("model.onnx", None, "no ending that is known; give the model.json"),
        ("model", None, "no ending that is known"),
        ("model.safetensors", None, "no ending that is known"),
    ],
)
def test_networks_that_are_not_known_are_refused(tmp_path, name, network, words):
    with pytest.raises(SettingError, match=words):
        convert_network(tmp_path / name, network)


def test_a_network_of_other_sizes_is_refused(graph, saved):
    """Those made up here are no Thunder and no Lite0."""
    with pytest.raises(InputError, match="no tensor called 'model/block_5_expand/Conv2D_weights'"):
        convert_network(graph)
    with pytest.raises(InputError, match=r"'_conv_stem.weight' as \(4, 3, 3, 3\), where \(32, 3, 3, 3\) is wanted"):
        convert_network(saved)


@pytest.mark.usefixtures("_small")
def test_tensors_of_other_shapes_are_refused(tmp_path, movenet):
    movenet["blocks.2.project.bias"] = torch.zeros(9)
    with pytest.raises(InputError, match=r"'blocks.2.project.bias' as \(9,\), where movenet-thunder has \(8,\)"):
        convert_network(write_movenet(tmp_path, movenet))


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.usefixtures("_small")
def test_weights_that_are_not_finite_are_refused(tmp_path, movenet, generator, value):
    movenet["last.bias"][3] = value
    with pytest.raises(InputError, match="not finite"):
        convert_network(write_movenet(tmp_path, movenet))
    values = sample_efficientnet(SIZES, generator)
    values["_blocks.0._bn1.running_var"][0] = -1.0 if value > 0 else value
    torch.save(values, tmp_path / "net.pth")
    with pytest.raises(InputError, match="not finite"):
        convert_network(tmp_path / "net.pth")


def test_thunder_as_it_was_converted_before_fits_what_is_asked_for(shared_data):
    path = shared_data.parent / "pretrained" / "movenet_thunder.safetensors"
    if not path.is_file():
        pytest.skip("MoveNet's weights are not beside this checkout (../shared/pretrained)")
    found = {name: value.shape for name, value in load_file(path).items()}
    assert found == feature_shapes(PRETRAINED["movenet-thunder"].sizes)


@pytest.mark.parametrize(("name", "config"), [("movenet-thunder", COMPACT), ("efficientnet-lite0", LITE)])
def test_presets_are_of_the_sizes_of_what_they_start_from(name, config):
    assert PRETRAINED[name].sizes == config.sizes
