"""Training the pose prior: likelihood never falls, the seed decides everything, and unusable poses are left out."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_runs import launch

from maquette.body.catalog import H36M_17
from maquette.errors import InputError
from maquette.methods.lifting import training
from maquette.methods.lifting.config import PAPER, TINY
from maquette.methods.lifting.training import train_prior
from maquette.methods.lifting.weights import read_prior
from maquette.priors.alignment import normalise_poses, rotate_about_vertical


@pytest.fixture(scope="module")
def motion(people):
    """400 made-up people at random headings, each of another size, somewhere in the room."""
    generator = torch.Generator().manual_seed(6)
    count = 400
    turned = rotate_about_vertical(people[:count], torch.rand(count, generator=generator).double() * 2 * math.pi)
    size = 0.8 + 0.4 * torch.rand(count, 1, 1, generator=generator).double()
    return size * turned + 3 * torch.randn(count, 1, 3, generator=generator).double()


@pytest.fixture(scope="module")
def trained(motion):
    return train_prior(motion, H36M_17, TINY, seed=1)


def test_the_prior_has_the_shape_that_was_asked_for(trained, motion):
    prior = trained.prior
    assert prior.component_count <= TINY.components and prior.basis_count == TINY.bases
    assert prior.skeleton == H36M_17 and trained.pose_count == len(motion)
    assert float(prior.weight.sum()) == pytest.approx(1.0)


def test_log_likelihood_never_falls(trained):
    history = np.array(trained.log_likelihood)
    assert len(history) > 1 and np.all(np.isfinite(history)) and np.all(np.diff(history) > -1e-9)


def test_the_same_seed_gives_the_same_prior(trained, motion):
    again = train_prior(motion, H36M_17, TINY, seed=1)
    for name in ("weight", "mean", "basis", "variance", "noise"):
        torch.testing.assert_close(getattr(again.prior, name), getattr(trained.prior, name), rtol=0, atol=0)
    assert again.log_likelihood == trained.log_likelihood


def test_mean_people_stand_and_face_x(trained):
    mean = (trained.prior.weight[:, None, None] * trained.prior.mean).sum(dim=0)
    head, ankle, left, right = H36M_17.indices("head_top", "l_ankle", "l_hip", "r_hip")
    assert mean[head, 2] > 0.5 > 0 > mean[ankle, 2] and mean[left, 1] > 0.05 > -0.05 > mean[right, 1]
    torch.testing.assert_close(mean[left] * torch.tensor([1.0, -1.0, 1.0]), mean[right], atol=0.03, rtol=0)


def test_people_are_more_probable_than_shuffled_joints(trained, people):
    real = normalise_poses(people[400:500], H36M_17)
    shuffled = normalise_poses(
        people[400:500][:, torch.randperm(17, generator=torch.Generator().manual_seed(0))], H36M_17
    )
    density = [trained.prior.log_density(poses).logsumexp(dim=1) for poses in (real, shuffled)]
    assert (density[0] > density[1] + 100).all()


def test_unusable_poses_are_left_out(trained, motion):
    bad = motion[:6].clone()
    bad[0, 3] = float("nan")
    bad[1, 0, 0] = float("inf")
    bad[2] = 1.5  # all joints in one place
    bad[3] = 0.0
    bad[4] *= 1e308
    bad[5] *= 1e-200
    mixed = train_prior(torch.cat([bad, motion]), H36M_17, TINY, seed=1)
    assert mixed.pose_count == len(motion)
    torch.testing.assert_close(mixed.prior.mean, trained.prior.mean)


@pytest.mark.parametrize("change", [lambda m: 1000 * m + torch.tensor([5.0, -7.0, 900.0]), lambda m: m.float()])
def test_size_place_and_precision_do_not_matter(trained, motion, change):
    """Compared by likelihood: a pose and its mirror image tie as seeds, and rounding decides between them."""
    other = train_prior(change(motion), H36M_17, TINY, seed=1)
    assert other.log_likelihood[-1] == pytest.approx(trained.log_likelihood[-1], abs=0.2)


@pytest.mark.parametrize("count", [0, 1, 199])
def test_too_few_poses_are_refused(motion, count):
    with pytest.raises(InputError, match=f"{count} usable pose{' is' if count == 1 else 's are'} too few"):
        train_prior(motion[:count], H36M_17, TINY)


def test_a_statue_can_be_learned(motion):
    """However often one pose is repeated, there is a prior and its numbers are finite."""
    statue = train_prior(motion[:1].expand(300, 17, 3), H36M_17, TINY)
    assert statue.prior.component_count >= 1 and np.all(np.isfinite(statue.log_likelihood))


def test_progress_is_told(motion):
    reported = []
    train_prior(
        motion, H36M_17, replace(TINY, components=1), progress=lambda done, total: reported.append((done, total))
    )
    assert reported and reported[0][0] == 1 and all(done <= total for done, total in reported)


@pytest.fixture(scope="module")
def capture(people, tmp_path_factory):
    """Motion capture of single poses."""
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    np.savez(path, joints=people[:250].numpy())
    return path


class TestAsAUserAsks:
    def test_it_makes_weights_and_a_card(self, capture, tmp_path):
        weights, card = launch("lifting-prior", data=capture, seed=3)
        (tmp_path / "made.safetensors").write_bytes(weights)
        prior = read_prior(tmp_path / "made.safetensors")
        assert card["skeleton"] == "h36m_17" and card["poses"] == 250
        assert card["samples"] == 250 * card["steps"] > 250
        assert (card["components"], card["bases"]) == (prior.component_count, prior.basis_count)
        assert (card["recipe"], card["preset"], card["seed"]) == ("lifting-prior", "tiny", 3)
        assert [one["file"] for one in card["training_data"]] == ["motion.npz"] and card["line"] == "clean"

    def test_the_preset_and_the_seed_reach_it(self, capture, monkeypatch):
        asked, real = [], train_prior

        def noted(joints, skeleton, config, *, seed, progress):
            asked.append((config, seed))
            return real(joints, skeleton, TINY, seed=seed, progress=progress)

        monkeypatch.setattr(training, "train_prior", noted)
        for preset, seed in (("tiny", 0), ("paper", 9)):
            card = launch("lifting-prior", data=capture, preset=preset, seed=seed).card
            assert (card["preset"], card["seed"]) == (preset, seed)
        assert asked == [(TINY, 0), (PAPER, 9)]
