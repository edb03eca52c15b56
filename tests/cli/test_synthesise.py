"""`maquette synthesise` at tiny sizes: what it makes, that it goes on where it was, and how it refuses."""

import json
import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from refusal import contents, refused

from maquette.api import synthesise
from maquette.cli import main
from maquette.data.shards.index import verify_shards
from maquette.data.shards.reader import read_shard_pictures, read_shards
from maquette.data.synthesis.settings import SynthesisSettings

pytest.importorskip("anny", reason="anny is not installed (extra 'synth')")
TINY = ("--people", "8", "--size", "48", "--workers", "1")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Eight people in pictures of 48 px, of seed 3."""
    out = tmp_path_factory.mktemp("synthesised") / "deep" / "people"
    assert main(["synthesise", *TINY, "--seed", "3", "--out", str(out)]) == 0
    return out


def pictures(folder):
    return [picture for _, picture in read_shard_pictures(folder)]


def test_shards_index_and_preview_are_made_and_whole(made):
    assert sorted(path.name for path in made.iterdir()) == ["index.json", "people-000000.tar", "preview.png"]
    assert verify_shards(made) == [] and len(read_shards(made)) == 8
    index = json.loads((made / "index.json").read_text())
    assert index["seed"] == 3 and index["settings"]["people"] == 8 and index["shards"][0]["samples"] == 8
    assert {picture.picture.shape for picture in pictures(made)} == {(48, 48, 3)}


def test_the_preview_shows_every_picture_beside_its_labels(made):
    with Image.open(made / "preview.png") as image:
        assert image.format == "PNG" and image.mode == "RGB"
        sheet = np.array(image)
    assert sheet.shape == (2 * 48 + 2, 4 * (2 * 48 + 2) - 2, 3)
    np.testing.assert_array_equal(sheet[:48, :48], pictures(made)[0].picture)


def test_a_second_call_makes_nothing_and_is_quick(run, made):
    before, start = contents(made), time.process_time()
    said = run("synthesise", *TINY, "--seed", 3, "--out", made)
    assert said.code == 0 and said.err == "" and time.process_time() - start < 3
    assert "8 pictures in 1 shard," in said.out and f"wrote {made / 'preview.png'}" in said.out
    assert contents(made) == before


@pytest.mark.slow
def test_a_shard_that_is_gone_is_made_again_as_it_was(run, made):
    before = contents(made)
    (made / "people-000000.tar").unlink()
    assert run("synthesise", *TINY, "--seed", 3, "--out", made).code == 0
    assert contents(made) == before


@pytest.mark.parametrize(
    ("changes", "words"), [(("--seed", 4), "seed: 3 there, 4 now"), (("--people", 9), "people: 8 there, 9 now"),
                           (("--size", 50), "height: 48 there, 50 now"), (("--clip", 2), "clip_frames: 1 there")]
)  # fmt: skip
def test_a_folder_that_was_begun_otherwise_is_refused_and_left_alone(run, made, changes, words):
    before = contents(made)
    settings = dict(zip(TINY[::2], TINY[1::2], strict=True)) | {"--seed": 3} | dict([changes])
    given = [part for pair in settings.items() for part in pair]
    error = refused(run("synthesise", *given, "--out", made))
    assert words in error and str(made).lower() in error
    assert contents(made) == before


@pytest.mark.slow
def test_several_people_in_pictures_that_are_wider_than_high(run, tmp_path):
    arguments = ("--people", 8, "--size", "64x48", "--per-picture", "2-3")
    assert run("synthesise", *arguments, "--workers", 1, "--out", tmp_path / "out").code == 0
    found = pictures(tmp_path / "out")
    assert {picture.picture.shape for picture in found} == {(48, 64, 3)}
    assert {len(picture.people.identities) for picture in found} <= {2, 3}
    assert sum(len(picture.people.identities) for picture in found) >= 8


def test_clips_show_the_same_person_frame_after_frame(run, tmp_path):
    assert run("synthesise", *TINY, "--clip", 4, "--fps", 10, "--out", tmp_path / "out").code == 0
    found = pictures(tmp_path / "out")
    assert [(picture.clip, picture.frame) for picture in found] == [(clip, at) for clip in (0, 1) for at in range(4)]
    for clip in (found[:4], found[4:]):
        assert len({tuple(picture.people.identities) for picture in clip}) == 1
        assert [picture.time_s for picture in clip] == pytest.approx([0, 0.1, 0.2, 0.3])


@pytest.mark.slow
def test_what_is_made_can_be_evaluated_on(run, made):
    said = run("evaluate", "lifting", "--on", made, "--protocol", "synthetic-v1-single")
    assert said.code == 0 and "mean over all 8 samples alike" in said.out


@pytest.mark.slow
class TestWorkers:
    @pytest.fixture(autouse=True)
    def small_shards(self, monkeypatch):
        """Shards of two pictures, so that there is something to share out."""
        settings = partial(SynthesisSettings, shard_pictures=2, pictures_per_cast=2)
        monkeypatch.setattr(synthesise, "SynthesisSettings", settings)

    def test_two_make_what_one_makes(self, run, tmp_path):
        for workers in (1, 2):
            out = tmp_path / str(workers)
            assert run("synthesise", "--people", 4, *TINY[2:4], "--workers", workers, "--out", out).code == 0
        assert contents(tmp_path / "1") == contents(tmp_path / "2") and len(contents(tmp_path / "1")) == 4

    def test_what_stops_them_is_said_in_one_sentence(self, tmp_path, capfd):
        (tmp_path / "empty").mkdir()
        arguments = (*TINY[:4], "--workers", 2, "--backgrounds", tmp_path / "empty", "--out", tmp_path / "out")
        code = main([str(argument) for argument in ("synthesise", *arguments)])
        error = refused(SimpleNamespace(code=code, **capfd.readouterr()._asdict()))
        assert "empty: holds no jpeg or png file" in error and not (tmp_path / "out").exists()


REFUSED = {
    "no size at all": (("--size", "0"), "pictures of 0 px are out of range"),
    "half a size": (("--size", "64x"), "--size '64x' is not understood"),
    "a size in words": (("--size", "axb"), "--size 'axb' is not understood"),
    "a size below zero": (("--size=-64",), "--size '-64' is not understood"),
    "an enormous size": (("--size", "99999"), "pictures of 99999 px are out of range"),
    "a size of many digits": (("--size", "9" * 5000), "is not understood"),
    "too many a picture": (("--per-picture", "9"), "9 to 9 people a picture is out of range"),
    "nobody a picture": (("--per-picture", "0-2"), "0 to 2 people a picture"),
    "more to fewer": (("--per-picture", "3-2"), "3 to 2 people a picture"),
    "a range in words": (("--per-picture", "some"), "--per-picture 'some' is not understood"),
    "nobody": (("--people", "0"), "0 people are out of range"),
    "everybody there ever was": (("--people", str(10**12)), "people are out of range"),
    "a clip of nothing": (("--clip", "0"), "clips of 0 frames are out of range"),
    "a clip without end": (("--clip", str(10**9)), "clips of 1000000000 frames are out of range"),
    "no rate": (("--fps", "0"), "0 frames per second"),
    "a rate that is no number": (("--fps", "nan"), "nan frames per second"),
    "a seed below zero": (("--seed", "-1"), "the seed -1 is out of range"),
    "workers below zero": (("--workers", "-1"), "-1 workers are out of range"),
    "an unknown set": (("--set", "nonsense"), "no set 'nonsense'; known are synthetic-v1/single-train"),
    "a set without sources": (("--set", "synthetic-v1/single-val"), "add --motion, --assets, --backgrounds"),
    "motion missing": (("--motion", "nowhere"), "'nowhere' does not exist"),
    "assets missing": (("--assets", "nowhere"), "'nowhere' does not exist"),
    "backgrounds missing": (("--backgrounds", "nowhere"), "'nowhere' does not exist"),
    "motion empty": (("--motion", "empty"), "'empty' holds no motion capture"),
    "motion of words": (("--motion", "notes.txt"), "'notes.txt' cannot be read as motion capture"),
    "assets empty": (("--assets", "empty"), "empty/manifest.json is not there"),
    "backgrounds empty": (("--backgrounds", "empty"), "empty: holds no jpeg or png"),
    "backgrounds of words": (("--backgrounds", "notes.txt"), "notes.txt: is no folder"),
    "out is a file": (("--out", "notes.txt"), "notes.txt"),
    "out below a file": (("--out", "notes.txt/out"), "notes.txt/out"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_orders_are_refused_in_one_sentence_and_leave_nothing(case, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("words")
    before = contents(tmp_path)
    arguments, words = REFUSED[case]
    defaults = dict(zip((*TINY[::2], "--out"), (*TINY[1::2], "out"), strict=True))
    if "--set" in arguments:
        defaults = {"--out": "out"}
    given = [part for pair in defaults.items() if pair[0] not in " ".join(arguments) for part in pair]
    assert words.lower() in refused(run("synthesise", *given, *arguments))
    assert contents(tmp_path) == before and not list((tmp_path / "empty").iterdir())


def test_a_damaged_index_is_refused(run, tmp_path):
    (tmp_path / "index.json").write_text("{")
    assert "index.json' cannot be read" in refused(run("synthesise", *TINY, "--out", tmp_path))
    assert contents(tmp_path) == {"index.json": b"{"}


def test_what_a_fixed_set_decides_is_not_asked_for_beside_it(run, tmp_path):
    said = run("synthesise", "--out", tmp_path / "out", "--set", "synthetic-v1/single-val", "--people", "7")
    assert said.code == 2 and "--people is decided by --set synthetic-v1/single-val" in said.err
    assert not (tmp_path / "out").exists()
