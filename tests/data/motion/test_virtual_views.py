"""Views of poses without pictures: what they show follows from where the joints are."""

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.data.motion.virtual_views import sample_virtual_views

ROOT = H36M_17.index("pelvis")
HEAD, ANKLES = H36M_17.index("head_top"), H36M_17.indices("l_ankle", "r_ankle")


def standing():
    """Somebody upright, a little asymmetric, facing -y; metres, z up."""
    places = {
        "pelvis": (0, 0, 0.95), "hip": (0.13, 0, 0.95), "knee": (0.14, -0.03, 0.5), "ankle": (0.15, 0.04, 0.08),
        "spine": (0, 0.02, 1.2), "thorax": (0, 0.03, 1.45), "nose": (0, -0.08, 1.6), "head_top": (0, 0, 1.75),
        "shoulder": (0.19, 0.03, 1.43), "elbow": (0.25, 0.05, 1.15), "wrist": (0.27, -0.08, 0.92),
    }  # fmt: skip
    rows = []
    for joint in H36M_17.joint_names:
        x, y, z = places[joint.removeprefix("l_").removeprefix("r_")]
        rows.append((x if joint.startswith("l_") else -x, y, z))
    return torch.tensor(rows)[None]


@pytest.fixture(scope="module")
def views():
    return sample_virtual_views(standing(), 4000, H36M_17, torch.Generator().manual_seed(0))


def test_shapes_and_the_root_at_no_depth(views):
    assert views.keypoints.shape == (4000, 17, 2) and views.depths.shape == (4000, 17)
    assert views.keypoints.isfinite().all() and views.depths.isfinite().all()
    assert views.depths[:, ROOT].abs().max() < 1e-5


def test_people_stand_upright_in_most_of_them_and_y_points_down(views):
    tall = views.keypoints[:, ANKLES, 1].mean(dim=1) - views.keypoints[:, HEAD, 1]
    assert (tall > 0.5).float().mean() > 0.9


def test_whole_people_fill_the_crop_and_some_are_cut_at_the_bottom(views):
    high = views.keypoints[..., 1].amax(dim=1)
    is_whole = high < 1.2
    assert 0.6 < is_whole.float().mean() < 0.8
    extent = (views.keypoints.amax(dim=1) - views.keypoints.amin(dim=1)).amax(dim=1)[is_whole]
    assert extent.median().item() == pytest.approx(2 / 1.25, abs=0.15)


def test_they_face_all_ways(views):
    left, right = H36M_17.indices("l_shoulder", "r_shoulder")
    across = views.keypoints[:, left, 0] - views.keypoints[:, right, 0]
    deep = views.depths[:, left] - views.depths[:, right]
    for side in (across, deep):
        assert 0.4 < (side > 0).float().mean() < 0.6


def test_distances_are_kept_where_perspective_is_weak(views):
    """In units of the picture at the root's distance, a pose far away has its own proportions."""
    joints = torch.cat([views.keypoints, views.depths[..., None]], dim=-1)
    child, parent = torch.tensor(H36M_17.bones).unbind(dim=-1)
    measured = (joints[:, child] - joints[:, parent]).norm(dim=-1)
    true = (standing()[:, child] - standing()[:, parent]).norm(dim=-1)
    ratios = (measured / measured.sum(dim=1, keepdim=True)) / (true / true.sum(dim=1, keepdim=True))
    assert ratios.median(dim=0).values.numpy() == pytest.approx(np.ones(len(child)), abs=0.05)


def test_the_same_generator_gives_the_same_views():
    one, other = (sample_virtual_views(standing(), 3, H36M_17, torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(one.keypoints, other.keypoints) and torch.equal(one.depths, other.depths)


def test_mirrored_bodies_have_their_sides_exchanged():
    """A body whose left arm alone is raised is seen with either arm raised, always by the arm's own name."""
    body = standing()
    left, right = H36M_17.indices("l_wrist", "r_wrist")
    body[0, left, 2] = 2.2
    seen = sample_virtual_views(body, 600, H36M_17, torch.Generator().manual_seed(0)).keypoints
    is_left = seen[:, left, 1] < seen[:, right, 1]
    assert 0.3 < is_left.float().mean() < 0.7


@pytest.mark.parametrize("scale", [0.0, 1e-4, 50.0])
def test_odd_bodies_give_finite_views(scale):
    seen = sample_virtual_views(standing() * scale, 50, H36M_17, torch.Generator().manual_seed(0))
    assert seen.keypoints.isfinite().all() and seen.depths.isfinite().all()
