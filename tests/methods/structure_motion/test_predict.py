"""SAP-Net as an estimator: it fulfils what the pipeline asks for, reads batches as one by one, and mirrors itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from painted_people import painted_picture

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.people import Poses2d
from maquette.errors import ConventionError
from maquette.geometry.camera import assume_camera
from maquette.inference.estimator import Estimator, PersonCrops
from maquette.inference.perspective import poses_from_depths
from maquette.inference.top_down import BothSides, CropKeypoints, TopDownNetwork
from maquette.methods.structure_motion.config import TINY
from maquette.methods.structure_motion.model import Reading, SapNet
from maquette.methods.structure_motion.predict import SapTopDownNetwork, StructureMotionEstimator
from maquette.methods.structure_motion.weights import read_sap, sap_to_bytes

SIDE = TINY.size_px
SIZE_M = 4.0


@pytest.fixture(scope="module")
def model():
    """A network whose heatmaps are sharp enough that rounding does not decide between far spots."""
    torch.manual_seed(3)
    return SapNet(TINY, len(H36M_17)).eval()


@pytest.fixture(scope="module")
def crops():
    return np.stack([painted_picture(1, size=SIDE, seed=seed).picture for seed in range(3)])


def network_of(model, both_sides):
    network = SapTopDownNetwork(model)
    return BothSides(network) if both_sides else network


def seen_people(picture=(640, 480), focal=800.0, frames=2):
    """Keypoints with depths, as a network finds them, of somebody four metres away; and the true joints."""
    generator = np.random.default_rng(0)
    true = np.array([0.2, 0.1, 4.0]) + generator.normal(0, 0.3, (frames, 1, 17, 3))
    middle = (np.array(picture) - 1) / 2
    root = true[:, :, [H36M_17.index("pelvis")], 2]
    child, parent = np.array(H36M_17.bones).T
    return true, Poses2d(
        skeleton=H36M_17,
        joints=(true[..., :2] / true[..., 2:] * focal + middle).astype(np.float32),
        confidence=np.ones((frames, 1, 17), np.float32),
        mask=np.ones((frames, 1, 17), np.bool_),
        times=np.arange(frames) / 25,
        person_ids=np.array([0]),
        image_size=picture,
        depths=((true[..., 2] - root) * focal / root).astype(np.float32),
        sizes_m=np.linalg.norm(true[:, :, child] - true[:, :, parent], axis=-1).sum(axis=-1).astype(np.float32),
    )


def test_it_is_what_the_pipeline_asks_for(model):
    estimator = StructureMotionEstimator(model)
    assert isinstance(estimator, Estimator) and isinstance(estimator.reads, PersonCrops)
    network = estimator.reads.network
    assert isinstance(network, TopDownNetwork)
    assert estimator.name == network.name == "structure-motion"
    assert estimator.skeleton == network.skeleton == H36M_17 and network.size_px == SIDE


@pytest.mark.parametrize("both_sides", [False, True])
@pytest.mark.parametrize("count", [1, 3])
def test_shapes_and_kinds_of_numbers(model, crops, both_sides, count):
    found = network_of(model, both_sides).find_keypoints(crops[:count])
    assert isinstance(found, CropKeypoints)
    assert [part.shape for part in found] == [(count, 17, 2), (count, 17), (count, 17), (count,)]
    assert {part.dtype for part in found} == {np.dtype(np.float32)}
    assert all(np.isfinite(part).all() for part in found) and (found.sizes_m > 0).all()
    assert found.confidence.min() >= 0 and found.confidence.max() <= 1
    assert found.joints.min() > -0.5 and found.joints.max() < SIDE - 0.5


@pytest.mark.parametrize("both_sides", [False, True])
def test_a_batch_is_one_by_one_and_every_time_the_same(model, crops, both_sides):
    network = network_of(model, both_sides)
    together, again = network.find_keypoints(crops), network.find_keypoints(crops)
    for index in range(len(crops)):
        for all_of_them, one in zip(together, network.find_keypoints(crops[index : index + 1]), strict=True):
            np.testing.assert_allclose(all_of_them[index : index + 1], one, rtol=1e-3, atol=1e-3)
    assert all(np.array_equal(one, other) for one, other in zip(together, again, strict=True))


def test_pictures_may_lie_in_memory_in_any_way_and_stay_as_they_are(model, crops):
    before, network = crops.copy(), SapTopDownNetwork(model)
    turned = np.asfortranarray(crops)
    backwards = np.ascontiguousarray(crops[:, :, ::-1])[:, :, ::-1]
    frozen = crops.copy()
    frozen.flags.writeable = False
    for other in (turned, backwards, frozen):
        for one, same in zip(network.find_keypoints(crops), network.find_keypoints(other), strict=True):
            np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(crops, before)


def test_both_sides_of_a_mirrored_picture_are_the_mirrored_answer(model, crops):
    network, mirror = network_of(model, True), H36M_17.mirror
    one, twin = network.find_keypoints(crops), network.find_keypoints(np.ascontiguousarray(crops[:, :, ::-1]))
    np.testing.assert_allclose(twin.joints[:, mirror, 0], SIDE - 1 - one.joints[..., 0], atol=1e-2)
    np.testing.assert_allclose(twin.joints[:, mirror, 1], one.joints[..., 1], atol=1e-2)
    np.testing.assert_allclose(twin.depths[:, mirror], one.depths, atol=1e-2)
    np.testing.assert_allclose(twin.confidence[:, mirror], one.confidence, atol=1e-3)
    np.testing.assert_allclose(twin.sizes_m, one.sizes_m, rtol=1e-3)


def test_on_a_symmetric_picture_both_sides_are_symmetric(model, crops):
    symmetric = np.concatenate([crops[:, :, : SIDE // 2], crops[:, :, : SIDE // 2][:, :, ::-1]], axis=2)
    found = network_of(model, True).find_keypoints(symmetric)
    midline = np.flatnonzero(H36M_17.mirror == np.arange(17))
    np.testing.assert_allclose(found.joints[:, midline, 0], (SIDE - 1) / 2, atol=1e-2)
    left, right = np.array(H36M_17.pairs).T
    np.testing.assert_allclose(found.joints[:, left, 0] + found.joints[:, right, 0], SIDE - 1, atol=1e-2)
    np.testing.assert_allclose(found.depths[:, left], found.depths[:, right], atol=1e-2)


def test_both_sides_are_the_mean_of_the_picture_and_its_mirror_image(model, monkeypatch):
    """A network that says the same of every picture: the mean lies in the middle, left and right exchanged."""
    keypoints = torch.rand(1, 17, 2) * 40
    said = Reading(keypoints, torch.rand(1, 17), torch.randn(1, 17), torch.tensor([SIZE_M]))
    monkeypatch.setattr(model, "read", lambda pictures: said)
    found = network_of(model, True).find_keypoints(np.zeros((1, SIDE, SIDE, 3), np.uint8))
    wrist, twin = H36M_17.indices("l_wrist", "r_wrist")
    wanted = (keypoints[0, wrist, 0] + (SIDE - 1 - keypoints[0, twin, 0])) / 2
    assert found.joints[0, wrist, 0] == pytest.approx(wanted.item(), abs=1e-4)
    assert found.depths[0, wrist] == pytest.approx(said.depths_px[0, [wrist, twin]].mean().item(), abs=1e-5)
    assert found.sizes_m[0] == pytest.approx(SIZE_M)


def test_saved_and_loaded_its_output_is_alike(model, crops, tmp_path):
    path = tmp_path / "sap.safetensors"
    path.write_bytes(sap_to_bytes(model.state_dict(), "tiny"))
    first = StructureMotionEstimator(read_sap(path))
    path.write_bytes(sap_to_bytes(read_sap(path).state_dict(), "tiny"))
    second = StructureMotionEstimator(read_sap(path))
    for one, other in zip(
        first.reads.network.find_keypoints(crops), second.reads.network.find_keypoints(crops), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_using_it_puts_a_network_in_training_to_rest(crops):
    torch.manual_seed(0)
    learning = SapNet(TINY, len(H36M_17)).train()
    before = {name: value.clone() for name, value in learning.state_dict().items()}
    SapTopDownNetwork(learning).find_keypoints(crops)
    assert not learning.training
    assert all(torch.equal(before[name], value) for name, value in learning.state_dict().items())


class TestEstimating:
    def test_true_depths_give_the_true_pose(self, model):
        true, keypoints = seen_people()
        camera = assume_camera((640, 480))  # 800 px
        reported = []
        estimated = StructureMotionEstimator(model).estimate(
            keypoints, camera=camera, progress=lambda *one: reported.append(one)
        )
        np.testing.assert_allclose(estimated.poses.joints, true - true[:, :, :1], atol=2e-3)
        assert estimated.poses.mask.all() and reported == [(2, 2)] and estimated.notes == ()

    def test_an_unknown_lens_is_assumed_and_said(self, model):
        _, keypoints = seen_people()
        estimated = StructureMotionEstimator(model).estimate(keypoints)
        np.testing.assert_array_equal(estimated.poses.joints, poses_from_depths(keypoints).joints)
        assert estimated.notes == ("lens unknown: focal length assumed to be the picture's diagonal, 800 px",)
        unknown = replace(keypoints, image_size=None)
        assert StructureMotionEstimator(model).estimate(unknown).notes == ()

    def test_frames_are_independent_anyway(self, model):
        _, keypoints = seen_people(frames=3)
        estimator = StructureMotionEstimator(model)
        whole = estimator.estimate(keypoints, independent_frames=True).poses
        for frame in range(3):
            alone = estimator.estimate(keypoints.select_frames(slice(frame, frame + 1))).poses
            np.testing.assert_allclose(whole.joints[frame], alone.joints[0], atol=1e-6)

    @pytest.mark.parametrize("skeleton", [H36M_17, COCO_17])
    def test_keypoints_without_depths_are_refused(self, model, skeleton):
        _, keypoints = seen_people()
        bare = replace(keypoints, skeleton=skeleton, depths=None, sizes_m=None)
        with pytest.raises(ConventionError, match="without depths"):
            StructureMotionEstimator(model).estimate(bare)

    def test_nobody_and_no_frames_are_no_trouble(self, model):
        _, keypoints = seen_people()
        for none in (keypoints.select_frames(slice(0, 0)), keypoints.select_persons(slice(0, 0))):
            poses = StructureMotionEstimator(model).estimate(none).poses
            assert poses.joints.size == 0
