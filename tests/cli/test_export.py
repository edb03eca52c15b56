"""`maquette export`: weights to an ONNX file that reads pictures; everything else is refused and leaves nothing."""

import hashlib

import pytest
from PIL import Image
from refusal import refused
from small_networks import shown_pictures

from maquette.errors import MissingExtraError
from maquette.methods import exports
from maquette.methods.backbone import config
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.weights import backbone_to_bytes
from maquette.methods.onnx.session import GraphSession
from maquette.methods.structure_motion.config import TINY
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.weights import sap_to_bytes

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.usefixtures("unchecked_shapes")  # sizes are tensors while a network is traced


@pytest.fixture
def weights(tmp_path):
    """Files of weights of both kinds, by name."""
    sap = sap_to_bytes(SapNet(TINY, 17).state_dict(), "tiny")
    backbone = backbone_to_bytes(BackboneModel(config.TINY.sizes, len(SKELETON)).state_dict(), "tiny")
    paths = {}
    for name, content in (("sap", sap), ("backbone", backbone)):
        paths[name] = tmp_path / f"{name}.safetensors"
        paths[name].write_bytes(content)
    return paths


@pytest.mark.parametrize(("name", "outputs", "joints"), [("sap", 4, 17), ("backbone", 6, 41)])
def test_a_file_of_weights_becomes_a_graph_that_reads_pictures(run, weights, tmp_path, name, outputs, joints):
    out = tmp_path / "new" / "network.onnx"
    said = run("export", weights[name], "--onnx", out)
    assert said.code == 0 and said.out == f"wrote {out}\n"
    session = GraphSession(out)
    read = session(shown_pictures(2))
    assert len(read) == outputs and read[0].shape == (2, joints, 2)
    assert session.about["weights_sha256"] == hashlib.sha256(weights[name].read_bytes()).hexdigest()
    assert [path.name for path in out.parent.iterdir()] == ["network.onnx"]


@pytest.mark.slow
def test_with_pictures_convolutions_count_in_8_bits(run, weights, tmp_path):
    (tmp_path / "people").mkdir()
    for number, picture in enumerate(shown_pictures(3)):
        Image.fromarray(picture.transpose(1, 2, 0)).save(tmp_path / "people" / f"{number}.png")
    out = tmp_path / "small.onnx"
    said = run("export", weights["sap"], "--onnx", out, "--int8", tmp_path / "people")
    assert said.code == 0 and said.out == f"wrote {out}\n", said.err
    assert GraphSession(out).about["numbers"] == "convolutions in 8 bits"
    error = refused(run("export", weights["sap"], "--onnx", tmp_path / "b.onnx", "--int8", tmp_path / "nobody"))
    assert "nobody" in error and not (tmp_path / "b.onnx").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["structure_motion", "backbone"])
def test_bundled_weights_are_exported_by_name(run, tmp_path, name):
    assert run("export", name, "--onnx", tmp_path / "network.onnx").code == 0
    assert GraphSession(tmp_path / "network.onnx").about["weights_sha256"]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("temporal", ("maquette.temporal_net", "reads no pictures")),
        ("nobody", ("neither a file nor the name of bundled weights", "maquette models")),
        ("../structure_motion", ("is no file",)),
        ("absent.safetensors", ("is no file",)),
        ("empty.safetensors", ("cannot be read as weights",)),
        ("cut.safetensors", ("cannot be read as weights",)),
    ],
)
def test_what_is_no_such_network_is_refused(run, weights, tmp_path, monkeypatch, subject, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.safetensors").write_bytes(b"")
    (tmp_path / "cut.safetensors").write_bytes(weights["sap"].read_bytes()[:-1000])
    error = refused(run("export", subject, "--onnx", tmp_path / "out" / "network.onnx"))
    assert all(word in error for word in words), error
    assert not (tmp_path / "out").exists()


def test_a_preset_that_does_not_fit_its_weights_is_refused(run, tmp_path):
    path = tmp_path / "odd.safetensors"
    path.write_bytes(sap_to_bytes(SapNet(TINY, 17).state_dict(), "hourglass"))
    assert "does not fit the preset" in refused(run("export", path, "--onnx", tmp_path / "a.onnx"))


def test_the_ending_and_the_place_are_looked_at_first(run, weights, tmp_path):
    assert "--onnx" in refused(run("export", weights["sap"], "--onnx", tmp_path / "network.bin"))
    (tmp_path / "folder.onnx").mkdir()
    assert "is a folder" in refused(run("export", weights["sap"], "--onnx", tmp_path / "folder.onnx"))


def test_without_onnx_the_install_line_is_told(run, weights, tmp_path, monkeypatch):
    def absent(name, *, extra):
        raise MissingExtraError(f"install it with: pip install 'maquette[{extra}]'")

    monkeypatch.setattr(exports, "optional_import", absent)
    error = refused(run("export", weights["sap"], "--onnx", tmp_path / "network.onnx"))
    assert "pip install 'maquette[export]'" in error and not (tmp_path / "network.onnx").exists()
