import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from maquette.arrays import Frame
from maquette.errors import InputError, SettingError
from maquette.show.figures import figure_png, figure_strip, find_best_frame
from maquette.show.palette import DOUBTFUL, colour_to_rgb, person_family


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_a_figure_is_a_png_with_both_sides_in_it(make_estimate, grey):
    picture = decoded(figure_png(make_estimate(), grey, 0))
    views = picture[:, picture.shape[1] // 5 :]
    family = person_family(0)
    middle = []
    for colour in (family.left, family.right):
        lit = np.argwhere(np.all(np.abs(views - colour_to_rgb(colour)) < 12, axis=-1))
        assert len(lit) > 200
        middle.append(lit[lit[:, 1] < views.shape[1] // 3, 1].mean())
    assert middle[0] > middle[1]


@pytest.mark.parametrize("persons", [0, 3])
def test_any_number_of_persons_and_no_picture(make_estimate, persons):
    assert decoded(figure_png(make_estimate(persons=persons), None, 1)).std() > 0


def test_no_picture_and_no_size(make_estimate):
    estimate = make_estimate(frames=1)
    assert figure_png(replace(estimate, keypoints=replace(estimate.keypoints, image_size=None)), None, 0)


def test_a_strip_grows_with_its_frames(make_estimate, grey):
    estimate, frames = make_estimate(), [Frame(grey, i / 25) for i in range(4)]
    one, three = decoded(figure_strip(estimate, frames, [2])), decoded(figure_strip(estimate, frames, [0, 2, 3]))
    assert three.shape[1] > 2 * one.shape[1]


def test_dollar_signs_in_names_are_no_formulas(make_estimate):
    assert figure_png(make_estimate(frames=1, detector="$\\frac{a$ detector"), None, 0)


@pytest.mark.parametrize(("wanted", "message"), [([], "1 to 12"), ([0] * 13, "1 to 12"), ([4], "no frame 4")])
def test_strips_that_cannot_be_are_refused(make_estimate, wanted, message):
    with pytest.raises(SettingError, match=message):
        figure_strip(make_estimate(), None, wanted)


def test_pictures_that_end_early_are_refused(make_estimate, grey):
    with pytest.raises(InputError, match="end before frame 3"):
        figure_strip(make_estimate(), [Frame(grey, 0.0)], [0, 3])


def test_joints_that_were_not_seen_are_drawn_otherwise_and_explained(make_estimate, grey):
    estimate = make_estimate(frames=1)
    hidden = replace(estimate, poses=replace(estimate.poses, is_observed=np.zeros_like(estimate.poses.mask)))
    sure, unsure = decoded(figure_png(estimate, grey, 0)), decoded(figure_png(hidden, grey, 0))
    lit = [np.all(np.abs(p - colour_to_rgb(person_family(0).left)) < 12, axis=-1).sum() for p in (sure, unsure)]
    assert lit[1] < 0.1 * lit[0]


def test_who_is_doubtful_is_grey(make_estimate, grey):
    estimate = make_estimate(frames=1)
    doubted = replace(estimate, poses=replace(estimate.poses, is_doubtful=estimate.poses.present))
    drawn = decoded(figure_png(doubted, grey, 0))
    lit = [np.all(np.abs(drawn - colour_to_rgb(of.left)) < 12, axis=-1).sum() for of in (person_family(0), DOUBTFUL)]
    assert lit[0] < 0.1 * lit[1]


@pytest.mark.parametrize("persons", [1, 7])
def test_figures_are_at_most_2000_pixels_wide(make_estimate, grey, persons):
    estimate = make_estimate(frames=2, persons=persons)
    for figure in (figure_png(estimate, grey, 0), figure_strip(estimate, None, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])):
        assert decoded(figure).shape[1] <= 2000


def test_the_people_fill_the_picture_of_a_figure(make_estimate):
    estimate = make_estimate(frames=1)
    keypoints = replace(estimate.keypoints, image_size=(1000, 800))
    wide = np.zeros((800, 1000, 3), np.uint8)
    wide[0] = wide[-1] = wide[:, 0] = wide[:, -1] = (255, 0, 255)
    drawn = decoded(figure_png(replace(estimate, keypoints=keypoints), wide, 0))
    assert not np.any(np.all(np.abs(drawn - (255, 0, 255)) < 30, axis=-1))
    black = np.argwhere(drawn.sum(axis=-1) < 30)
    height = np.ptp(black[:, 0])
    assert height > 0.6 * drawn.shape[0]


def test_a_person_outside_the_picture_leaves_the_picture_whole(make_estimate, grey):
    estimate = make_estimate(frames=1)
    away = replace(estimate.keypoints, joints=estimate.keypoints.joints + 5000)
    assert decoded(figure_png(replace(estimate, keypoints=away), grey, 0)).std() > 0


def test_the_best_frame_is_that_of_which_most_was_seen_and_seen_surest(make_estimate):
    estimate = make_estimate(frames=4)
    assert find_best_frame(estimate) == 0
    confidence, is_observed = estimate.poses.confidence.copy(), estimate.poses.mask.copy()
    confidence[0], confidence[3] = 0.5, 0.9
    is_observed[1:3, 0, :5] = False
    assert find_best_frame(replace(estimate, poses=replace(estimate.poses, confidence=confidence))) == 1
    seen = replace(estimate.poses, confidence=confidence, is_observed=is_observed)
    assert find_best_frame(replace(estimate, poses=seen)) == 3
    assert find_best_frame(make_estimate(frames=0)) == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(
    "joints", [["l_ankle"], [], ["l_ankle", "l_knee", "r_ankle", "r_knee", "l_hip", "r_hip", "spine"]]
)
@pytest.mark.parametrize("place", [1e3, 1e30])
def test_joints_however_far_away_leave_a_figure_that_can_be_read(make_estimate, joints, axis, place):
    estimate = make_estimate(frames=2, root=None)
    far = estimate.poses.joints.copy()
    far[0, 0, estimate.poses.skeleton.indices(*joints) if joints else slice(None), axis] += place
    estimate = replace(estimate, poses=replace(estimate.poses, joints=far.astype(np.float32)))
    for png in (figure_png(estimate, None, 0), figure_strip(estimate, None, [0, 1])):
        height, width = decoded(png).shape[:2]
        assert 200 < height < 6 * width and 300 < width <= 2000


def test_many_people_take_two_rows_of_a_figure(make_estimate, grey):
    one, many = (decoded(figure_png(make_estimate(frames=1, persons=persons), grey, 0)).shape for persons in (1, 9))
    assert one[0] < 0.5 * one[1]
    assert many[0] > 0.4 * many[1]
