"""Kinds of pose: drawn evenly, whatever the heading and however rare."""

import numpy as np
import pytest
import torch
from moving_people import made_capture

from maquette.body.catalog import H36M_17
from maquette.data.filming.pose_kinds import PoseKinds, find_headings
from maquette.geometry.rotation import heading_rotation


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def poses():
    """95 who stand, and 5 who hold an arm up."""
    standing = torch.from_numpy(made_capture(1, 1).joints).float().repeat(100, 1, 1)
    standing[95:, H36M_17.index("l_wrist"), 2] += 1.0
    turned = standing @ heading_rotation(torch.linspace(0, 6, 100)).mT
    return turned + torch.randn(100, 1, 3, generator=generator())


def test_headings_are_told_from_hips(poses):
    there = find_headings(poses, H36M_17)
    turned = find_headings(poses @ heading_rotation(torch.tensor(0.5)).mT, H36M_17)
    around = torch.remainder(turned - there - 0.5 + np.pi, 2 * np.pi) - np.pi
    torch.testing.assert_close(around, torch.zeros(100), atol=1e-4, rtol=0)


def test_rare_kinds_are_drawn_as_often_as_others(poses):
    kinds = PoseKinds(poses, H36M_17, count=2)
    assert len(kinds) == 2
    even, plain = (kinds.sample(4000, even_share=share, generator=generator(1)) for share in (1.0, 0.0))
    assert (even >= 95).float().mean() == pytest.approx(0.5, abs=0.05)
    assert (plain >= 95).float().mean() == pytest.approx(0.05, abs=0.02)


def test_one_pose_is_one_kind(poses):
    kinds = PoseKinds(poses[:1], H36M_17, count=160)
    assert kinds.sample(3, even_share=0.5, generator=generator()).tolist() == [0, 0, 0]
