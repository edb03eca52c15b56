from dataclasses import replace

import numpy as np
import pytest
from painted_people import painted_picture

from maquette.body.catalog import ANNY_41, COCO_17, H36M_17, MPII_16, SMPL_24
from maquette.body.parts import PARTS_15
from maquette.body.skeleton import Skeleton
from maquette.data.views.augmentation import Augmentation
from maquette.data.views.boxes import unite_boxes
from maquette.data.views.labelling import compute_body_yaws, take_person_sample, take_scene_sample
from maquette.data.views.samples import PersonSample, SceneSample
from maquette.data.views.views import ViewSettings, take_person_view, take_scene_view
from maquette.errors import SettingError
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture

SIZE = 64


def noise(height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    return generator.integers(0, 256, (height, width, 3), np.uint8)


def blue(height: int, width: int, _: np.random.Generator) -> np.ndarray:
    return np.broadcast_to(np.array([0, 0, 255], np.uint8), (height, width, 3)).copy()


@pytest.fixture(scope="module")
def people() -> LabelledPicture:
    return painted_picture(2, size=128, seed=3, identity=7, clip=4, frame=9)


def settings(**changes: object) -> ViewSettings:
    return ViewSettings(**({"size_px": SIZE, "skeleton": H36M_17, "background": noise} | changes))


@pytest.mark.parametrize("skeleton", [ANNY_41, H36M_17, COCO_17, MPII_16, SMPL_24], ids=str)
@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_what_is_learnt_agrees_with_itself(skeleton: Skeleton, strength: float, people: LabelledPicture):
    for seed in range(4):
        view = take_person_view(people, people.people.boxes_px[1], settings(skeleton=skeleton), strength, [seed])
        found = PersonSample(*(values.numpy() for values in take_person_sample(view, 1, skeleton)))
        assert found.picture.shape == (3, SIZE, SIZE)
        assert found.picture.dtype == np.uint8
        known = found.is_known
        rays = found.joints_m[known] @ found.camera_matrix.T
        np.testing.assert_allclose(rays[:, :2] / rays[:, 2:], found.joints_px[known], atol=0.01)
        assert not found.joints_px[~known].any()
        assert not (found.is_visible & ~known).any()
        for joint in set(skeleton.joint_names) & set(RENDERED_SKELETON.joint_names):
            there, here = RENDERED_SKELETON.index(joint), skeleton.index(joint)
            np.testing.assert_allclose(found.joints_px[here], view.people.joints_px[1, there], atol=0.01)
            assert found.is_visible[here] == view.people.is_visible[1, there]
        assert (found.parts[found.parts > 0] <= len(PARTS_15)).all()
        np.testing.assert_array_equal(found.parts > 0, view.instances == 2)
        assert (found.identity, found.clip, found.frame) == (8, 4, 9)
        assert all(value.shape == () for value in (found.identity, found.clip, found.frame, found.body_yaw_rad))


def test_a_person_is_in_the_middle_and_others_are_not_labelled(people: LabelledPicture):
    for person in range(2):
        view = take_person_view(people, people.people.boxes_px[person], settings(), 0.0, [0])
        found = take_person_sample(view, person, H36M_17)
        rows, columns = np.nonzero(found.parts.numpy())
        assert abs((rows.min() + rows.max()) / 2 - (SIZE - 1) / 2) < 2.5
        assert abs((columns.min() + columns.max()) / 2 - (SIZE - 1) / 2) < 2.5
        assert max(np.ptp(rows), np.ptp(columns)) == pytest.approx(SIZE / 1.25, abs=3)
        assert not found.mask.numpy()[view.instances == 2 - person].any()
        assert found.mask.numpy()[view.instances == 1 + person].any()


def test_a_view_of_everybody_has_a_row_for_each(people: LabelledPicture):
    view = take_scene_view(people, settings(), 0.0, [0])
    found = SceneSample(*(values.numpy() for values in take_scene_sample(view, H36M_17, 3)))
    assert found.is_person.tolist() == [True, True, False]
    assert found.joints_m.shape == (3, 17, 3)
    assert found.identity.tolist() == [7, 8, 0]
    assert not found.joints_px[2].any()
    np.testing.assert_array_equal(found.instances, view.instances)
    np.testing.assert_allclose(found.boxes_px[:2], view.people.boxes_px)
    fewer = take_scene_sample(view, H36M_17, 1)
    assert fewer.joints_m.shape == (1, 17, 3)
    assert fewer.instances.max() == 1
    nobody = take_scene_sample(take_scene_view(painted_picture(0, size=50), settings(), 1.0, [0]), H36M_17, 2)
    assert not nobody.is_person.any()


def test_equal_seeds_give_equal_views(people: LabelledPicture):
    box = people.people.boxes_px[0]
    a, b, c = (take_person_view(people, box, settings(), 1.0, [1, seed]).picture for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_some_views_keep_their_background(people: LabelledPicture):
    box = people.people.boxes_px[0]
    calm = {"augmentation": Augmentation(brightness=0.0, contrast=0.0, saturation=0.0, tint=0.0, log_gamma=0.0)}
    for share, kept in ((0.0, 0), (1.0, 20)):
        views = [
            take_person_view(people, box, settings(background=blue, keep_share=share, **calm), 0.0, [i])
            for i in range(20)
        ]
        assert sum((view.picture[..., 1] > 150).any() for view in views) == kept
    own = take_person_view(people, box, settings(background=None), 0.0, [0])
    assert (own.picture[..., 1] > 150).any()


def test_who_is_cut_by_the_edge_is_cut_in_the_view_too(people: LabelledPicture):
    """A new background goes on forever behind a whole person, but ends with the picture that cuts one off."""
    box = np.array([-32, 0, 64, 64], np.float32)
    calm = settings(background=blue, keep_share=0.0)
    whole = take_person_view(people, box, calm, 0.0, [0]).picture
    assert whole[10, 2, 2] == 255
    mask = people.mask.copy()
    mask[-1, 60] = 255
    cut = take_person_view(replace(people, mask=mask), box, calm, 0.0, [0]).picture
    assert not cut[10, 2].any()
    assert cut[10, SIZE - 2, 2] == 255


def test_photometry_comes_last_and_is_told_the_strength(people: LabelledPicture):
    told = []

    def develop(picture: np.ndarray, strength: float, generator: np.random.Generator) -> np.ndarray:
        told.append(strength)
        return np.full_like(picture, 7)

    view = take_scene_view(people, settings(photometry=develop), 0.4, [0])
    assert told == [0.4]
    assert (view.picture == 7).all()


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0, 3.0])
def test_yaw_is_how_far_the_body_turned(turn: float):
    """Faces the camera at 0; a body whose face turns to the picture's right (its left hip goes back) turns plus."""
    joints = np.zeros((1, len(RENDERED_SKELETON), 3), np.float32)
    joints[0, RENDERED_SKELETON.index("l_hip")] = np.cos(turn), 0, np.sin(turn)
    joints[0, RENDERED_SKELETON.index("r_hip")] = -np.cos(turn), 0, -np.sin(turn)
    joints[0, RENDERED_SKELETON.index("thorax")] = 0, -1, 0
    np.testing.assert_allclose(compute_body_yaws(joints), [turn], atol=1e-6)


def test_flipping_negates_the_yaw(people: LabelledPicture):
    flipped, straight = (
        take_person_view(people, people.people.boxes_px[0], settings(augmentation=still, occluder_share=0.0), 1e-9, [0])
        for still in (Augmentation(flip_share=1.0), Augmentation(flip_share=0.0))
    )
    np.testing.assert_allclose(
        compute_body_yaws(flipped.people.joints_m), -compute_body_yaws(straight.people.joints_m), atol=1e-5
    )


def test_a_joint_behind_the_camera_is_unknown(people: LabelledPicture):
    joints = people.people.joints_m.copy()
    joints[0, RENDERED_SKELETON.index("l_wrist"), 2] = -1.0
    behind = replace(people, people=replace(people.people, joints_m=joints))
    found = take_person_sample(behind, 0, H36M_17)
    assert not found.is_known[H36M_17.index("l_wrist")]
    assert found.is_known[H36M_17.index("r_wrist")]
    assert all(values.isfinite().all() for values in found)


def test_the_union_of_boxes_surrounds_them():
    boxes = np.array([[0, 0, 0, 0], [3, 4, 5, 6], [1, 8, 2, 9]], np.float32)
    np.testing.assert_allclose(unite_boxes(boxes), [1, 4, 7, 13])
    assert not unite_boxes(boxes[:1]).any()


@pytest.mark.parametrize("bad", [{"size_px": 0}, {"margin": 0.0}, {"most_people": 0}, {"keep_share": 1.5}])
def test_senseless_settings_are_refused(bad: dict):
    with pytest.raises(SettingError):
        settings(**bad)
