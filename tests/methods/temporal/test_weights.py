"""The temporal net as a file: written, read back, and everything else refused without being unpickled."""

import json

import pytest
import torch
from foreign_weights import check_all_refused
from safetensors import safe_open
from safetensors.torch import save

from maquette.body.catalog import H36M_17
from maquette.errors import InputError
from maquette.methods.temporal.config import TINY, bidirectional
from maquette.methods.temporal.model import with_fresh_weights
from maquette.methods.temporal.weights import model_to_bytes, read_model


@pytest.fixture
def model():
    made = with_fresh_weights(H36M_17, bidirectional(TINY, 6), generator=torch.Generator().manual_seed(0))
    windows = torch.randn(200, 6, 17, 3, generator=torch.Generator().manual_seed(1))
    made.standardise(windows, windows[:, 3] + 0.1 * windows[:, 2])
    return made


@pytest.fixture
def header(tmp_path, model):
    with safe_open(written(tmp_path, model_to_bytes(model)), "pt") as file:
        return file.metadata()


def written(folder, content):
    (folder / "net.safetensors").write_bytes(content)
    return folder / "net.safetensors"


def test_a_net_comes_back_as_it_was_written(tmp_path, model):
    again = read_model(written(tmp_path, model_to_bytes(model)))
    assert (again.skeleton, again.config) == (model.skeleton, model.config) and not again.training
    windows = torch.randn(5, 6, 17, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(again(windows), model(windows))


def test_the_same_net_is_the_same_file(model):
    assert len({model_to_bytes(model) for _ in range(8)}) == 1


def test_the_file_says_what_it_is(header):
    assert header["kind"] == "maquette.temporal_net" and header["skeleton"] == "h36m_17"
    assert header["step_s"] == "0.04" and header["frame"].startswith("camera")
    setting = json.loads(header["setting"])
    assert (setting["past"], setting["future"]) == (3, 2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "maquette.mixture_prior"}, "not maquette.temporal_net"),
        ({"kind": ""}, "not maquette.temporal_net"),
        ({"skeleton": "octopus"}, "octopus"),
        ({"skeleton": "17"}, "no skeleton '17'"),
        ({"skeleton": "mpii_16"}, "does not fit the network"),
        ({"step_s": "0.1"}, "0.04 s apart"),
        ({"setting": "{"}, "how its net is built"),
        ({"setting": '{"past": 3}'}, "how its net is built"),
        ({"past": "3"}, "how its net is built"),
        ({"past": True}, "how its net is built"),
        ({"loss": "wrong"}, "how its net is built"),
        ({"past": -1}, "impossible size"),
        ({"past": 10**12}, "impossible size"),
        ({"hidden": 10**9}, "impossible size"),
        ({"hidden": 0}, "impossible size"),
        ({"hidden_layers": 10**6}, "impossible size"),
        ({"hidden": 31}, "does not fit the network"),
        ({"future": 3}, "does not fit the network"),
    ],
)
def test_headers_that_make_no_sense_are_refused(tmp_path, model, header, changes, words, unchecked_shapes):
    setting = json.loads(header["setting"])
    inside = {name: value for name, value in changes.items() if name in setting}
    outside = {name: value for name, value in changes.items() if name not in setting}
    told = header | {"setting": json.dumps(setting | inside)} | outside
    content = save(dict(model.state_dict()), metadata=told)
    with pytest.raises(InputError, match=words) as refusal:
        read_model(written(tmp_path, content))
    assert str(refusal.value).count("net.safetensors") == 1


@pytest.mark.parametrize("metadata", [None, {"other": "tool"}, {"kind": "[]"}])
def test_files_of_other_tools_are_refused(tmp_path, model, metadata):
    with pytest.raises(InputError, match=r"net\.safetensors"):
        read_model(written(tmp_path, save(dict(model.state_dict()), metadata=metadata)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop("net.input_mean"), "does not fit the network"),
        (lambda t: t.update(more=torch.zeros(2)), "does not fit the network"),
        (lambda t: t.update({"net.input_mean": torch.zeros(2)}), "does not fit the network"),
        (lambda t: t.update({"net.input_mean": t["net.input_mean"].to(torch.complex64)}), "numbers of the kind"),
        (lambda t: t.update({"net.input_mean": t["net.input_mean"] / 0}), "not finite"),
    ],
)
def test_tensors_that_make_no_sense_are_refused(tmp_path, model, header, change, words):
    tensors = dict(model.state_dict())
    change(tensors)
    with pytest.raises(InputError, match=words):
        read_model(written(tmp_path, save(tensors, metadata=header)))


def test_what_is_no_whole_file_of_weights_is_refused(tmp_path, model):
    check_all_refused(read_model, tmp_path, model_to_bytes(model))
