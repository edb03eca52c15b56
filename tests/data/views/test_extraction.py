from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pictured_people import light_centre, lit_picture, pictured, write_film
from PIL import Image

from maquette.body.catalog import H36M_17
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.boxes import find_person_boxes
from maquette.data.views.extraction import SETTINGS_FILE, CropSettings, extract_frames
from maquette.data.views.views import ViewSettings
from maquette.errors import InputError, OutputError, SettingError

ANKLE = H36M_17.index("r_ankle")
SMALL = CropSettings(size_px=96, margin=1.5)


@pytest.fixture
def filmed(tmp_path: Path):
    """A video of six frames with one person in each, light at the right ankle."""
    people = pictured(tmp_path / "data", ["S1/Videos/Walk 1.mp4"] * 6, dataset="human3.6m")
    people = replace(people, frames=np.arange(6), sequences=np.full(6, "S1/Walk 1/54138969"))
    write_film(people.root / "S1/Videos/Walk 1.mp4", [lit_picture(joints[[ANKLE]]) for joints in people.joints_px])
    return people


def test_crops_hold_the_people_and_annotations_move_along(filmed, tmp_path):
    reported = []
    people = extract_frames(
        filmed, tmp_path / "out", every=2, settings=SMALL, progress=lambda done, total: reported.append((done, total))
    )
    assert people.pictures.tolist() == [f"S1/Walk_1/54138969/{frame:06d}_0.jpg" for frame in (0, 2, 4)]
    assert reported == [(1, 3), (2, 3), (3, 3)] and people.keys.tolist() == filmed.keys[::2].tolist()
    for row in range(3):
        picture = np.array(Image.open(people.root / people.pictures[row]))
        assert picture.shape == (96, 96, 3) and people.image_sizes[row].tolist() == [96, 96]
        centre = light_centre(np.maximum(picture, 60) - 60)
        np.testing.assert_allclose(centre, people.joints_px[row, ANKLE], atol=0.4)
        rays = people.joints_m[row] @ people.camera_matrices[row].T
        np.testing.assert_allclose(rays[:, :2] / rays[:, 2:], people.joints_px[row], atol=1e-3)
    np.testing.assert_array_equal(people.joints_m, filmed.joints_m[::2])
    boxes = find_person_boxes(people)
    np.testing.assert_allclose(boxes[:, 2:].max(axis=1), 96 / 1.5, rtol=1e-4)
    np.testing.assert_allclose(boxes[:, :2] + boxes[:, 2:] / 2, 47.5, atol=1e-3)


def test_what_is_extracted_can_be_learnt_from(filmed, tmp_path):
    people = extract_frames(filmed, tmp_path / "out")
    assert people.frames.tolist() == [0, 5]
    samples = AnnotatedSamples(people, ViewSettings(size_px=48, skeleton=H36M_17))
    assert len(samples) == 2 and samples[1].has_depth and samples[1].is_known.all()


def test_other_measures_of_people_shrink_with_them(filmed, tmp_path):
    boxes = np.tile(np.array([50.0, 10, 60, 120], np.float32), (6, 1))
    lengths = np.full(6, 20, np.float32)
    full = replace(filmed, boxes_px=boxes, areas_px=lengths**2, head_sizes_px=lengths)
    people = extract_frames(full, tmp_path / "out", every=5, settings=SMALL)
    scale = 96 / 180
    np.testing.assert_allclose(people.boxes_px[0, 2:], [60 * scale, 120 * scale], rtol=1e-6)
    np.testing.assert_allclose(people.boxes_px[0, :2] + people.boxes_px[0, 2:] / 2, 47.5, atol=1e-4)
    np.testing.assert_allclose(people.head_sizes_px, 20 * scale)
    np.testing.assert_allclose(people.areas_px, (20 * scale) ** 2, rtol=1e-6)


def test_small_people_are_not_enlarged(filmed, tmp_path):
    people = extract_frames(filmed, tmp_path / "out", every=5)
    longest = 1.75 * find_person_boxes(filmed)[0, 2:].max()
    assert people.image_sizes[0, 0] == np.ceil(longest)


def test_a_stopped_run_goes_on_and_a_finished_one_reads_no_video(filmed, tmp_path):
    whole = extract_frames(filmed, tmp_path / "out", every=1, settings=SMALL)
    paths = [whole.root / str(name) for name in whole.pictures]
    contents = [path.read_bytes() for path in paths]
    for path in paths[3:]:
        path.unlink()
    reported = []
    extract_frames(filmed, tmp_path / "out", every=1, settings=SMALL, progress=lambda *at: reported.append(at))
    assert reported == [(1, 3), (2, 3), (3, 3)] and [path.read_bytes() for path in paths] == contents
    (filmed.root / str(filmed.pictures[0])).unlink()
    again = extract_frames(filmed, tmp_path / "out", every=1, settings=SMALL)
    np.testing.assert_array_equal(again.joints_px, whole.joints_px)


def test_what_cannot_be_read_is_named_and_missing(filmed, tmp_path):
    skipped: list[str] = []
    longer = replace(filmed, frames=np.array([0, 1, 2, 3, 4, 20]))
    people = extract_frames(longer, tmp_path / "out", every=1, on_skip=skipped.append)
    assert len(people) == 5 and len(skipped) == 1 and "ends after 6 frames" in skipped[0]
    with pytest.raises(InputError, match="gives no person who could be cut out"):
        extract_frames(replace(filmed, pictures=np.full(6, "")), tmp_path / "none", on_skip=skipped.append)


def test_photographs_are_cut_out_too(tmp_path):
    people = pictured(tmp_path / "data", ["../a.png"], image_sizes=None)
    (tmp_path / "data").mkdir()
    Image.fromarray(lit_picture(people.joints_px[0, [ANKLE]])).save(tmp_path / "a.png")
    cut = extract_frames(people, tmp_path / "out", settings=SMALL)
    assert cut.pictures.tolist() == ["a.png/000000_0.jpg"]


def test_other_settings_need_another_folder(filmed, tmp_path):
    extract_frames(filmed, tmp_path / "out")
    with pytest.raises(SettingError, match="was made with"):
        extract_frames(filmed, tmp_path / "out", settings=SMALL)
    (tmp_path / "out" / SETTINGS_FILE).write_text("{")
    with pytest.raises(InputError, match=r"extraction\.json' is damaged"):
        extract_frames(filmed, tmp_path / "out")


def test_rows_that_cannot_be_told_apart_are_refused(filmed, tmp_path):
    with pytest.raises(InputError, match="stands for more than one row"):
        extract_frames(replace(filmed, frames=np.zeros(6, np.int64)), tmp_path / "out")


def test_a_folder_that_cannot_be_written_to_is_named(filmed, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="out"):
        extract_frames(filmed, tmp_path / "out")


@pytest.mark.parametrize(("size_px", "margin"), [(7, 1.5), (96, 0.9), (96, float("nan")), (96, float("inf"))])
def test_senseless_crops_are_refused(size_px, margin):
    with pytest.raises(SettingError):
        CropSettings(size_px=size_px, margin=margin)


def test_a_senseless_step_is_refused(filmed, tmp_path):
    with pytest.raises(SettingError, match="every=0"):
        extract_frames(filmed, tmp_path / "out", every=0)
