"""The paper's claims on what the weak losses see of an elbow's depth."""

import json

import numpy as np
import pytest
import torch

from maquette.losses.angle import illegal_angle_energy
from maquette.losses.bone import bone_asymmetry
from maquette.methods.structure_motion.loss_surface import MarkedPose, analyse_loss_surface, losses_of, true_pose

LOCATION, SYMMETRY, ANGLES, FULL = "2D location", "2D + symmetry", "2D + symmetry + angles", "full 3D"


@pytest.fixture(scope="module")
def surface():
    return analyse_loss_surface()


def lowest_places(field):
    """Rows and columns of the local minima inside a grid, each lower than its eight neighbours."""
    inside = field[1:-1, 1:-1]
    rows, columns = inside.shape
    around = [
        field[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        if (down, right) != (0, 0)
    ]
    return np.argwhere(np.all([inside < other for other in around], axis=0)) + 1


def lowest_points(surface, name):
    return [(round(surface.x[x], 6), round(surface.z[z], 6)) for z, x in lowest_places(surface.losses[name])]


def test_a_picture_alone_says_nothing_about_depth(surface):
    assert np.all(np.ptp(surface.losses[LOCATION], axis=0) == 0)
    assert np.ptp(surface.losses[LOCATION], axis=1).min() > 0.01
    assert [mark.losses[LOCATION] for mark in surface.marks] == [0, 0, 0]


def test_equal_arms_leave_two_solutions_of_one_loss(surface):
    backward, unlike, truth = surface.marks
    assert backward.losses[SYMMETRY] == truth.losses[SYMMETRY] == pytest.approx(0, abs=1e-12)
    assert unlike.losses[SYMMETRY] > 1e-3
    assert lowest_points(surface, SYMMETRY) == [surface.place(backward), surface.place(truth)]


def test_legal_angles_prefer_the_true_one_of_the_two(surface):
    backward, unlike, truth = surface.marks
    assert truth.losses[ANGLES] == pytest.approx(0, abs=1e-12)
    assert backward.losses[ANGLES] > backward.losses[SYMMETRY]
    assert unlike.losses[ANGLES] == unlike.losses[SYMMETRY]
    assert surface.losses[ANGLES].argmin() == surface.losses[FULL].argmin()


def test_a_true_depth_leaves_one_solution(surface):
    assert lowest_points(surface, FULL) == [surface.place(surface.marks[-1])]
    assert surface.marks[-1].losses[FULL] == 0


def test_the_step_is_small_beside_the_barrier_as_in_the_specification(surface):
    backward, _, truth = surface.marks
    column = np.flatnonzero(surface.x == surface.place(truth)[0])
    barrier = surface.losses[SYMMETRY][np.abs(surface.z) <= 0.1][:, column].max()
    assert truth.joints[surface.skeleton.index("l_elbow"), 2] == 0.1
    assert backward.losses[ANGLES] == pytest.approx(2.4e-4, rel=0.05)
    assert barrier == pytest.approx(2e-3, rel=0.1)


def test_the_place_of_a_mark_is_that_of_its_moved_joint(surface):
    joints = np.zeros((16, 3))
    joints[surface.skeleton.index("l_elbow")] = (0.3, -0.2, 0.1)
    assert surface.place(MarkedPose("moved", joints, {})) == (0.3, 0.1)


def test_a_cut_goes_along_the_depth_through_the_truth(surface):
    x, z = np.linspace(0.2, 0.4, 9), np.linspace(-0.2, 0.2, 11)
    joints = np.zeros((16, 3))
    joints[surface.skeleton.index("l_elbow")] = (0.3, -0.2, 0.1)
    losses = {"bowl": (x - 0.3) ** 2 + (z[:, None] - 0.1) ** 2, "trough": np.tile((x - 0.3) ** 2, (len(z), 1))}
    cuts = surface._replace(x=x, z=z, losses=losses, marks=(MarkedPose("true", joints, {}),)).cuts
    np.testing.assert_allclose(cuts["bowl"], (z - 0.1) ** 2, atol=1e-12)
    np.testing.assert_allclose(cuts["trough"], 0, atol=1e-12)


def test_its_numbers_go_through_json(surface):
    numbers = json.loads(json.dumps(surface.numbers(), allow_nan=False))
    assert numbers["losses_along_z"].keys() == surface.losses.keys() and len(numbers["z"]) == len(surface.z)
    assert [mark["xz"] for mark in numbers["marks"]] == [list(surface.place(mark)) for mark in surface.marks]


def test_the_marked_poses_differ_in_one_coordinate_of_one_joint(surface):
    truth = surface.marks[-1].joints
    for mark in surface.marks[:-1]:
        changed = np.argwhere(mark.joints != truth)
        assert changed.tolist() == [[surface.skeleton.index("l_elbow"), 2]]
    np.testing.assert_array_equal(truth, true_pose().numpy())


def test_the_true_pose_is_legal_alike_on_both_sides_and_faces_the_camera(surface):
    joints, skeleton = true_pose(), surface.skeleton
    assert illegal_angle_energy(joints, skeleton).eq(0).all()
    assert bone_asymmetry(joints, skeleton).max() < 1e-12
    assert joints[skeleton.index("l_shoulder"), 0] > 0 > joints[skeleton.index("r_shoulder"), 0]
    assert joints.abs().max() <= 1


def test_a_grid_is_its_places_one_by_one(surface):
    truth = true_pose()
    for row, column in ((0, 0), (20, 7), (60, 40)):
        joints = truth.clone()
        joints[surface.skeleton.index("l_elbow"), 0] = surface.x[column]
        joints[surface.skeleton.index("l_elbow"), 2] = surface.z[row]
        for name, loss in losses_of(joints, truth).items():
            assert surface.losses[name][row, column] == pytest.approx(loss.item(), abs=1e-15)


def test_losses_are_zero_at_the_truth_wherever_it_is(generator):
    truth = torch.rand(16, 3, generator=generator, dtype=torch.float64)
    losses = losses_of(truth, truth)
    assert losses[LOCATION] == losses[FULL] == 0
    assert losses[ANGLES] >= losses[SYMMETRY] >= 0
