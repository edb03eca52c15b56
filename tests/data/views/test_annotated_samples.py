from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pictured_people import MATRIX, SIZE, light_centre, pictured, write_pictures
from PIL import Image
from torch.utils.data import ConcatDataset, DataLoader

from maquette.body.catalog import COCO_17, H36M_17, MPII_16
from maquette.data.readers.coco import read_coco
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.augmentation import Augmentation, sample_photograph
from maquette.data.views.views import ViewSettings
from maquette.errors import InputError

STILL = dict.fromkeys(("brightness", "contrast", "saturation", "tint", "log_gamma"), 0.0)
UNCOLOURED = Augmentation(tumble_share=0.5, **STILL)
PLAIN = ViewSettings(size_px=96, skeleton=H36M_17, occluder_share=0.0, augmentation=UNCOLOURED)
NAMES = ["a.png", "b/c.png", "b/d.png"]


@pytest.fixture
def people(tmp_path: Path):
    people = pictured(tmp_path, NAMES)
    write_pictures(people, "l_wrist")
    return people


def hidden(people, joint):
    """The same people, of whom one joint is known nowhere."""
    known = people.known_px.copy()
    known[:, people.skeleton.index(joint)] = False
    return replace(
        people,
        known_px=known,
        known_m=known,
        is_visible=known,
        joints_px=np.where(known[..., None], people.joints_px, np.float32(0)),
        joints_m=np.where(known[..., None], people.joints_m, np.float32(0)),
    )


def projected(item):
    rays = item.joints_m @ item.camera_matrix.T
    return rays[:, :2] / rays[:, 2:]


@pytest.mark.parametrize("size_px", [48, 96, 256])
@pytest.mark.parametrize("joint", ["l_wrist", "r_ankle", "nose"])
def test_a_lit_pixel_and_its_joint_land_together(tmp_path, joint, size_px):
    people = pictured(tmp_path, NAMES)
    write_pictures(people, joint)
    samples = AnnotatedSamples(people, replace(PLAIN, size_px=size_px, margin=2.0))
    own, twin = H36M_17.index(joint), int(H36M_17.mirror[H36M_17.index(joint)])
    sides = set()
    for epoch in range(8):
        samples.stage.set(epoch=epoch, strength=1.0)
        for index in range(len(samples)):
            item = samples[index]
            places = item.joints_px[[own, twin]]
            if places.min() < size_px / 12 or places.max() > size_px - 1 - size_px / 12:
                continue  # some of the light may be cut off
            centre = torch.from_numpy(light_centre(item.picture.permute(1, 2, 0).numpy()))
            off = (places - centre).norm(dim=-1)
            assert off.min() < 0.3
            sides.add(int(off.argmin()))
            torch.testing.assert_close(projected(item), item.joints_px, atol=2e-2, rtol=0)
    assert sides == ({0, 1} if own != twin else {0})


def test_a_still_view_is_the_box_enlarged(people):
    boxes = np.tile(np.array([40.0, 20, 60, 120], np.float32), (3, 1))
    samples = AnnotatedSamples(replace(people, boxes_px=boxes), PLAIN)
    samples.stage.set(epoch=0, strength=0.0)
    scale = 96 / 150
    expected = (people.joints_px[1] - (70, 80)) * scale + 47.5
    np.testing.assert_allclose(samples[1].joints_px, expected, atol=1e-3)
    np.testing.assert_allclose(samples[1].joints_m, people.joints_m[1], atol=1e-6)
    pelvis = people.joints_m[1, H36M_17.index("pelvis"), 2]
    np.testing.assert_allclose(samples[1].joint_depths_m, people.joints_m[1, :, 2] - pelvis, atol=1e-6)
    assert samples[1].has_depth and samples[1].is_known.all() and samples[1].camera_matrix[0, 0] == 240 * scale


def test_mirroring_exchanges_left_and_right(people):
    flat = replace(UNCOLOURED, rotation_rad=0.0, tumble_share=0.0, log_scale=0.0, shift=0.0)
    pair = []
    for flips in (0.0, 1.0):
        samples = AnnotatedSamples(people, replace(PLAIN, augmentation=replace(flat, flip_share=flips)))
        pair.append(samples[0])
    kept, mirrored = pair
    twins = torch.from_numpy(H36M_17.mirror)
    across = torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(mirrored.joints_m, kept.joints_m[twins] * across)
    torch.testing.assert_close(mirrored.joints_px[:, 0], 95 - kept.joints_px[twins, 0])
    assert (mirrored.picture == kept.picture.flip(-1)).float().mean() > 0.99


def test_turning_turns_space_about_the_optical_axis(people):
    turned = replace(UNCOLOURED, flip_share=0.0, tumble_share=0.0, rotation_rad=1.0, log_scale=0.0, shift=0.0)
    item = AnnotatedSamples(people, replace(PLAIN, augmentation=turned))[2]
    truth = torch.from_numpy(people.joints_m[2])
    torch.testing.assert_close(item.joints_m[:, 2], truth[:, 2])
    assert (item.joints_m - truth).abs().max() > 0.05
    torch.testing.assert_close(item.joints_m.norm(dim=-1), truth.norm(dim=-1))


def test_what_is_not_known_is_masked_and_zero(people):
    item = AnnotatedSamples(hidden(people, "l_wrist"), PLAIN)[0]
    unknown = ~item.is_known
    assert unknown.sum() == 1 and unknown[H36M_17.indices("l_wrist", "r_wrist")].any()
    assert not item.is_visible[unknown].any()
    for name in ("joints_px", "joints_m", "joint_depths_m"):
        assert (getattr(item, name)[unknown] == 0).all()
    assert item.has_depth


def test_without_a_pelvis_or_a_joint_in_space_there_is_no_depth(people):
    nowhere = np.zeros_like(people.known_m)
    item = AnnotatedSamples(replace(people, known_m=nowhere, joints_m=people.joints_m * 0), PLAIN)[0]
    assert not item.has_depth and not item.joints_m.any() and not item.joint_depths_m.any()
    assert item.is_known.all()
    lacking = people.known_m.copy()
    lacking[:, H36M_17.index("l_knee")] = False
    item = AnnotatedSamples(replace(people, known_m=lacking), PLAIN)[0]
    assert not item.has_depth and item.joints_m.any()
    assert not AnnotatedSamples(hidden(people, "pelvis"), PLAIN)[0].has_depth


def test_a_camera_is_assumed_where_none_is_given(people):
    samples = AnnotatedSamples(replace(people, camera_matrices=None), PLAIN)
    samples.stage.set(epoch=0, strength=0.0)
    matrix, centre = samples[0].camera_matrix, np.array([(SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2])
    given = AnnotatedSamples(people, PLAIN)
    given.stage.set(epoch=0, strength=0.0)
    truth = given[0].camera_matrix
    scale = float(truth[0, 0]) / 240
    assert float(matrix[0, 0]) == pytest.approx(np.hypot(*SIZE) * scale)
    np.testing.assert_allclose(matrix[:2, 2] - truth[:2, 2], (centre - MATRIX[:2, 2]) * scale, atol=1e-3)
    nonsense = people.camera_matrices.copy()
    nonsense[:, 0, 0] = np.nan
    samples = AnnotatedSamples(replace(people, camera_matrices=nonsense), PLAIN)
    samples.stage.set(epoch=0, strength=0.0)
    torch.testing.assert_close(samples[0].camera_matrix, matrix)


def test_other_skeletons_get_what_is_exact(people):
    item = AnnotatedSamples(people, replace(PLAIN, skeleton=MPII_16))[0]
    assert item.joints_px.shape == (16, 2)
    unknown = [name for name, known in zip(MPII_16.joint_names, item.is_known, strict=True) if not known]
    assert unknown == ["upper_neck"]
    item = AnnotatedSamples(people, replace(PLAIN, skeleton=COCO_17))[0]
    assert item.is_known.sum() == 13 and item.has_depth and item.joint_depths_m.any()


def test_an_occluder_hides_pixels_and_joints(people):
    settings = replace(PLAIN, occluder_share=1.0)
    seen, total = 0, 0
    plain, occluded = AnnotatedSamples(people, PLAIN), AnnotatedSamples(people, settings)
    for number in range(15):
        for samples in (plain, occluded):
            samples.stage.set(epoch=number, strength=1.0)
        clear, behind = plain[number % 3], occluded[number % 3]
        assert (clear.is_known == behind.is_known).all()
        assert not (behind.is_visible & ~clear.is_visible).any()
        assert (clear.picture != behind.picture).any()
        seen += int(behind.is_visible.sum())
        total += int(clear.is_visible.sum())
    assert seen < total


def test_joints_that_are_annotated_as_hidden_stay_hidden(people):
    visible = people.is_visible.copy()
    visible[:, H36M_17.indices("l_knee", "r_knee")] = False
    samples = AnnotatedSamples(replace(people, is_visible=visible), PLAIN)
    samples.stage.set(epoch=0, strength=0.0)
    assert not samples[0].is_visible[H36M_17.indices("l_knee", "r_knee")].any()
    assert samples[0].is_visible.sum() == 15


def test_an_item_depends_on_seed_epoch_and_index_alone(people):
    settings = ViewSettings(size_px=32, skeleton=H36M_17, photometry=sample_photograph)
    a, b = AnnotatedSamples(people, settings, seed=3), AnnotatedSamples(people, settings, seed=3)
    a[0]
    for one, other in zip(a[1], b[1], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    a.stage.set(epoch=1, strength=1.0)
    assert (a[1].picture != b[1].picture).any()
    assert (AnnotatedSamples(people, settings, seed=4)[1].picture != b[1].picture).any()


@pytest.mark.slow
def test_a_loader_batches_them_with_others_of_the_kind(people):
    flat = replace(people, known_m=np.zeros_like(people.known_m), joints_m=people.joints_m * 0)
    both = ConcatDataset([AnnotatedSamples(people, PLAIN), AnnotatedSamples(flat, PLAIN)])
    loader = DataLoader(both, batch_size=6, num_workers=1, multiprocessing_context="spawn")
    (batch,) = list(loader)
    assert batch.picture.shape == (6, 3, 96, 96) and batch.picture.dtype == torch.uint8
    assert batch.has_depth.tolist() == [True] * 3 + [False] * 3


def test_missing_and_damaged_pictures_are_named_and_the_next_one_taken(people):
    (people.root / "a.png").unlink()
    whole = (people.root / "b/c.png").read_bytes()
    (people.root / "b/c.png").write_bytes(whole[: len(whole) // 2])
    skipped: list[str] = []
    samples = AnnotatedSamples(people, PLAIN, on_skip=skipped.append)
    samples.stage.set(epoch=0, strength=0.0)
    for index in range(3):
        np.testing.assert_allclose(samples[index].joints_m, people.joints_m[2], atol=1e-6)
    assert len(skipped) == 3 and "a.png' does not exist" in skipped[0]
    assert all("c.png' is no readable picture" in sentence for sentence in skipped[1:])
    (people.root / "b/d.png").write_bytes(b"GIF89a")
    with pytest.raises(InputError, match="and so were many others"):
        samples[0]


def test_a_truncated_jpeg_is_no_picture(people):
    path = people.root / "photo.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:3000])
    skipped: list[str] = []
    names = np.array(["photo.jpg", *NAMES[1:]])
    AnnotatedSamples(replace(people, pictures=names), PLAIN, on_skip=skipped.append)[0]
    assert len(skipped) == 1 and "photo.jpg' is no readable picture" in skipped[0]


def test_a_picture_of_another_size_than_annotated_is_left_out(people):
    skipped: list[str] = []
    sizes = people.image_sizes.copy()
    sizes[0] *= 2
    AnnotatedSamples(replace(people, image_sizes=sizes), PLAIN, on_skip=skipped.append)[0]
    assert len(skipped) == 1 and "is 200x160, but its annotation is for 400x320" in skipped[0]


def test_who_cannot_be_learnt_from_is_no_item(people):
    boxes = np.tile(np.array([40.0, 20, 60, 120], np.float32), (3, 1))
    boxes[1] = (50, 50, 4, 7)
    assert len(AnnotatedSamples(replace(people, boxes_px=boxes), PLAIN)) == 2
    assert len(AnnotatedSamples(replace(people, is_flawed=np.array([True, False, False])), PLAIN)) == 2
    assert len(AnnotatedSamples(replace(people, pictures=np.array(["", *NAMES[1:]])), PLAIN)) == 2
    known = people.known_px.copy()
    known[0, 1:] = False
    assert len(AnnotatedSamples(replace(people, known_px=known), PLAIN)) == 2
    with pytest.raises(InputError, match="of 3 people none has a picture"):
        AnnotatedSamples(replace(people, pictures=np.full(3, "")), PLAIN)
    with pytest.raises(IndexError):
        AnnotatedSamples(people, PLAIN)[3]


def test_videos_and_shards_are_refused_with_the_way_to_go(people):
    with pytest.raises(InputError, match=r"1 person is in videos such as 'S1/x\.MP4'.*extract_frames"):
        AnnotatedSamples(replace(people, pictures=np.array(["S1/x.MP4", *NAMES[1:]])), PLAIN)
    with pytest.raises(InputError, match="StoredSamples"):
        AnnotatedSamples(replace(people, dataset="synthetic"), PLAIN)


def test_real_photographs_can_be_learnt_from(shared_data):
    people = read_coco(shared_data / "coco", split="val")
    samples = AnnotatedSamples(people, ViewSettings(size_px=64, skeleton=MPII_16))
    assert 8 < len(samples) < 16
    item = samples[0]
    assert item.is_known.any() and not item.has_depth and item.picture.float().std() > 10
