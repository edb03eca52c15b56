import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from costly import slow_but
from threadpoolctl import threadpool_limits

from maquette.data.shards.index import verify_shards
from maquette.data.shards.reader import read_shard_pictures, read_shards
from maquette.data.synthesis.settings import SynthesisSettings
from maquette.data.synthesis.synthesis import Sources, SynthesisRequest, make_shards
from maquette.errors import InputError, SettingError

SMALL = SynthesisSettings(width=48, height=48, pictures_per_cast=2, shard_pictures=2)


def request_people(folder, **changes):
    values = {"settings": SMALL, "sources": Sources(), "people": 6, "seed": 5, "folder": folder}
    return SynthesisRequest(**(values | changes))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    make_shards(request_people(folder))
    return folder


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tar"))}


def test_shards_hold_the_people_asked_for_and_pass_their_own_check(whole):
    assert len(content(whole)) == 3
    assert verify_shards(whole) == []
    assert len(read_shards(whole)) == 6
    assert len(list(read_shard_pictures(whole))) == 6


def test_a_run_that_was_killed_goes_on_where_it_was(whole, tmp_path):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    (tmp_path / "people-000001.tar").unlink()
    (tmp_path / ".maquette-abc").write_bytes(b"half")
    reported = []
    make_shards(request_people(tmp_path), progress=lambda done, total: reported.append((done, total)))
    assert reported[-1] == (6, 6)
    assert len(reported) == 2
    assert content(tmp_path) == content(whole)
    assert not list(tmp_path.glob(".maquette-*"))


@pytest.mark.slow  # of `maquette synthesise` two workers do in the default run (tests/cli/test_synthesise.py)
def test_several_workers_make_the_same_shards(whole, tmp_path):
    make_shards(request_people(tmp_path), workers=2)
    assert content(tmp_path) == content(whole)
    index, other = (json.loads((folder / "index.json").read_text()) for folder in (tmp_path, whole))
    assert index == other


@pytest.mark.slow  # two processes
def test_what_workers_finish_while_a_run_is_stopped_is_kept(tmp_path):
    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_shards(request_people(tmp_path), workers=2, progress=stop)
    assert len(content(tmp_path)) > 0
    assert verify_shards(tmp_path) == []


@pytest.mark.parametrize("threads", slow_but([2], [1, 2, 4]))
def test_any_number_of_threads_makes_the_same_shards(whole, tmp_path, threads):
    with threadpool_limits(threads):
        make_shards(request_people(tmp_path, people=2))
    assert content(tmp_path) == {"people-000000.tar": content(whole)["people-000000.tar"]}


def render(folder, **variables):
    """Four people, in a process that starts with these variables."""
    command = (sys.executable, "-m", "maquette.cli", "synthesise", "--people", "4", "--size", "48", "--out", folder)
    subprocess.run(command, env=os.environ | variables, check=True)
    return folder


@pytest.mark.slow
def test_processes_of_any_number_of_threads_make_the_same_shards(tmp_path):
    made = [
        content(render(tmp_path / threads, OPENBLAS_CORETYPE="Haswell", OPENBLAS_NUM_THREADS=threads))
        for threads in ("1", "2", "4")
    ]
    assert made[0] == made[1] == made[2] != {}


@pytest.mark.slow
def test_other_instructions_make_nearly_the_same_labels(tmp_path):
    one, other = (render(tmp_path / core, OPENBLAS_CORETYPE=core) for core in ("Haswell", "Nehalem"))
    for (_, first), (_, second) in zip(read_shard_pictures(one), read_shard_pictures(other), strict=True):
        np.testing.assert_allclose(first.people.joints_px, second.people.joints_px, rtol=0, atol=0.1)
        np.testing.assert_allclose(first.people.joints_m, second.people.joints_m, rtol=0, atol=1e-3)
        assert (first.parts != second.parts).mean() < 1e-3
        assert abs(first.picture.mean() - second.picture.mean()) < 1


@pytest.mark.parametrize("changes", [{"seed": 6}, {"people": 7}, {"settings": replace(SMALL, width=64)}])
def test_a_folder_that_was_begun_otherwise_is_refused(whole, changes):
    with pytest.raises(SettingError, match="begun with other settings"):
        make_shards(request_people(whole, **changes))


@pytest.mark.parametrize("source", ["motion", "assets", "backgrounds"])
def test_a_source_that_is_missing_is_named_before_anything_is_written(tmp_path, source):
    missing = tmp_path / "nowhere"
    with pytest.raises(InputError, match="nowhere"):
        make_shards(request_people(tmp_path / "out", sources=Sources(**{source: missing})))
    assert not (tmp_path / "out").exists()


def test_a_source_without_anything_of_use_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        make_shards(request_people(tmp_path / "out", sources=Sources(backgrounds=tmp_path / "empty")))


@pytest.mark.parametrize("changes", [{"people": 0}, {"seed": -1}])
def test_requests_that_make_no_sense_are_refused(tmp_path, changes):
    with pytest.raises(SettingError, match="out of range"):
        request_people(tmp_path, **changes)


def test_a_number_of_workers_that_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(SettingError, match="workers"):
        make_shards(request_people(tmp_path / "out"), workers=0)


@pytest.mark.parametrize(
    "values",
    [
        {"width": 8},
        {"height": 100_000},
        {"fewest_people": 0},
        {"most_people": 7},
        {"fewest_people": 3, "most_people": 2},
        {"clip_frames": 0},
        {"fps": float("nan")},
    ],
)
def test_settings_that_make_no_sense_are_refused(values):
    with pytest.raises(SettingError, match=r"out of range|at least"):
        SynthesisSettings(**values)


def test_an_unknown_split_is_refused(unchecked_shapes):
    with pytest.raises(SettingError, match="no split 'rest'"):
        SynthesisSettings(split="rest")
