"""Networks as ONNX graphs: they give what torch gives, for any number of pictures, and say what their outputs are."""

import json
from functools import cache
from typing import NamedTuple

import jaxtyping
import numpy as np
import pytest
import torch
from costly import slow_but
from PIL import Image
from small_networks import SIDE, SIZES, shown_pictures, small_backbone, small_sap

from maquette.body.catalog import H36M_17
from maquette.body.parts import PARTS_15
from maquette.errors import InputError, MissingExtraError
from maquette.methods.backbone.graph import OUTPUTS as BACKBONE_OUTPUTS
from maquette.methods.backbone.graph import BackboneReader, backbone_to_graph
from maquette.methods.backbone.model import SKELETON
from maquette.methods.onnx import graph, session
from maquette.methods.onnx.graph import size_px_of
from maquette.methods.onnx.int8 import graph_to_int8, read_squares
from maquette.methods.onnx.session import GraphSession, chosen_runtime, has_package, use_runtime
from maquette.methods.structure_motion.graph import OUTPUTS, sap_to_graph
from maquette.methods.structure_motion.heads import DepthRegression
from maquette.methods.structure_motion.model import SapNet

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.usefixtures("unchecked_shapes")  # sizes are tensors while a network is traced

PIXELS = {"keypoints_px": 1e-3, "depths_px": 1e-3, "sizes_m": 1e-3, "confidence": 1e-5, "yaw_rad": 1e-5}
"""How far the two may be apart."""


@cache
def sap_graph(kind="hourglass", seed=0):
    return sap_to_graph(small_sap(kind, seed), {"weights_sha256": "abc"})


@cache
def backbone_graph(kind="hourglass"):
    return backbone_to_graph(small_backbone(kind))


class Exported(NamedTuple):
    """A network that was exported while it learned, its weights before, and the graph."""

    model: SapNet
    before: dict[str, torch.Tensor]
    content: bytes


@cache
def exported_in_training():
    model = small_sap("hourglass").train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    return Exported(model, before, sap_to_graph(model, {"weights_sha256": "abc"}))


def session_of(content, folder):
    (folder / "network.onnx").write_bytes(content)
    return GraphSession(folder / "network.onnx")


def written(folder, content):
    (folder / "small.onnx").write_bytes(content)
    return folder / "small.onnx"


def worst(session, read, count, seed):
    """The largest difference of every output, as a share of what is allowed."""
    pictures = shown_pictures(count, seed)
    with torch.inference_mode():
        wanted = read(torch.from_numpy(pictures))
    found = session(pictures)
    for one, other in zip(wanted, found, strict=True):
        assert one.shape == other.shape and len(other) == count
    return max(
        np.abs(one.double().numpy() - other).max() / PIXELS.get(name, 0.5)
        for name, one, other in zip(session.outputs, wanted, found, strict=True)
    )


@pytest.mark.parametrize("kind", slow_but(["mobile with a pyramid"], SIZES))
def test_the_graph_of_a_sap_net_gives_what_torch_gives(kind, tmp_path):
    session, model = session_of(sap_graph(kind), tmp_path), small_sap(kind)
    assert session.outputs == tuple(output.name for output in OUTPUTS)
    assert all(worst(session, model.read, count, seed) < 1 for count in (1, 3) for seed in (0, 10, 20))


@pytest.mark.parametrize("kind", slow_but(["mobile with a pyramid"], SIZES))
def test_the_graph_of_a_backbone_gives_what_torch_gives(kind, tmp_path):
    session, reader = session_of(backbone_graph(kind), tmp_path), BackboneReader(small_backbone(kind).model)
    assert session.outputs == tuple(output.name for output in BACKBONE_OUTPUTS)
    assert all(worst(session, reader, count, seed) < 1 for count in (1, 3) for seed in (0, 10, 20))


@pytest.mark.slow
def test_the_published_heads_are_exported_too(tmp_path):
    model = small_sap("hourglass", heatmaps="gaussians", depth="regression", skeleton="mpii_16")
    assert isinstance(model.depth, DepthRegression)
    session = session_of(sap_to_graph(model), tmp_path)
    assert all(worst(session, model.read, count, 0) < 1 for count in (1, 3))


@pytest.mark.slow
def test_other_weights_are_another_graph_and_the_same_are_the_same_bytes():
    assert sap_graph() == exported_in_training().content != sap_graph(seed=1)


def test_metadata_say_what_it_is_and_what_its_numbers_mean(tmp_path):
    about = session_of(sap_graph(), tmp_path).about
    assert about["kind"] == "maquette.sap_net" and about["size_px"] == str(SIDE) and about["weights_sha256"] == "abc"
    assert about["skeleton"] == "h36m_17" and about["root"] == "pelvis"
    assert tuple(json.loads(about["joints"])) == H36M_17.joint_names
    meanings = json.loads(about["meanings"])
    assert "pixels" in meanings["keypoints_px"] and "metres" in meanings["sizes_m"] and "bytes" in meanings["pictures"]
    about = session_of(backbone_graph(), tmp_path).about
    assert tuple(json.loads(about["joints"])) == SKELETON.joint_names and tuple(json.loads(about["parts"])) == PARTS_15
    assert "radians" in json.loads(about["meanings"])["yaw_rad"]


def test_part_labels_are_the_likeliest_parts_and_yaw_is_an_angle():
    backbone = small_backbone("hourglass")
    pictures = torch.from_numpy(shown_pictures(2))
    with torch.no_grad():
        output, reading = backbone.model(pictures), BackboneReader(backbone.model)(pictures)
    assert torch.equal(reading.part_labels.long(), output.part_logits.argmax(dim=1))
    torch.testing.assert_close(torch.stack([reading.yaw_rad.cos(), reading.yaw_rad.sin()], -1) *
                               output.yaw.norm(dim=-1, keepdim=True), output.yaw)  # fmt: skip
    torch.testing.assert_close(reading.sizes_m.log(), output.log_size)


def test_exporting_leaves_the_weights_as_they_are_and_the_network_at_rest():
    model, before, _ = exported_in_training()
    assert not model.training and all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_without_onnx_the_answer_is_the_install_line(monkeypatch):
    def absent(name, **_):
        raise MissingExtraError(f"install {name}")

    monkeypatch.setattr(graph, "optional_import", absent)
    with pytest.raises(MissingExtraError, match="install onnx"):
        sap_to_graph(small_sap("hourglass"))


@pytest.mark.parametrize("content", [b"", b"no graph at all", b"\x08\x07" * 40])
def test_what_is_no_graph_is_refused(content, tmp_path):
    with pytest.raises(InputError, match="export it again"):
        session_of(content, tmp_path)


def test_a_graph_that_is_cut_off_is_refused(tmp_path):
    content = sap_graph()
    for share in (0.1, 0.5, 0.99):
        with pytest.raises(InputError):
            session_of(content[: int(share * len(content))], tmp_path)


def test_graphs_of_others_are_refused(tmp_path):
    import onnx

    shape = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    body = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [shape], [out])
    model = onnx.helper.make_model(body, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(InputError, match="no ONNX graph of ours"):
        session_of(model.SerializeToString(), tmp_path)


class TestChoosingTheRuntime:
    def test_the_environment_says_and_the_innermost_block_overrules_it(self, monkeypatch):
        monkeypatch.delenv(session.VARIABLE, raising=False)
        assert chosen_runtime() == "any"
        monkeypatch.setenv(session.VARIABLE, "onnxruntime")
        assert chosen_runtime() == "onnxruntime"
        with use_runtime("torch"):
            assert chosen_runtime() == "torch"
            with use_runtime("any"):
                assert chosen_runtime() == "any"
        assert chosen_runtime() == "onnxruntime"

    def test_another_word_is_refused(self, monkeypatch):
        monkeypatch.setenv(session.VARIABLE, "tensorrt")
        with pytest.raises(Exception, match="set it to torch or onnxruntime"):
            chosen_runtime()

    def test_packages_are_found_or_not(self):
        assert has_package("numpy") and not has_package("no_such_package_at_all")


@pytest.fixture(scope="module")
def contents():
    """A graph, and the same in 8 bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        content = sap_graph()
        return content, graph_to_int8(content, shown_pictures(8))


class TestInt8:
    def test_it_gives_nearly_the_same_and_says_that_it_counts_in_8_bits(self, contents, tmp_path):
        whole, small = session_of(contents[0], tmp_path), GraphSession(written(tmp_path, contents[1]))
        assert small.outputs == whole.outputs
        assert small.about == whole.about | {"numbers": "convolutions in 8 bits"}
        pictures = shown_pictures(3, seed=50)
        found, wanted = small(pictures), whole(pictures)
        assert 0 < np.median(np.abs(found[0] - wanted[0])) < 2
        np.testing.assert_allclose(found[3], wanted[3], rtol=0.2)

    def test_weights_of_convolutions_are_bytes(self, contents):
        import onnx

        kinds = {one.data_type for one in onnx.load_model_from_string(contents[1]).graph.initializer}
        assert onnx.TensorProto.INT8 in kinds
        assert size_px_of(contents[1]) == SIDE

    def test_pictures_become_squares_with_nothing_lost(self, tmp_path):
        wide = np.zeros((20, 40, 3), np.uint8)
        wide[:, :20], wide[:, 20:] = 100, 200
        Image.fromarray(wide).save(tmp_path / "wide.png")
        (square,) = read_squares(tmp_path / "wide.png", 40)
        assert square.shape == (3, 40, 40)
        assert (square[:, 12:28, 2:18] == 100).all() and (square[:, 12:28, 22:38] == 200).all()
        assert (square[:, :8] == 0).all() and (square[:, 32:] == 0).all()

    def test_pictures_of_a_folder_may_differ_in_size(self, tmp_path):
        for number, size in enumerate([(20, 40), (50, 30)]):
            Image.new("RGB", size, (90, 90, 90)).save(tmp_path / f"{number}.png")
        assert read_squares(tmp_path, 32).shape == (2, 3, 32, 32)

    def test_no_pictures_are_refused(self, tmp_path):
        with pytest.raises(InputError):
            read_squares(tmp_path / "absent", 64)
        with pytest.raises(InputError):
            read_squares(tmp_path, 64)
