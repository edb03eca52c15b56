from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from costly import slow_but
from painted_people import BONES, assert_equal, painted_picture

from maquette.body.parts import PARTS_15
from maquette.data.views.augmentation import crop, flip, similarity
from maquette.data.views.compositing import cut_out_people
from maquette.data.views.warping import find_shown, find_twin_bones, warp_labelled
from maquette.errors import ConventionError
from maquette.rendering.bodies.body import anny_body
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture
from maquette.rendering.truth import find_seen_boxes

SIZE = 96
SINGLE = {
    "identity": np.eye(3),
    "flip": flip(SIZE),
    "turn": similarity((SIZE, SIZE), angle_rad=0.5),
    "upside down": similarity((SIZE, SIZE), angle_rad=np.pi),
    "quarter": similarity((SIZE, SIZE), angle_rad=np.pi / 2),
    "larger": similarity((SIZE, SIZE), scale=1.3),
    "smaller": similarity((SIZE, SIZE), scale=0.6),
    "shift": similarity((SIZE, SIZE), shift=(3.3, -5.2)),
    "crop": crop(np.array([20, 8, 60, 70], np.float32), SIZE, 1.1),
}
MAPS = SINGLE | {f"{a}, then {b}": SINGLE[b] @ SINGLE[a] for a, b in product(SINGLE, SINGLE)}


@pytest.fixture(scope="module")
def people() -> LabelledPicture:
    return painted_picture(2, size=SIZE, seed=3)


def lit(at: tuple[int, int], joint: str) -> LabelledPicture:
    """Black, but for a square of 3x3 pixels in every map, and a joint in its middle."""
    dark = painted_picture(1, size=SIZE)
    spot = np.zeros((SIZE, SIZE), np.uint8)
    spot[at[1] - 1 : at[1] + 2, at[0] - 1 : at[0] + 2] = 1
    joints = dark.people.joints_px.copy()
    joints[0, RENDERED_SKELETON.index(joint)] = at
    return replace(
        dark,
        picture=np.repeat(spot[..., None] * np.uint8(255), 3, axis=2),
        mask=spot * np.uint8(255),
        parts=spot * np.uint8(1 + PARTS_15.index("l_hand")),
        instances=spot,
        depth_m=spot * np.float32(2),
        people=replace(dark.people, joints_px=joints),
    )


def middle(values: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(values)
    weights = values[rows, columns].astype(float)
    return np.array([columns @ weights, rows @ weights]) / weights.sum()


@pytest.mark.parametrize("name", slow_but([*SINGLE, *list(MAPS)[::7]], MAPS))
def test_a_lit_pixel_and_its_joint_land_together(name: str):
    seen = 0
    for at in ((40, 44), (55, 50), (48, 60)):
        moved = warp_labelled(lit(at, "l_wrist"), MAPS[name], (SIZE, SIZE))
        is_mirrored = np.linalg.det(MAPS[name]) < 0
        joint = moved.people.joints_px[0, RENDERED_SKELETON.index("r_wrist" if is_mirrored else "l_wrist")]
        if not ((joint > 4) & (joint < SIZE - 5)).all():
            continue
        seen += 1
        for values in (moved.picture[..., 1], moved.mask):
            np.testing.assert_allclose(middle(values), joint, atol=0.1)
        for values in (moved.parts, moved.instances, moved.depth_m):
            np.testing.assert_allclose(middle(values), joint, atol=0.8)
        assert moved.parts.max() == 1 + PARTS_15.index("r_hand" if is_mirrored else "l_hand")
    assert seen


@pytest.mark.parametrize("name", MAPS)
def test_three_dimensions_project_onto_two(name: str, people: LabelledPicture):
    moved = warp_labelled(people, MAPS[name], (SIZE, SIZE))
    rays = moved.people.joints_m.astype(np.float64) @ moved.camera_matrix.T.astype(np.float64)
    np.testing.assert_allclose(rays[..., :2] / rays[..., 2:], moved.people.joints_px, atol=0.005)
    assert moved.camera_matrix[1, 0] == 0
    assert moved.camera_matrix[0, 0] > 0
    assert moved.camera_matrix[1, 1] > 0


@pytest.mark.parametrize("name", MAPS)
def test_the_world_stays_a_world(name: str, people: LabelledPicture):
    """A point keeps its height over the floor (a mirrored one is across the plane x = 0), and rotations are proper."""
    moved = warp_labelled(people, MAPS[name], (SIZE, SIZE))
    rotation, old = moved.camera_from_world[:, :3], people.camera_from_world
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1)
    in_world = (moved.people.joints_m - moved.camera_from_world[:, 3]) @ rotation
    was = (people.people.joints_m - old[:, 3]) @ old[:, :3]
    if np.linalg.det(MAPS[name]) < 0:
        was = was[:, RENDERED_SKELETON.mirror] * (-1, 1, 1)
    np.testing.assert_allclose(in_world, was, atol=1e-5)


@pytest.mark.parametrize("name", MAPS)
def test_labels_agree_after_every_map(name: str, people: LabelledPicture):
    moved = warp_labelled(people, MAPS[name], (SIZE, SIZE))
    np.testing.assert_array_equal(moved.people.boxes_px, find_seen_boxes(moved.instances, 2))
    np.testing.assert_array_equal(moved.parts > 0, moved.instances > 0)
    joints = moved.people.joints_px
    assert ((joints[moved.people.is_visible] > -0.5) & (joints[moved.people.is_visible] < SIZE - 0.5)).all()


def test_joints_that_leave_the_picture_are_no_longer_visible(people: LabelledPicture):
    moved = warp_labelled(people, similarity((SIZE, SIZE), shift=(1.0 * SIZE, 0.0)), (SIZE, SIZE))
    assert people.people.is_visible.any()
    assert not moved.people.is_visible.any()
    assert not moved.people.boxes_px.any()
    assert not moved.picture.any()


def test_the_identity_changes_nothing(people: LabelledPicture):
    assert_equal(warp_labelled(people, np.eye(3), (SIZE, SIZE)), people)


def test_two_flips_change_nothing(people: LabelledPicture):
    once = warp_labelled(people, flip(SIZE), (SIZE, SIZE))
    np.testing.assert_array_equal(once.picture, people.picture[:, ::-1])
    assert_equal(warp_labelled(once, flip(SIZE), (SIZE, SIZE)), people)


def test_left_stays_the_persons_left(people: LabelledPicture):
    """Somebody who faces the camera has the left on the picture's right, in the mirror too."""
    for picture in (people, warp_labelled(people, flip(SIZE), (SIZE, SIZE))):
        left, right = (RENDERED_SKELETON.index(f"{side}_shoulder") for side in "lr")
        assert (picture.people.joints_px[:, left, 0] > picture.people.joints_px[:, right, 0]).all()
        assert (picture.people.joints_m[:, left, 0] > picture.people.joints_m[:, right, 0]).all()
        thighs = [1 + PARTS_15.index(f"{side}_thigh") for side in "lr"]
        front = picture.instances == 1
        left_x, right_x = (middle(front & (picture.parts == thigh))[0] for thigh in thighs)
        assert left_x > right_x


def test_turning_the_picture_turns_the_person_in_space(people: LabelledPicture):
    """A quarter clockwise: what was up, toward -y, is now to the right, toward +x."""
    moved = warp_labelled(people, SINGLE["quarter"], (SIZE, SIZE)).people.joints_m
    turned = people.people.joints_m[..., [1, 0, 2]] * (-1, 1, 1)
    np.testing.assert_allclose(moved, turned, atol=1e-6)


def test_a_camera_with_other_focal_lengths_stays_a_camera(people: LabelledPicture):
    matrix = people.camera_matrix.copy()
    matrix[1] *= 1.2
    rays = people.people.joints_m @ matrix.T
    stretched = replace(
        people, camera_matrix=matrix, people=replace(people.people, joints_px=rays[..., :2] / rays[..., 2:])
    )
    test_three_dimensions_project_onto_two("turn, then flip", stretched)


def test_what_shrinks_is_averaged():
    """Stripes of one pixel become grey, not black or white."""
    striped = painted_picture(0, size=SIZE)
    colours = np.zeros_like(striped.picture)
    colours[:, ::2] = 255
    matrix = crop(np.array([-0.5, -0.5, SIZE, SIZE], np.float32), SIZE // 3, 1.0)
    small = warp_labelled(replace(striped, picture=colours), matrix, (SIZE // 3, SIZE // 3)).picture
    assert small.min() > 80
    assert small.max() < 175


@pytest.mark.slow
def test_people_who_were_cut_out_are_warped_alike_the_fast_way(people: LabelledPicture):
    loose = cut_out_people(people)
    for matrix in MAPS.values():
        slow, fast = (warp_labelled(loose, matrix, (SIZE, SIZE), is_cut_out=known) for known in (False, True))
        assert_equal(slow, fast)


def test_inside_is_where_the_old_picture_shows(people: LabelledPicture):
    white = replace(people, picture=np.full_like(people.picture, 255))
    for matrix in (SINGLE["turn"], SINGLE["smaller"], SINGLE["shift"]):
        shows = warp_labelled(white, matrix, (SIZE, SIZE)).picture[..., 0]
        is_inside = find_shown(matrix, (SIZE, SIZE), (SIZE, SIZE))
        assert (is_inside == (shows > 127)).mean() > 0.99


def test_bones_are_paired_by_name():
    twins = find_twin_bones(BONES)
    np.testing.assert_array_equal(twins[twins], np.arange(BONES))
    with pytest.raises(ConventionError, match="53 bones"):
        find_twin_bones(53)


def test_bones_are_paired_as_anny_names_them():
    pytest.importorskip("anny")
    names = anny_body().bone_names
    swap = {".L": ".R", ".R": ".L"}
    twins = [name[:-2] + swap.get(name[-2:], name[-2:]) for name in names]
    assert [names[twin] for twin in find_twin_bones(len(names))] == twins
