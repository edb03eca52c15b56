from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from maquette.arrays import Frame
from maquette.errors import ConventionError, SettingError
from maquette.show.overlay import draw_estimate, draw_keypoints, empty_canvas, overlay_frames
from maquette.show.palette import DOUBTFUL, colour_to_rgb, person_family
from maquette.show.panel import Panel
from maquette.show.scene import estimate_to_scene
from maquette.show.sketch import Stroke, paint


def coloured(picture, colour):
    return np.argwhere(np.all(np.abs(picture.astype(int) - colour_to_rgb(colour)) < 12, axis=-1))


@pytest.mark.parametrize("joint", ["l_wrist", "r_wrist", "l_ankle", "r_ankle", "l_elbow", "head_top"])
def test_each_joint_lights_its_own_pixel_in_its_own_colour(make_estimate, grey, joint):
    estimate = make_estimate(frames=1)
    skeleton, family = estimate.poses.skeleton, person_family(0)
    side = {"l": family.left, "r": family.right}.get(joint.split("_")[0], family.middle)
    drawn = draw_keypoints(grey, estimate.keypoints, 0)
    x, y = estimate.keypoints.joints[0, 0, skeleton.index(joint)].round().astype(int)
    np.testing.assert_allclose(drawn[y, x], colour_to_rgb(side), atol=12)


def test_a_lone_joint_is_centred_on_its_pixel(make_estimate, grey):
    estimate = make_estimate(frames=1)
    alone = np.zeros_like(estimate.keypoints.mask)
    alone[0, 0, estimate.poses.skeleton.index("l_wrist")] = True
    flat = np.full_like(estimate.keypoints.joints, 100.0)
    drawn = draw_keypoints(grey, replace(estimate.keypoints, mask=alone, joints=flat), 0)
    lit = coloured(drawn, person_family(0).left)
    assert len(lit) > 0
    np.testing.assert_allclose(lit.mean(axis=0), [100, 100], atol=0.5)


def test_unknown_joints_and_their_limbs_are_not_drawn(make_estimate, grey):
    estimate = make_estimate(frames=1)
    hidden = np.zeros_like(estimate.keypoints.mask)
    np.testing.assert_array_equal(draw_keypoints(grey, replace(estimate.keypoints, mask=hidden), 0), grey)


def test_unsure_joints_are_fainter(make_estimate, grey):
    keypoints = make_estimate(frames=1).keypoints
    sure = draw_keypoints(grey, keypoints, 0).astype(float)
    unsure = draw_keypoints(grey, replace(keypoints, confidence=np.full_like(keypoints.confidence, 0.1)), 0)
    x, y = keypoints.joints[0, 0, keypoints.skeleton.index("l_ankle")].astype(int)
    assert np.abs(unsure[y, x] - 120.0).sum() < 0.6 * np.abs(sure[y, x] - 120.0).sum()


def test_the_given_picture_is_left_alone(make_estimate, grey):
    before = grey.copy()
    draw_estimate(grey, make_estimate(), 0)
    np.testing.assert_array_equal(grey, before)


def test_joints_far_outside_the_picture_do_no_harm(make_estimate, grey):
    estimate = make_estimate(frames=1)
    flat = estimate.keypoints.joints.copy()
    flat[0, 0, :5] = [[1e9, -1e9], [-1e12, 4], [3, 1e15], [-5, -5], [319.4, 239.4]]
    assert draw_keypoints(grey, replace(estimate.keypoints, joints=flat), 0).shape == grey.shape


@pytest.mark.parametrize("shape", [(240, 320), (1920, 1080), (7, 9), (1, 1), (90, 1600)])
def test_any_size_gets_a_panel_of_its_height(make_estimate, shape):
    estimate = make_estimate()
    picture = np.zeros((*shape, 3), np.uint8)
    free = replace(estimate, keypoints=replace(estimate.keypoints, image_size=None))
    drawn = draw_estimate(picture, free, 0)
    assert drawn.shape[0] == shape[0]
    assert drawn.shape[1] > shape[1]
    assert drawn.shape[1] % 2 == 0
    assert drawn.dtype == np.uint8


@pytest.mark.parametrize("persons", [0, 1, 2, 5])
def test_any_number_of_persons(make_estimate, grey, persons):
    assert draw_estimate(grey, make_estimate(persons=persons), 0).shape[0] == grey.shape[0]


def views(estimate):
    """The two views of a panel for one person: from the camera and from the side."""
    panel = Panel(estimate_to_scene(estimate), estimate.poses.skeleton, 300, 600, "")
    picture = np.asarray(panel.draw(0))
    return picture[:280], picture[290:570]


def test_in_the_panel_right_is_right_and_low_is_low(make_estimate):
    camera, _ = views(make_estimate(frames=1))
    family = person_family(0)
    left_hand_side, right_hand_side = coloured(camera, family.left), coloured(camera, family.right)
    assert left_hand_side[:, 1].mean() > right_hand_side[:, 1].mean() + 20
    assert left_hand_side[:, 0].min() < right_hand_side[:, 0].min() - 20


def test_in_the_side_view_the_camera_is_at_the_left(make_estimate):
    estimate = make_estimate(frames=1)
    joints = estimate.poses.joints.copy()
    joints[0, 0, estimate.poses.skeleton.indices("r_hip", "r_knee", "r_ankle"), 2] += 0.5
    _, side = views(replace(estimate, poses=replace(estimate.poses, joints=joints)))
    legs = side[side.shape[0] // 2 :]
    far, near = coloured(legs, person_family(0).right), coloured(legs, person_family(0).left)
    assert far[:, 1].mean() > near[:, 1].mean() + 20


def test_the_panel_shows_nothing_moving_when_nobody_is_there(make_estimate):
    estimate = make_estimate()
    mask = estimate.poses.mask.copy()
    mask[1:] = False
    poses = replace(estimate.poses, mask=mask)
    panel = Panel(estimate_to_scene(replace(estimate, poses=poses)), poses.skeleton, 200, 400, "")
    someone, nobody, still_nobody = (np.asarray(panel.draw(frame)) for frame in (0, 1, 2))
    np.testing.assert_array_equal(nobody, still_nobody)
    assert np.any(someone != nobody)


def test_a_video_is_streamed_in_order_with_its_own_times(make_estimate, grey):
    estimate, reported = make_estimate(frames=3), []
    stream = overlay_frames(estimate, (Frame(grey, 0.1 * i) for i in range(5)), lambda *args: reported.append(args))
    drawn = list(stream)
    assert [frame.time_s for frame in drawn] == [0.0, 0.1, 0.2]
    assert reported == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_array_equal(drawn[2].image, draw_estimate(grey, estimate, 2))


def test_a_picture_of_another_size_is_refused(make_estimate):
    with pytest.raises(ConventionError, match="picture is 64x48 but the keypoints were found in pictures of 320x240"):
        draw_estimate(np.zeros((48, 64, 3), np.uint8), make_estimate(), 0)


def test_fractions_are_refused(make_estimate, grey):
    keypoints = replace(make_estimate().keypoints, unit="fraction")
    with pytest.raises(ConventionError, match="fractions of the picture"):
        draw_keypoints(grey, keypoints, 0)


@pytest.mark.parametrize("frame", [-1, 4])
def test_a_frame_that_is_not_there_is_refused(make_estimate, grey, frame):
    with pytest.raises(SettingError, match="has 4 frames"):
        draw_estimate(grey, make_estimate(), frame)


def unseen(estimate, *joints):
    is_observed = estimate.poses.mask.copy()
    is_observed[..., estimate.poses.skeleton.indices(*joints)] = False
    return replace(estimate, poses=replace(estimate.poses, is_observed=is_observed))


def test_a_limb_to_a_joint_that_was_not_seen_is_dashed_and_faint(make_estimate, grey):
    estimate = make_estimate(frames=1)
    hip, knee, ankle = (estimate.keypoints.joints[0, 0, estimate.poses.skeleton.index(f"l_{j}")] for j in LEG)
    way = np.linspace(0.2, 0.8, 60)[:, None]
    marked = unseen(estimate, "l_ankle").poses
    solid, dashed = (
        np.abs(draw_keypoints(grey, estimate.keypoints, 0, seen).astype(float) - 120).sum(axis=-1)
        for seen in (None, marked)
    )

    def along(drawn, start, end):
        x, y = (start + way * (end - start)).round().astype(int).T
        return drawn[y, x]

    np.testing.assert_array_equal(along(dashed, hip, knee), along(solid, hip, knee))
    shank = along(dashed, knee, ankle)
    assert shank.min() == 0 and 0 < shank.max() < 0.7 * along(solid, knee, ankle).min()
    assert (np.diff(shank > 0) != 0).sum() >= 2  # on and off


def all_unseen(estimate):
    return unseen(estimate, *estimate.poses.skeleton.joint_names).poses


LEG = ("hip", "knee", "ankle")


def test_a_dashed_limb_touches_both_of_its_ends(make_estimate, grey):
    estimate = make_estimate(frames=1)
    drawn = draw_keypoints(grey, estimate.keypoints, 0, all_unseen(estimate))
    places = estimate.keypoints.joints[0, 0].round().astype(int)
    assert all(np.any(drawn[y, x] != 120) for x, y in places)


def test_the_panel_tells_seen_from_unseen_joints(make_estimate):
    estimate = make_estimate(frames=1)
    family = person_family(0)
    sure, unsure = (len(coloured(views(one)[0], family.left)) for one in (estimate, unseen(estimate, "l_wrist")))
    assert unsure < 0.95 * sure
    nothing = views(unseen(estimate, *estimate.poses.skeleton.joint_names))[0]
    assert len(coloured(nothing, family.left)) == 0 and nothing.std() > 0


def test_joints_far_outside_make_no_endless_dashes(make_estimate, grey):
    estimate = make_estimate(frames=1)
    flat = estimate.keypoints.joints.copy()
    flat[0, 0, :4] = [[1e9, -1e9], [-1e12, 4], [3, 1e15], [-5, -5]]
    keypoints = replace(estimate.keypoints, joints=flat)
    assert draw_keypoints(grey, keypoints, 0, all_unseen(estimate)).shape == grey.shape


def doubted(estimate):
    return replace(estimate, poses=replace(estimate.poses, is_doubtful=estimate.poses.present))


def test_who_is_doubtful_is_grey_in_picture_and_panel(make_estimate, grey):
    estimate, family = make_estimate(frames=1), person_family(0)
    for one, is_coloured in ((estimate, True), (doubted(estimate), False)):
        drawn = draw_estimate(grey, one, 0)
        picture, panel = drawn[:, : grey.shape[1]], drawn[:, grey.shape[1] :]
        assert [len(coloured(part, family.left)) > 20 for part in (picture, panel)] == [is_coloured] * 2
        assert (len(coloured(picture, DOUBTFUL.left)) > 20) != is_coloured


@pytest.mark.parametrize("count", [1, 17])
@pytest.mark.parametrize("place", [50.0, 1e9, 1e38])
def test_joints_however_far_away_leave_a_panel_with_few_lines(make_estimate, monkeypatch, count, place):
    estimate = make_estimate(frames=2, root=None)
    far = estimate.poses.joints.astype(np.float32)
    far[0, 0, :count] += place
    estimate = replace(estimate, poses=replace(estimate.poses, joints=far))
    lines = []
    monkeypatch.setattr("maquette.show.panel.paint", lambda image, strokes: lines.append(len(strokes)))
    Panel(estimate_to_scene(estimate), estimate.poses.skeleton, 300, 600, "").draw(0)
    assert max(lines) < 1000


def test_the_panel_says_how_far_its_lines_are_apart(make_estimate, monkeypatch):
    written = []
    monkeypatch.setattr("maquette.show.panel.write", lambda image, at, text, *look: written.append(text))
    estimate = make_estimate(frames=1, root=None)
    Panel(estimate_to_scene(estimate), estimate.poses.skeleton, 300, 600, ", measured").draw(0)
    wide = replace(estimate.poses, joints=estimate.poses.joints * 100)
    Panel(estimate_to_scene(replace(estimate, poses=wide)), wide.skeleton, 300, 600, "").draw(0)
    assert [text for text in written if "grid" in text] == ["grid 0.5 m, measured", "grid 8 m"]


def test_a_line_that_leads_far_out_of_the_picture_keeps_its_direction():
    image = Image.new("RGB", (100, 80))
    paint(image, [Stroke((10.0, 10.0), (10.0 + 3e9, 10.0 + 1e9), 2.0, (255, 0, 0, 255))])
    lit = np.asarray(image)[..., 0] > 128
    for x in (10, 40, 70, 99):
        assert abs(np.flatnonzero(lit[:, x]).mean() - (10 + (x - 10) / 3)) < 1


@pytest.mark.parametrize("is_dashed", [False, True])
@pytest.mark.parametrize(
    "ends", [((-9e37, -5.0), (9e37, -5.0)), ((1e12, 1e12), (1e12, 1e12)), ((-1e9, 3e9), (3e9, -1e9))]
)
def test_lines_that_miss_the_picture_leave_it_as_it_is(ends, is_dashed):
    image = Image.new("RGB", (100, 80))
    seen = Stroke((10.0, 10.0), (20.0, 10.0), 0.0, (0, 0, 0, 0))
    paint(image, [seen, Stroke(*ends, 1.0, (255, 0, 0, 255), is_dashed)])
    assert not np.asarray(image).any()


def test_an_empty_canvas_is_not_made_large_by_one_keypoint(make_estimate):
    estimate = make_estimate(frames=2)
    flat = estimate.keypoints.joints.copy()
    flat[0, 0, 3] = 1e9
    free = replace(estimate, keypoints=replace(estimate.keypoints, joints=flat, image_size=None))
    assert max(empty_canvas(free).shape) < 500
