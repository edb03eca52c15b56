"""SAP-Net run by ONNX Runtime: the same answers as by torch, from a graph that is made once and kept."""

import shutil

import jaxtyping
import numpy as np
import pytest
from costly import slow_but
from painted_people import painted_picture

from maquette.cache import VARIABLE as CACHE
from maquette.errors import InputError, MissingExtraError, SettingError
from maquette.fields.heatmaps import softmax_cells
from maquette.inference.top_down import TopDownNetwork
from maquette.methods.backbone import config as backbone
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.network import MobileBackbone
from maquette.methods.backbone.weights import backbone_to_bytes
from maquette.methods.onnx import session
from maquette.methods.onnx.graph import network_to_graph
from maquette.methods.onnx.kept import find_place
from maquette.methods.onnx.session import use_runtime
from maquette.methods.structure_motion import predict
from maquette.methods.structure_motion.config import TINY
from maquette.methods.structure_motion.graph import SapReading
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.predict import SapGraphNetwork, SapTopDownNetwork, open_method, open_network
from maquette.methods.structure_motion.weights import sap_to_bytes
from maquette.metrics.reliability import calibrate
from maquette.nets.mobile import MobileTop

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.usefixtures("unchecked_shapes")  # sizes are tensors while a network is traced


@pytest.fixture(scope="module")
def content():
    """A file of weights."""
    import torch

    torch.manual_seed(3)
    return sap_to_bytes(SapNet(TINY, 17).state_dict(), "tiny")


@pytest.fixture
def weights(tmp_path, content, monkeypatch):
    """A file of weights, an empty cache, and nothing that says what is to run networks."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.delenv(session.VARIABLE)
    path = tmp_path / "sap.safetensors"
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def made(content, tmp_path_factory):
    """A cache that holds the graph of those weights."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "sap.safetensors").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE, str(folder / "cache"))
        patch.delenv(session.VARIABLE)
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        open_network(folder / "sap.safetensors")
    return folder / "cache"


@pytest.fixture
def kept(weights, made):
    """The graph of those weights, in the cache."""
    shutil.copytree(made, weights.parent / "cache")
    (path,) = kept_files(weights)
    return path


@pytest.fixture(scope="module")
def crops():
    return np.stack([painted_picture(1, size=TINY.size_px, seed=seed).picture for seed in range(3)])


def kept_files(weights):
    return sorted((weights.parent / "cache").rglob("*.onnx"))


def test_it_gives_what_torch_gives_and_is_made_once(weights, crops, monkeypatch):
    network = open_network(weights)
    assert isinstance(network, SapGraphNetwork) and isinstance(network, TopDownNetwork)
    with use_runtime("torch"):
        plain = open_network(weights)
    assert isinstance(plain, SapTopDownNetwork)
    assert (network.name, network.skeleton, network.size_px) == (plain.name, plain.skeleton, plain.size_px)
    for count in (1, 3):
        found, wanted = network.find_keypoints(crops[:count]), plain.find_keypoints(crops[:count])
        for one, other in zip(found, wanted, strict=True):
            assert one.shape == other.shape and one.dtype == other.dtype == np.float32
            np.testing.assert_allclose(one, other, atol=1e-3)
    (kept,) = kept_files(weights)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    monkeypatch.setattr(predict, "read_sap", lambda path: pytest.fail("the graph is there, weights need not be read"))
    again = open_method(weights).reads.network
    assert isinstance(again, SapGraphNetwork)
    np.testing.assert_array_equal(again.find_keypoints(crops).joints, network.find_keypoints(crops).joints)


@pytest.mark.parametrize("broken", slow_but([b"no graph"], [b"", b"no graph", None]))
def test_a_broken_file_is_made_anew(weights, kept, broken):
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if broken is None else broken)
    assert isinstance(open_network(weights), SapGraphNetwork)
    assert kept.read_bytes() == whole


def test_other_weights_code_and_versions_have_their_own_graphs(weights, monkeypatch):
    places = [find_place(weights, ("nets",))]
    places += [find_place(weights, ("fields",))]
    monkeypatch.setattr("maquette.methods.onnx.kept.__version__", "99.0")
    places += [find_place(weights, ("nets",))]
    weights.write_bytes(weights.read_bytes() + b" ")
    places += [find_place(weights, ("nets",))]
    assert len({place.path for place in places}) == 4 and len({place.digest for place in places}) == 2


@pytest.mark.slow
def test_a_graph_of_other_weights_in_its_place_is_not_believed(weights, kept, tmp_path):
    whole = kept.read_bytes()
    other = tmp_path / "other.safetensors"
    import torch

    torch.manual_seed(4)
    other.write_bytes(sap_to_bytes(SapNet(TINY, 17).state_dict(), "tiny"))
    open_network(other)
    (strange,) = set(kept_files(weights)) - {kept}
    kept.write_bytes(strange.read_bytes())
    open_network(weights)
    assert kept.read_bytes() == whole


def test_without_the_packages_torch_runs_it(weights, monkeypatch):
    for absent in ("onnx", "onnxruntime"):
        monkeypatch.setattr(predict, "has_package", lambda name, absent=absent: name != absent)
        assert isinstance(open_network(weights), SapTopDownNetwork)
    assert not kept_files(weights)


def test_a_kept_graph_is_used_without_the_exporter(weights, kept, monkeypatch):
    monkeypatch.setattr(predict, "has_package", lambda name: name != "onnx")
    assert isinstance(open_network(weights), SapGraphNetwork)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_to_leaves_it_to_torch(weights, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(CACHE, str(tmp_path / "file" / "cache"))
    assert isinstance(open_network(weights), SapTopDownNetwork)
    with use_runtime("onnxruntime"), pytest.raises(MissingExtraError, match="MAQUETTE_CACHE"):
        open_network(weights)


def test_a_graph_that_differs_from_torch_is_not_kept(weights, monkeypatch):
    monkeypatch.setattr(predict, "_MOST_APART", 0.0)
    assert isinstance(open_network(weights), SapTopDownNetwork)
    assert not kept_files(weights)


def test_the_switch_forces_torch(weights, monkeypatch):
    monkeypatch.setenv(session.VARIABLE, "torch")
    assert isinstance(open_network(weights), SapTopDownNetwork) and not kept_files(weights)
    monkeypatch.setenv(session.VARIABLE, "something")
    with pytest.raises(SettingError, match="set it to torch or onnxruntime"):
        open_network(weights)


def test_bad_weights_are_refused_as_ever(weights, tmp_path):
    strange = tmp_path / "backbone.safetensors"
    strange.write_bytes(backbone_to_bytes(BackboneModel(backbone.TINY.sizes, len(SKELETON)).state_dict(), "tiny"))
    for path in (tmp_path / "absent.safetensors", tmp_path, strange):
        with pytest.raises(InputError):
            open_network(path)
    assert not kept_files(weights)


def test_another_networks_graph_is_refused(weights, kept):
    session = open_network(weights)._session
    session.about["kind"] = "maquette.backbone"
    with pytest.raises(InputError, match=r"holds maquette\.backbone"):
        SapGraphNetwork(session)


@pytest.mark.parametrize("part", [SapReading, network_to_graph, calibrate, softmax_cells, MobileTop, MobileBackbone])
def test_the_code_that_decides_what_a_graph_does_decides_where_it_is_kept(part):
    folder = part.__module__.removeprefix("maquette.").rpartition(".")[0].replace(".", "/")
    assert folder in predict._CODE
