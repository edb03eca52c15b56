"""The lifting on recorded motion that the prior has not seen."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses2d
from maquette.geometry.camera import assume_camera
from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.config import COMPACT
from maquette.methods.lifting.predict import LiftingEstimator
from maquette.methods.lifting.training import train_prior
from maquette.methods.lifting.viewpoint import tilt_matrices

QUICK = replace(COMPACT, components=4, bases=12, headings=40, hypotheses=8, rolls_deg=(-8.0, 0.0, 8.0))
EVERY = 10
"""Every tenth frame is used, three a second."""


@pytest.fixture(scope="module")
def estimator(shared_data):
    with np.load(shared_data / "mocap" / "train.npz", allow_pickle=False) as file:
        joints = torch.from_numpy(file["joints"][::25])
    return LiftingEstimator(train_prior(joints, H36M_17, QUICK).prior, QUICK)


@pytest.fixture(scope="module")
def clips(shared_data):
    """World joints of every other clip that the prior was not learned from, three frames a second."""
    with np.load(shared_data / "mocap" / "val.npz", allow_pickle=False) as file:
        ends = file["lengths"].cumsum()
        parts = np.split(file["joints"], ends[:-1])
    return [torch.from_numpy(part[::EVERY]).double() for part in parts[::2]]


def seen_by(camera, world):
    joints = camera.project(camera.in_camera(world)).float().numpy()[:, None]
    return Poses2d(
        skeleton=H36M_17,
        joints=joints,
        mask=np.ones(joints.shape[:3], bool),
        confidence=np.ones(joints.shape[:3], np.float32),
        times=np.arange(len(joints)) * EVERY / 30,
        person_ids=np.zeros(1, int),
        image_size=camera.image_size,
    )


def beside(world, heading, pitch_deg=10.0):
    """A camera some metres from the whole of a clip that looks a little down at its middle."""
    tilt = tilt_matrices(torch.tensor([[pitch_deg, 0.0]], dtype=torch.float64).deg2rad())[0]
    rotation = tilt @ camera_from_level() @ heading_rotation(torch.tensor(heading, dtype=torch.float64))
    middle = world.mean(dim=(0, 1))
    distance = 4 + float((world - middle).norm(dim=-1).max())
    translation = torch.tensor([0.0, 0.0, distance], dtype=torch.float64) - rotation @ middle
    return replace(assume_camera((1280, 1280)), rotation=rotation, translation=translation)


def errors_and_flips(found, wanted):
    """Joint errors in metres after the best scale of a clip, and whether the line from right to left points back."""
    factor = (found * wanted).sum() / found.square().sum()
    error = (factor * found - wanted).norm(dim=-1).mean(dim=1)
    l_hip, r_hip, l_shoulder, r_shoulder = H36M_17.indices("l_hip", "r_hip", "l_shoulder", "r_shoulder")
    across = [one[:, l_hip] - one[:, r_hip] + one[:, l_shoulder] - one[:, r_shoulder] for one in (found, wanted)]
    return error, (across[0] * across[1]).sum(dim=-1) < 0


@pytest.mark.parametrize("is_camera_known", [True, False])
def test_held_out_motion_is_lifted_and_seldom_turned_round(estimator, clips, is_camera_known):
    errors, flips = [], []
    for number, world in enumerate(clips):
        camera = beside(world, 2.4 * number)
        estimated = estimator.estimate(seen_by(camera, world), camera=camera if is_camera_known else None)
        wanted = camera.in_camera(world)
        found = torch.from_numpy(estimated.poses.joints[:, 0]).double()
        error, flip = errors_and_flips(found, wanted - wanted[:, :1])
        errors.append(error)
        flips.append(flip)
    assert torch.cat(errors).mean() < 0.09
    assert torch.cat(flips).double().mean() < 0.02
