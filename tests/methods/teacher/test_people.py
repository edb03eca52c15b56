"""The network that comes along finds people, and ONNX Runtime gives what torch gives, at every size of the picture."""

import numpy as np
import pytest
import torch

from maquette.cache import VARIABLE
from maquette.methods.onnx.session import has_package, use_runtime
from maquette.methods.teacher import people
from maquette.methods.teacher.graph import GraphCentredNetwork
from maquette.methods.teacher.people import open_people_network

needs_onnx = pytest.mark.skipif(
    not (has_package("onnx") and has_package("onnxruntime")), reason="onnx or onnxruntime is not installed"
)


@needs_onnx
def test_the_graph_is_made_once_and_gives_what_torch_gives(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    with use_runtime("torch"):
        network = open_people_network()
    with use_runtime("any"):
        graph = open_people_network()
    assert isinstance(graph._network, GraphCentredNetwork) and not isinstance(network._network, GraphCentredNetwork)
    assert (graph.name, graph.size_px) == (network.name, 256) == ("backbone_assisted", 256)
    monkeypatch.setattr(people, "_read_parts", lambda path: pytest.fail("made again"))
    with use_runtime("any"):
        again = open_people_network()
    for size in ((32, 96), (160, 128)):
        shown = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (2, 3, *size), np.uint8))
        ours = network._network.read_maps(shown)
        for other in (graph, again):
            for one, theirs in zip(ours[:4], other._network.read_maps(shown)[:4], strict=True):
                torch.testing.assert_close(theirs, one, atol=0.01, rtol=0)


def test_nobody_is_in_an_empty_picture():
    with use_runtime("torch"):
        network = open_people_network()
    found = network.find_people(np.zeros((20, 30, 3), np.uint8))
    assert not (found.middle >= 0.5).any() and found.joints.shape[1:] == (17, 2)
    assert network.find_keypoints(np.zeros((1, 256, 256, 3), np.uint8)).joints.shape == (1, 17, 2)


def test_a_cache_that_cannot_be_used_leaves_it_to_torch(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    with use_runtime("any"):
        assert not isinstance(open_people_network()._network, GraphCentredNetwork)
