from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from maquette.body.catalog import BODY_25, COCO_17, H36M_17, KUNDU_17, LSP_14, MPII_16
from maquette.body.people import Poses2d, Poses3d
from maquette.errors import ConventionError

FRAMES, PERSONS, JOINTS = 4, 2, 17
QUARTER_TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def shared_fields(dtype: type = np.float64) -> dict:
    return {
        "mask": np.ones((FRAMES, PERSONS, JOINTS), dtype=bool),
        "confidence": np.full((FRAMES, PERSONS, JOINTS), 0.5, dtype=dtype),
        "times": np.arange(FRAMES) / 25.0,
        "person_ids": np.array([7, 3]),
    }


def poses_3d(dtype: type = np.float64, **changes: object) -> Poses3d:
    joints = np.random.default_rng(0).normal(size=(FRAMES, PERSONS, JOINTS, 3)).astype(dtype)
    return Poses3d(**{"skeleton": H36M_17, "joints": joints, "root": None, **shared_fields(dtype), **changes})


def poses_2d(**changes: object) -> Poses2d:
    joints = np.random.default_rng(1).uniform(size=(FRAMES, PERSONS, JOINTS, 2))
    return Poses2d(**{"skeleton": COCO_17, "joints": joints, **shared_fields(), **changes})


def hidden(*at: tuple[int, int, str], skeleton=H36M_17) -> np.ndarray:
    """A mask that hides the named joints of (frame, person, joint)."""
    mask = np.ones((FRAMES, PERSONS, JOINTS), dtype=bool)
    for frame, person, joint in at:
        mask[frame, person, skeleton.index(joint)] = False
    return mask


def spoiled(array: np.ndarray, value: float) -> np.ndarray:
    array = array.copy()
    array.flat[3] = value
    return array


every_kind = pytest.mark.parametrize("make", [poses_2d, poses_3d])


class TestConstruction:
    @every_kind
    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("joints", np.zeros((FRAMES, PERSONS, JOINTS, 4)), "joints have the shape"),
            ("joints", np.zeros((FRAMES, PERSONS, JOINTS - 1, 3)), r"skeleton .* \(17 joints\) want \(4, 2, 17"),
            ("joints", np.zeros((FRAMES, JOINTS, 3)), "joints have the shape"),
            ("mask", np.ones((FRAMES, PERSONS), dtype=bool), "must both have the shape"),
            ("confidence", np.ones((FRAMES, 1, JOINTS)), "must both have the shape"),
            ("times", np.arange(3.0), "3 times"),
            ("times", np.array([0.0, 0.2, 0.1, 0.3]), "rise"),
            ("times", np.array([0.0, 0.1, 0.1, 0.3]), "rise"),
            ("times", np.array([0.0, 0.1, np.nan, 0.3]), "finite"),
            ("times", np.array([0.0, 0.1, 0.2, np.inf]), "finite"),
            ("person_ids", np.array([1]), "1 persons"),
            ("person_ids", np.array([1, 1]), "differ from each other"),
            ("confidence", np.full((FRAMES, PERSONS, JOINTS), np.nan), "hide unknown joints with the mask"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, make, field, value, sentence, unchecked_shapes):
        with pytest.raises(ConventionError, match=sentence):
            make(**{field: value})

    @every_kind
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_what_is_not_finite_is_refused_even_where_hidden(self, make, value):
        mask = np.zeros((FRAMES, PERSONS, JOINTS), dtype=bool)
        with pytest.raises(ConventionError, match="hide unknown joints with the mask"):
            make(joints=spoiled(make().joints, value), mask=mask)

    def test_root_must_be_a_joint(self):
        with pytest.raises(ConventionError, match="no joint 'tail'"):
            poses_3d(root="tail")

    def test_uncertainty_must_be_one_number_a_joint(self, unchecked_shapes):
        with pytest.raises(ConventionError, match=r"uncertainty \(4, 2, 17, 3\)"):
            poses_3d(uncertainty=np.ones((FRAMES, PERSONS, JOINTS, 3)))

    @every_kind
    def test_poses_cannot_be_changed_in_place(self, make):
        with pytest.raises(FrozenInstanceError):
            make().times = np.zeros(FRAMES)

    @pytest.mark.parametrize(("frames", "persons"), [(0, 0), (0, 2), (3, 0), (1, 1)])
    def test_nobody_and_nothing_are_poses_too(self, frames, persons):
        poses = Poses3d(
            skeleton=H36M_17,
            joints=np.zeros((frames, persons, JOINTS, 3)),
            mask=np.zeros((frames, persons, JOINTS), dtype=bool),
            confidence=np.zeros((frames, persons, JOINTS)),
            times=np.arange(frames) / 10.0,
            person_ids=np.arange(persons),
        )
        assert (poses.frame_count, poses.person_count) == (frames, persons)
        for other in (poses.mapped_to(MPII_16), poses.relative_to("thorax"), poses.in_unit("mm")):
            assert other.mask.shape[:2] == (frames, persons)


class TestFacts:
    def test_counts(self):
        assert (poses_3d().frame_count, poses_3d().person_count) == (FRAMES, PERSONS)

    @pytest.mark.parametrize(
        ("times", "fps"),
        [([0.0, 0.04, 0.08, 0.12], 25.0), ([0.0, 0.1, 0.2, 1.2], 10.0), ([5.0, 5.5, 6.0, 6.5], 2.0)],
    )
    def test_rate_is_that_of_the_median_step(self, times, fps):
        assert poses_3d(times=np.array(times)).fps == pytest.approx(fps)

    def test_one_picture_has_no_rate(self):
        assert poses_3d().select_frames(slice(0, 1)).fps is None

    def test_a_person_is_present_when_any_joint_is_known(self):
        mask = np.zeros((FRAMES, PERSONS, JOINTS), dtype=bool)
        mask[2, 1, 5] = True
        present = np.zeros((FRAMES, PERSONS), dtype=bool)
        present[2, 1] = True
        np.testing.assert_array_equal(poses_3d(mask=mask).present, present)

    def test_defaults_claim_nothing(self):
        poses = Poses3d(skeleton=H36M_17, joints=np.zeros((FRAMES, PERSONS, JOINTS, 3)), **shared_fields())
        assert (poses.unit, poses.frame, poses.root, poses.scale_known) == ("m", "camera", "pelvis", False)
        assert poses.uncertainty is None
        assert (poses_2d().unit, poses_2d().image_size) == ("px", None)


class TestRefusalToMix:
    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            ("unit", "mm", "unit is m here and mm there"),
            ("frame", "world", "frame is camera here and world there"),
            ("root", "pelvis", "root is None here and pelvis there"),
            ("scale_known", True, "scale_known is False here and True there"),
        ],
    )
    def test_in_space(self, field, value, shown):
        with pytest.raises(ConventionError, match=shown):
            poses_3d().require_alike(poses_3d(**{field: value}))

    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            ("unit", "fraction", "unit is px here and fraction there"),
            ("image_size", (640, 480), r"image_size is None here and \(640, 480\) there"),
        ],
    )
    def test_in_pictures(self, field, value, shown):
        with pytest.raises(ConventionError, match=shown):
            poses_2d().require_alike(poses_2d(**{field: value}))

    def test_skeletons(self):
        with pytest.raises(ConventionError, match=r"h36m_17 \(17 joints\) here and kundu_17 \(17 joints\) there"):
            poses_3d().require_alike(poses_3d(skeleton=KUNDU_17))

    def test_only_what_is_asked_for(self):
        poses_3d().require_alike(poses_3d(unit="mm"), "skeleton", "frame")
        with pytest.raises(ConventionError, match="unit"):
            poses_3d().require_alike(poses_3d(unit="mm"), "skeleton", "unit")

    @every_kind
    def test_other_numbers_and_times_are_alike(self, make):
        make().require_alike(make(joints=2 * make().joints, times=np.arange(FRAMES) + 1.0))


class TestUnits:
    @pytest.mark.parametrize(
        ("unit", "other", "factor"),
        [("m", "mm", 1000), ("m", "cm", 100), ("cm", "mm", 10), ("mm", "m", 0.001), ("cm", "m", 0.01), ("m", "m", 1)],
    )
    def test_lengths_and_uncertainties_are_converted_together(self, unit, other, factor):
        poses = poses_3d(unit=unit, uncertainty=np.full((FRAMES, PERSONS, JOINTS), 0.1))
        converted = poses.in_unit(other)
        assert converted.unit == other
        np.testing.assert_allclose(converted.joints, factor * poses.joints)
        assert converted.uncertainty is not None
        np.testing.assert_allclose(converted.uncertainty, factor * 0.1)

    def test_there_and_back(self):
        poses = poses_3d(unit="cm")
        np.testing.assert_allclose(poses.in_unit("mm").in_unit("m").in_unit("cm").joints, poses.joints)

    def test_scaled_may_change_what_the_numbers_mean(self):
        scaled = poses_3d().scaled(2.0, scale_known=True)
        assert scaled.scale_known
        np.testing.assert_allclose(scaled.joints, 2 * poses_3d().joints)

    def test_fractions_become_pixels(self):
        joints = np.full((FRAMES, PERSONS, JOINTS, 2), 0.5)
        pixels = poses_2d(joints=joints, unit="fraction", image_size=(640, 480)).in_pixels()
        assert (pixels.unit, pixels.image_size) == ("px", (640, 480))
        np.testing.assert_allclose(pixels.joints, np.broadcast_to([319.5, 239.5], joints.shape))

    def test_pixels_stay_and_learn_their_size(self):
        pixels = poses_2d().in_pixels((640, 480))
        assert pixels.image_size == (640, 480)
        np.testing.assert_array_equal(pixels.joints, poses_2d().joints)

    def test_fractions_of_an_unknown_picture_are_refused(self):
        with pytest.raises(ConventionError, match="`image_size`"):
            poses_2d(unit="fraction").in_pixels()

    def test_another_picture_size_is_refused(self):
        with pytest.raises(ConventionError, match=r"\(640, 480\), not \(480, 640\)"):
            poses_2d(image_size=(640, 480)).in_pixels((480, 640))


class TestRelativeTo:
    def test_the_joint_lies_at_the_origin_and_distances_stay(self):
        poses, relative = poses_3d(), poses_3d().relative_to("thorax")
        at = H36M_17.index("thorax")
        assert relative.root == "thorax"
        assert not relative.joints[:, :, at].any()
        np.testing.assert_allclose(relative.joints, poses.joints - poses.joints[:, :, at, None])

    def test_persons_whose_joint_is_hidden_are_hidden(self):
        relative = poses_3d(mask=hidden((1, 0, "pelvis"), (2, 1, "nose"))).relative_to("pelvis")
        assert not relative.present[1, 0]
        assert relative.present.sum() == FRAMES * PERSONS - 1
        assert not relative.joints[1, 0].any()
        assert not relative.confidence[1, 0].any()

    def test_other_hidden_joints_stay_hidden_at_zero(self):
        relative = poses_3d(mask=hidden((2, 1, "nose"))).relative_to("pelvis")
        nose = H36M_17.index("nose")
        assert not relative.mask[2, 1, nose]
        assert not relative.joints[2, 1, nose].any()
        assert relative.confidence[2, 1, nose] == 0

    def test_unknown_joints_are_refused(self):
        with pytest.raises(ConventionError, match="no joint 'tail'"):
            poses_3d().relative_to("tail")

    def test_a_second_root_replaces_the_first(self):
        direct = poses_3d().relative_to("nose")
        np.testing.assert_allclose(poses_3d().relative_to("pelvis").relative_to("nose").joints, direct.joints)


class TestInFrame:
    def test_by_hand(self):
        joints = np.zeros((FRAMES, PERSONS, JOINTS, 3))
        joints[..., :] = 1.0, 2.0, 3.0
        moved = poses_3d(joints=joints).in_frame("world", QUARTER_TURN, np.array([10.0, 0.0, 0.0]))
        assert moved.frame == "world"
        np.testing.assert_allclose(moved.joints, np.broadcast_to([8.0, 1.0, 3.0], joints.shape))

    def test_hidden_joints_stay_at_zero(self):
        moved = poses_3d(mask=hidden((0, 0, "nose"))).in_frame("world", QUARTER_TURN, np.ones(3))
        assert not moved.joints[0, 0, H36M_17.index("nose")].any()

    @pytest.mark.parametrize(
        "matrix",
        [np.diag([1.0, 1.0, -1.0]), 2 * np.eye(3), np.zeros((3, 3)), np.full((3, 3), np.nan), np.eye(3) + 0.01],
        ids=["mirror", "scale", "zero", "nan", "shear"],
    )
    def test_what_is_no_rotation_is_refused(self, matrix):
        with pytest.raises(ConventionError, match="proper rotation"):
            poses_3d().in_frame("world", matrix)

    def test_poses_without_a_place_can_be_turned_but_not_moved(self):
        relative = poses_3d().relative_to("pelvis")
        assert relative.in_frame("world", QUARTER_TURN).root == "pelvis"
        with pytest.raises(ConventionError, match="relative to 'pelvis' cannot be translated"):
            relative.in_frame("world", QUARTER_TURN, np.ones(3))


class TestMappedTo:
    def test_same_skeleton_is_the_same_object(self):
        poses = poses_3d()
        assert poses.mapped_to(H36M_17) is poses

    def test_joints_go_by_name(self):
        poses = poses_3d()
        mapped = poses.mapped_to(MPII_16)
        assert mapped.skeleton == MPII_16
        for joint in ("r_ankle", "pelvis", "l_wrist", "head_top"):
            at, was = MPII_16.index(joint), H36M_17.index(joint)
            np.testing.assert_array_equal(mapped.joints[:, :, at], poses.joints[:, :, was])
        assert mapped.mask.all()
        np.testing.assert_array_equal(mapped.confidence, 0.5)

    def test_what_a_hidden_source_would_make_is_hidden_at_zero(self):
        mask = hidden((1, 1, "l_hip"), skeleton=COCO_17)
        mapped = poses_2d(mask=mask).mapped_to(H36M_17)
        at = H36M_17.indices("pelvis", "l_hip", "spine")
        assert np.flatnonzero(~mapped.mask[1, 1]).tolist() == sorted(at)
        assert not mapped.joints[1, 1, at].any()
        assert not mapped.confidence[1, 1, at].any()
        assert mapped.mask.sum() == FRAMES * PERSONS * JOINTS - 3

    def test_exact_only_hides_what_would_be_a_guess(self):
        mapped = poses_2d().mapped_to(H36M_17, exact_only=True)
        assert np.flatnonzero(~mapped.mask[0, 0]).tolist() == H36M_17.indices("spine", "head_top")

    def test_uncertainty_is_that_of_the_worst_source(self):
        uncertainty = np.zeros((FRAMES, PERSONS, JOINTS))
        uncertainty[:] = np.arange(JOINTS)
        mapped = poses_3d(uncertainty=uncertainty).mapped_to(MPII_16)
        assert mapped.uncertainty is not None
        worst = max(H36M_17.indices("thorax", "head_top"))
        assert mapped.uncertainty[0, 0, MPII_16.index("upper_neck")] == worst
        assert mapped.uncertainty[0, 0, MPII_16.index("l_knee")] == H36M_17.index("l_knee")

    def test_a_root_that_the_target_lacks_is_refused(self):
        relative = poses_3d().relative_to("pelvis")
        with pytest.raises(ConventionError, match=r"'pelvis', which lsp_14 \(14 joints\) lacks"):
            relative.mapped_to(LSP_14)
        assert poses_3d().mapped_to(LSP_14).root is None

    def test_the_root_stays_at_the_origin(self):
        mapped = poses_3d().relative_to("pelvis").mapped_to(BODY_25)
        assert not mapped.joints[:, :, BODY_25.index("pelvis")].any()

    def test_everything_else_is_kept(self):
        poses = poses_3d(unit="mm", frame="world", scale_known=True)
        poses.require_alike(poses.mapped_to(MPII_16), "unit", "frame", "root", "scale_known")
        np.testing.assert_array_equal(poses.mapped_to(MPII_16).times, poses.times)
        np.testing.assert_array_equal(poses.mapped_to(MPII_16).person_ids, poses.person_ids)


class TestSelect:
    @every_kind
    @pytest.mark.parametrize(
        "frames",
        [slice(1, 3), np.array([1, 2]), np.array([False, True, True, False])],
        ids=["slice", "indices", "mask"],
    )
    def test_frames(self, make, frames):
        chosen = make().select_frames(frames)
        np.testing.assert_array_equal(chosen.times, [0.04, 0.08])
        np.testing.assert_array_equal(chosen.joints, make().joints[1:3])
        assert chosen.mask.shape == chosen.confidence.shape == (2, PERSONS, JOINTS)

    @every_kind
    def test_persons_in_the_order_asked_for(self, make):
        chosen = make().select_persons(np.array([1, 0]))
        np.testing.assert_array_equal(chosen.person_ids, [3, 7])
        np.testing.assert_array_equal(chosen.joints, make().joints[:, ::-1])

    @every_kind
    def test_nobody(self, make):
        assert make().select_persons(np.zeros(PERSONS, dtype=bool)).person_count == 0
        assert make().select_frames(slice(0, 0)).frame_count == 0

    def test_uncertainty_comes_along(self):
        uncertainty = np.random.default_rng(2).uniform(size=(FRAMES, PERSONS, JOINTS))
        poses = poses_3d(uncertainty=uncertainty)
        np.testing.assert_array_equal(poses.select_frames(slice(1, 2)).uncertainty, uncertainty[1:2])
        np.testing.assert_array_equal(poses.select_persons(np.array([1])).uncertainty, uncertainty[:, [1]])

    def test_frames_out_of_order_are_refused(self):
        with pytest.raises(ConventionError, match="rise"):
            poses_3d().select_frames(np.array([2, 1]))


def test_every_conversion_keeps_single_precision():
    poses = poses_3d(np.float32, uncertainty=np.ones((FRAMES, PERSONS, JOINTS), np.float32))
    for other in (
        poses.in_unit("mm"),
        poses.relative_to("nose"),
        poses.in_frame("world", QUARTER_TURN, np.ones(3)),
        poses.mapped_to(MPII_16),
        poses.select_frames(slice(2)),
    ):
        assert other.uncertainty is not None
        assert other.joints.dtype == other.confidence.dtype == other.uncertainty.dtype == np.float32


def test_conversions_leave_the_original_alone():
    poses = poses_3d(mask=hidden((0, 0, "pelvis")))
    before = replace(poses, joints=poses.joints.copy(), mask=poses.mask.copy())
    for change in (poses.in_unit("mm"), poses.relative_to("nose"), poses.in_frame("world", QUARTER_TURN)):
        assert not np.shares_memory(change.joints, poses.joints)
    np.testing.assert_array_equal(poses.joints, before.joints)
    np.testing.assert_array_equal(poses.mask, before.mask)
    assert (poses.unit, poses.frame, poses.root) == ("m", "camera", None)
