"""An Estimate saves itself in every format, shows itself in words and as a page, and becomes a table."""

import csv
import html
import importlib.util
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from made_estimates import an_estimate
from PIL import Image

import maquette
from maquette import Estimate, extras
from maquette.body.estimate import PoseEstimate
from maquette.errors import ConventionError, MissingExtraError, OutputError, SettingError
from maquette.io.pictures import open_pictures
from maquette.io.trc import read_trc


@pytest.fixture
def estimate() -> Estimate:
    """Two persons in six frames, with gaps, without pictures."""
    return Estimate.of(an_estimate())


@pytest.fixture
def walked(few, example) -> Estimate:
    """The walking person in six frames of the example video."""
    return maquette.lift(few, pictures=example / "walk.mp4")


@pytest.fixture
def lacking(monkeypatch):
    """Makes a package impossible to import."""
    real = extras.import_module

    def make(package):
        def without(name):
            if name.split(".")[0] == package:
                raise ModuleNotFoundError(f"No module named '{package}'", name=package)
            return real(name)

        monkeypatch.setattr(extras, "import_module", without)

    return make


class TestSave:
    def test_npz_and_json_are_read_back(self, estimate, tmp_path):
        for ending, tolerance in ((".npz", 0), (".JSON", 1e-4)):
            path = tmp_path / f"made/here{ending}"
            assert estimate.save(str(path)) == (path,)
            again = maquette.read_result(path)
            assert isinstance(again, Estimate) and again.pictures is None
            np.testing.assert_allclose(again.poses.joints, estimate.poses.joints, rtol=0, atol=tolerance)
            np.testing.assert_array_equal(again.poses.mask, estimate.poses.mask)
            assert (again.method, again.detector, again.notes) == (estimate.method, estimate.detector, estimate.notes)

    def test_csv_has_a_row_for_each_person_and_frame(self, estimate, tmp_path):
        (path,) = estimate.save(tmp_path / "table.csv")
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == estimate.poses.present.sum() and rows[0]["axes"] == "camera"

    def test_trc_has_a_file_for_each_person(self, estimate, tmp_path):
        paths = estimate.save(tmp_path / "motion.trc")
        assert len(paths) == 2 and all("LKnee" in read_trc(path).names for path in paths)

    def test_drawings_show_the_pictures(self, walked, tmp_path):
        for ending in ("html", "mp4", "png"):
            assert walked.save(tmp_path / f"walk.{ending}") == (tmp_path / f"walk.{ending}",)
        page = (tmp_path / "walk.html").read_text(encoding="utf-8")
        assert "<html" in page[:500] and page.count('"picture":"') == 6
        overlay = [frame.image for frame in open_pictures(tmp_path / "walk.mp4").frames()]
        assert len(overlay) == 6 and overlay[0].shape[0] == 540 and overlay[0].shape[1] > 960
        first = next(walked.pictures.frames()).image
        assert np.median(np.abs(overlay[0][:200, :960].astype(int) - first[:200])) < 10
        with Image.open(tmp_path / "walk.png") as figure:
            assert figure.size[0] > 500

    @pytest.mark.slow
    def test_drawings_do_without_pictures(self, estimate, tmp_path):
        for ending in ("html", "mp4", "png"):
            assert estimate.save(tmp_path / f"empty.{ending}")[0].stat().st_size > 1000

    def test_progress_is_told_with_the_name_of_the_stage(self, walked, tmp_path):
        reported = []
        walked.save(tmp_path / "walk.html", progress=lambda *step: reported.append(step))
        walked.save(tmp_path / "walk.npz", progress=lambda *step: reported.append(step))
        assert reported == [("page", done, 6) for done in range(7)]

    @pytest.mark.parametrize("name", ["walk.fbx", "walk", "npz"])
    def test_an_unknown_ending_is_refused(self, estimate, tmp_path, refuses, name):
        with refuses(SettingError, name, ".npz, .json, .csv, .trc, .html, .mp4, .png"):
            estimate.save(tmp_path / name)
        assert not list(tmp_path.iterdir())

    def test_the_pictures_are_never_replaced(self, few, example, tmp_path, refuses):
        shutil.copy(example / "walk.mp4", tmp_path / "walk.mp4")
        walked = maquette.lift(few, pictures=tmp_path / "walk.mp4")
        with refuses(OutputError, "walk.mp4", "would be replaced"):
            walked.save(tmp_path / "walk.mp4")
        assert (tmp_path / "walk.mp4").read_bytes() == (example / "walk.mp4").read_bytes()

    def test_a_picture_of_a_folder_is_never_replaced(self, estimate, tmp_path, refuses):
        for name in ("a.png", "b.png"):
            Image.new("RGB", (1920, 1080)).save(tmp_path / name)
        estimate.save(tmp_path / "result.npz")
        shown, before = (
            maquette.read_result(tmp_path / "result.npz", pictures=tmp_path),
            (tmp_path / "b.png").read_bytes(),
        )
        with refuses(OutputError, "b.png", "would be replaced"):
            shown.save(tmp_path / "b.png")
        assert (tmp_path / "b.png").read_bytes() == before
        assert shown.save(tmp_path / "result.npz") == (tmp_path / "result.npz",)

    def test_a_name_that_is_too_long_is_refused(self, estimate, tmp_path, refuses):
        with refuses(OutputError, "name is too long"):
            estimate.save(tmp_path / f"{'n' * 300}.npz")

    def test_a_folder_in_the_way_is_refused(self, estimate, tmp_path, refuses):
        (tmp_path / "walk.npz").mkdir()
        with refuses(OutputError, "is a folder"):
            estimate.save(tmp_path / "walk.npz")

    def test_pictures_of_another_size_are_refused(self, walked, tmp_path, refuses):
        Image.new("RGB", (64, 48)).save(tmp_path / "small.png")
        walked.save(tmp_path / "walk.npz")
        small = maquette.read_result(tmp_path / "walk.npz", pictures=tmp_path / "small.png")
        with refuses(ConventionError, "64x48", "960x540"):
            small.save(tmp_path / "walk.html")

    def test_pictures_are_matched_by_time_where_there_are_more_or_fewer(self, estimate, tmp_path):
        count = estimate.poses.frame_count
        for number in (0, 1, *range(3, count + 5)):
            Image.new("RGB", (64, 48), (number, 0, 0)).save(tmp_path / f"{number:03d}.png")
        estimate.save(tmp_path / "result.npz")
        shown = maquette.read_result(tmp_path / "result.npz", pictures=tmp_path)
        assert shown.pictures is not None
        reds = [int(frame.image[0, 0, 0]) for frame in shown.pictures.frames()]
        assert len(reds) == count and reds[:2] == [0, 1] and reds[3:] == list(range(3, count))
        assert shown.notes[-1] == f"without a picture: 1 frame of {shown.poses.present.any(axis=1).sum()}"

    def test_a_missing_package_is_answered_with_the_install_line(self, estimate, tmp_path, refuses, lacking):
        lacking("plotly")
        with refuses(MissingExtraError, "pip install 'maquette[show]'"):
            estimate.save(tmp_path / "walk.html")


def test_three_lines_say_what_it_is(walked):
    assert repr(walked) == (
        "Estimate: 1 person, 6 frames, 0.17 s, h36m_17 (17 joints)\n"
        "  joints in m, camera frame, relative to the pelvis, scale unknown\n"
        "  method track-lifting, detector maquette"
    )


def test_the_words_follow_what_is_known(estimate):
    poses = replace(estimate.poses.in_unit("mm"), root=None, scale_known=True, frame="world", up=None)
    assert repr(replace(estimate, poses=poses)).splitlines()[1] == "  joints in mm, world frame, absolute, scale known"


def test_changed_copies_stay_estimates_with_their_pictures(walked):
    changed = replace(walked, notes=("changed",))
    assert isinstance(changed, Estimate) and changed.pictures is walked.pictures
    assert not isinstance(an_estimate(), Estimate) and isinstance(changed, PoseEstimate)


class TestNotebook:
    def test_the_page_stands_in_a_frame_of_its_own(self, walked):
        shown = walked._repr_html_()
        (source,) = re.findall(r'<iframe srcdoc="([^"]*)"', shown)
        page = html.unescape(source)
        assert page.startswith("<!") and page.count('"picture":"') == 6 and "lifting on maquette" in page
        assert 'sandbox="allow-scripts"' in shown

    def test_without_plotly_the_words_are_shown(self, estimate, lacking):
        lacking("plotly")
        assert estimate._repr_html_() is None

    def test_without_the_pictures_that_were_there_the_words_are_shown(self, few, example, tmp_path):
        shutil.copy(example / "walk.mp4", tmp_path / "walk.mp4")
        walked = maquette.lift(few, pictures=tmp_path / "walk.mp4")
        (tmp_path / "walk.mp4").unlink()
        assert walked._repr_html_() is None


class TestTable:
    def test_it_needs_pandas(self, estimate, refuses, lacking):
        lacking("pandas")
        with refuses(MissingExtraError, "pandas", "pip install 'maquette[table]'"):
            estimate.to_dataframe()

    @pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed (extra 'table')")
    def test_it_is_the_csv_file_in_full_precision(self, estimate, tmp_path):
        import pandas

        table = estimate.to_dataframe()
        (path,) = estimate.save(tmp_path / "table.csv")
        degrees = [name for name in table if name.endswith("_deg")]
        for columns, rounding in ((table.columns.drop(degrees), 6e-5), (degrees, 6e-3)):
            read = pandas.read_csv(path)[columns]
            pandas.testing.assert_frame_equal(table[columns], read, check_dtype=False, rtol=0, atol=rounding)
        column = estimate.poses.skeleton.index("l_knee")
        known = estimate.poses.mask[..., column][estimate.poses.present]
        assert table["l_knee_x_m"].notna().to_numpy().tolist() == known.tolist() and not known.all()
