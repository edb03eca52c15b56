"""Limits of joints: the table's test vectors, poses drawn from the boxes lie in them, and real people do too."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17, KUNDU_17
from maquette.geometry.local_frame import (
    angles_to_direction,
    canonical_from_world,
    direction_to_angles,
    least_turn,
    transported_frame,
    unit,
)
from maquette.priors.limits import (
    BEND_RANGES,
    BONE_RATIOS,
    MOST_HIP_TILT_DEG,
    bend_angles,
    sample_limited_poses,
    within_limits,
)

RIGHT, UP, DOWN, AHEAD, LEFT = (0, -1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (0, 1, 0)


@pytest.mark.parametrize(
    ("joint", "parent", "direction", "gamma", "theta"),
    [
        ("shoulder", UP, RIGHT, 90, 180),
        ("head_top", UP, UP, 180, None),
        ("elbow", RIGHT, DOWN, 90, 180),
        ("elbow", RIGHT, AHEAD, 90, 90),
        ("elbow", RIGHT, UP, 90, 0),
        ("elbow", RIGHT, RIGHT, 180, None),
        ("elbow", RIGHT, (-1, 0, -1), 90, -135),
        ("wrist", DOWN, DOWN, 180, None),
        ("wrist", DOWN, AHEAD, 90, 90),
        ("wrist", DOWN, LEFT, 90, 180),
        ("wrist", DOWN, RIGHT, 90, 0),
        ("knee", RIGHT, DOWN, 90, 180),
        ("knee", RIGHT, AHEAD, 90, 90),
        ("knee", RIGHT, (-0.5, 0, -(3**0.5) / 2), 90, -150),
        ("knee", RIGHT, (0, -1, -1), 135, 180),
        ("ankle", DOWN, DOWN, 180, None),
        ("ankle", DOWN, (-1, 0, 0), 90, -90),
        ("foot", DOWN, AHEAD, 90, 90),
    ],
)
def test_known_poses_have_known_angles(joint, parent, direction, gamma, theta):
    rows = [unit(torch.tensor([vector], dtype=torch.float64)) for vector in (direction, parent)]
    found = bend_angles(joint, *rows)
    assert found[0].item() == pytest.approx(gamma, abs=1e-4)
    if theta is not None:
        assert (found[1].item() - theta + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


def test_poses_drawn_from_the_limits_lie_in_them(generator):
    poses = sample_limited_poses(2000, generator=generator)
    assert within_limits(poses).all()


def test_poses_are_canonical_and_their_bones_have_the_ratios(generator):
    poses = sample_limited_poses(500, generator=generator)
    eye = torch.eye(3, dtype=poses.dtype).expand(500, 3, 3)
    assert torch.allclose(canonical_from_world(poses, KUNDU_17), eye, atol=1e-9)
    for child, parent in KUNDU_17.bones:
        name = KUNDU_17.joint_names[child].removeprefix("l_").removeprefix("r_")
        lengths = (poses[:, child] - poses[:, parent]).norm(dim=-1)
        assert torch.allclose(lengths, torch.full_like(lengths, BONE_RATIOS[name]))


def test_shoulders_and_hips_of_both_sides_lie_opposite(generator):
    poses = sample_limited_poses(100, generator=generator)
    for joint, parent in (("shoulder", "thorax"), ("hip", "pelvis")):
        left, right, middle = (poses[:, KUNDU_17.index(name)] for name in (f"l_{joint}", f"r_{joint}", parent))
        assert torch.allclose(left + right, 2 * middle)


def test_samples_fill_the_ranges(generator):
    poses = sample_limited_poses(4000, generator=generator)
    right = [KUNDU_17.index(name) for name in ("r_hip", "r_knee", "r_ankle")]
    thigh, shin = (unit(poses[:, b] - poses[:, a]) for a, b in pairwise(right))
    gamma, theta = bend_angles("ankle", shin, thigh)
    least, most = BEND_RANGES["ankle"].gamma
    assert gamma.min() < least + 2 and gamma.max() > most - 2
    assert theta.min() < -138 and theta.max() > -42


def test_sides_are_judged_alike(generator):
    poses = sample_limited_poses(300, generator=generator) + 0.5 * torch.randn(300, 17, 3, dtype=torch.float64)
    mirrored = poses[:, KUNDU_17.mirror.tolist()] * torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)
    assert torch.equal(within_limits(mirrored), within_limits(poses)[:, KUNDU_17.mirror.tolist()])


def test_heading_size_and_place_do_not_matter(generator):
    poses = sample_limited_poses(100, generator=generator)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=generator))[0]
    turn = turn * torch.linalg.det(turn)
    assert torch.equal(within_limits(170 * poses @ turn.mT + 3), within_limits(poses))


@pytest.mark.parametrize(
    ("joint", "moved", "to"),
    [("r_ankle", "r_knee", (1, 0, 0.1)), ("r_wrist", "r_elbow", (-1, 0, 0.1)), ("r_foot", "r_ankle", (-1, 0, 0))],
)
def test_joints_bent_backwards_are_outside(joint, moved, to):
    pose = torch.zeros(1, 17, 3, dtype=torch.float64)
    steps = {"thorax": UP, "head_top": UP, "shoulder": RIGHT, "elbow": DOWN, "wrist": DOWN, "hip": RIGHT,
             "knee": DOWN, "ankle": DOWN, "foot": AHEAD}  # fmt: skip
    for at, name in enumerate(KUNDU_17.joint_names[1:], start=1):
        step = torch.tensor(steps[name.removeprefix("l_").removeprefix("r_")], dtype=torch.float64)
        sign = torch.tensor([1.0, -1.0 if name.startswith("l_") else 1.0, 1.0], dtype=torch.float64)
        pose[:, at] = pose[:, KUNDU_17.parents[at]] + BONE_RATIOS[name[2:] if name[1] == "_" else name] * step * sign
    assert within_limits(pose).all()
    bent = pose.clone()
    bent[:, KUNDU_17.index(joint)] = pose[:, KUNDU_17.index(moved)] + torch.tensor(to, dtype=torch.float64)
    assert not within_limits(bent)[0, KUNDU_17.index(joint)]


def test_the_hip_line_may_tilt_only_a_little():
    pose = sample_limited_poses(1)
    tilt = torch.deg2rad(torch.tensor(MOST_HIP_TILT_DEG + 5))
    for side, sign in (("l", 1.0), ("r", -1.0)):
        pose[0, KUNDU_17.index(f"{side}_hip")] = sign * torch.tensor([0.0, torch.cos(tilt), torch.sin(tilt)])
    assert not within_limits(pose)[0, KUNDU_17.indices("l_hip", "r_hip")].any()


def test_directions_and_angles_are_inverse(generator):
    directions = unit(torch.randn(200, 3, dtype=torch.float64, generator=generator))
    parents = unit(torch.randn(200, 3, dtype=torch.float64, generator=generator))
    frame = transported_frame(parents, torch.tensor(RIGHT, dtype=torch.float64).expand(200, 3))
    assert torch.allclose(angles_to_direction(frame, *direction_to_angles(frame, directions)), directions)
    assert torch.allclose(frame[..., 2], -parents) and torch.allclose(torch.linalg.det(frame), torch.ones(()).double())


def test_opposite_directions_are_turned_half_round():
    a = torch.eye(3, dtype=torch.float64)
    turn = least_turn(a, -a)
    assert torch.allclose((turn @ a[..., None])[..., 0], -a, atol=1e-9)
    assert torch.allclose(torch.linalg.det(turn), torch.ones(3, dtype=torch.float64))


def test_people_keep_to_the_limits(shared_data):
    path = shared_data / "mocap" / "val.npz"
    if not path.is_file():
        pytest.skip("the shared motion capture is absent")
    with np.load(path) as file:
        joints, toes = file["joints"][::5].astype(np.float64), file["toes"][::5].astype(np.float64)
    columns = [
        toes[:, "lr".index(name[0])] if name.endswith("foot") else joints[:, H36M_17.index(name)]
        for name in KUNDU_17.joint_names
    ]
    inside = within_limits(torch.from_numpy(np.stack(columns, axis=1))).double().mean(dim=0)
    assert inside.mean() > 0.98 and inside.min() > 0.95
