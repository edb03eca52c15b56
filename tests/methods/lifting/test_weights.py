"""The pose prior as a file: written, read back, and everything else refused without ever being unpickled."""

import json
from hashlib import sha256
from importlib.resources import files

import pytest
import torch
from foreign_weights import check_all_refused
from safetensors import safe_open
from safetensors.torch import save

from maquette.body.catalog import H36M_17
from maquette.errors import InputError
from maquette.methods.lifting.weights import prior_to_bytes, read_bundled_prior, read_prior

NAMES = ("weight", "mean", "basis", "variance", "noise")
KIND = {"kind": "maquette.mixture_prior", "skeleton": "h36m_17"}


@pytest.fixture
def tensors(prior):
    return {name: getattr(prior, name).float().contiguous() for name in NAMES}


def written(folder, content):
    (folder / "prior.safetensors").write_bytes(content)
    return folder / "prior.safetensors"


def test_a_prior_comes_back_as_it_was_written(tmp_path, prior, people):
    again = read_prior(written(tmp_path, prior_to_bytes(prior)))
    assert again.skeleton == prior.skeleton
    for name in NAMES:
        assert getattr(again, name).dtype == torch.float64
        torch.testing.assert_close(getattr(again, name), getattr(prior, name), rtol=1e-6, atol=1e-7)


def test_the_same_prior_is_the_same_file(prior):
    assert len({prior_to_bytes(prior) for _ in range(8)}) == 1


def test_the_file_is_plain_safetensors_that_says_what_it_is(tmp_path, prior):
    with safe_open(written(tmp_path, prior_to_bytes(prior)), "pt") as file:
        assert file.metadata() == KIND and set(file.keys()) == set(NAMES)
        assert file.get_tensor("basis").shape == prior.basis.shape


def test_the_bundled_prior_agrees_with_its_card():
    folder = files("maquette") / "weights"
    card = json.loads((folder / "lifting_prior.json").read_text(encoding="utf-8"))
    prior = read_bundled_prior()
    assert prior.skeleton == H36M_17 and card["skeleton"] == "h36m_17"
    assert (card["components"], card["bases"]) == (prior.component_count, prior.basis_count)
    assert card["sha256"] == sha256((folder / "lifting_prior.safetensors").read_bytes()).hexdigest()
    assert float(prior.weight.sum()) == pytest.approx(1.0, abs=1e-5)
    gram = torch.einsum("kild,kjld->kij", prior.basis, prior.basis)
    torch.testing.assert_close(gram, torch.eye(prior.basis_count, dtype=gram.dtype).expand_as(gram), atol=1e-5, rtol=0)


def test_people_of_the_bundled_prior_are_people():
    prior = read_bundled_prior()
    poses = prior.sample_poses(200, generator=torch.Generator().manual_seed(0))
    left, right, head, foot = H36M_17.indices("l_hip", "r_hip", "head_top", "l_ankle")
    assert (poses[:, left, 1] > poses[:, right, 1]).float().mean() > 0.95  # facing +x, left is +y
    assert (poses[:, head, 2] > poses[:, foot, 2]).float().mean() > 0.9


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop("noise"), "no pose prior"),
        (lambda t: t.update(more=torch.zeros(2)), "no pose prior"),
        (lambda t: t.update(weight=torch.zeros(0)), "no pose prior"),
        (lambda t: t.update(weight=t["weight"].long()), "no pose prior"),
        (lambda t: t.update({name: tensor[:0] for name, tensor in t.items()}), "no pose prior"),
        (lambda t: t.update(mean=t["mean"][:, :16].contiguous()), "'mean' has the shape"),
        (lambda t: t.update(basis=t["basis"][0]), "'basis' has 3 dimensions"),
        (lambda t: t.update(noise=-t["noise"]), "must be positive"),
        (lambda t: t.update(variance=t["variance"] * 0), "must be positive"),
        (lambda t: t.update(mean=t["mean"] * float("nan")), "not finite"),
        (lambda t: t.update(basis=t["basis"] * float("inf")), "not finite"),
    ],
)
def test_tensors_that_make_no_sense_are_refused(tmp_path, tensors, change, words, unchecked_shapes):
    change(tensors)
    with pytest.raises(InputError, match=words) as refusal:
        read_prior(written(tmp_path, save(tensors, metadata=KIND)))
    assert str(refusal.value).count("prior.safetensors") == 1


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "not maquette.mixture_prior"),
        ({"kind": "something else", "skeleton": "h36m_17"}, "not maquette.mixture_prior"),
        ({"kind": "maquette.mixture_prior"}, "no pose prior"),
        ({"kind": "maquette.mixture_prior", "skeleton": "octopus"}, "octopus"),
        ({"kind": "maquette.mixture_prior", "skeleton": "mpii_16"}, "shape"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, tensors, metadata, words, unchecked_shapes):
    with pytest.raises(InputError, match=words):
        read_prior(written(tmp_path, save(tensors, metadata=metadata)))


def test_what_is_no_whole_file_of_weights_is_refused(tmp_path, prior):
    check_all_refused(read_prior, tmp_path, prior_to_bytes(prior))
