"""One process at a time in a folder; what killed processes leave is in nobody's way."""

import os
import signal
import subprocess
import sys

import pytest

from maquette.atomic import UNFINISHED, remove_leftovers, replacing
from maquette.errors import OutputError, SettingError
from maquette.lock import LOCK_NAME, alone_in, take

pytestmark = pytest.mark.skipif(os.name == "nt", reason="locks of files are those of POSIX")

_WAITS = """
import sys, time
from pathlib import Path
from maquette.atomic import replacing
from maquette.lock import alone_in
with {manager} as temporary:
    print("begun", flush=True)
    time.sleep(60)
"""


def at_work(manager):
    """Another process that holds something, until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", _WAITS.format(manager=manager)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"begun\n"
    return process


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_run_is_refused_until_the_first_is_killed(tmp_path):
    other = at_work(f"alone_in(Path({str(tmp_path)!r}))")
    try:
        with pytest.raises(SettingError, match="another run is at work in"), alone_in(tmp_path):
            pass
    finally:
        kill(other)
    assert (tmp_path / LOCK_NAME).exists()
    with alone_in(tmp_path):
        (tmp_path / "result").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_worker_that_outlives_a_killed_run_holds_nothing(tmp_path):
    """As loaders of pictures do, for some seconds."""
    script = f"""
import os, time
from pathlib import Path
from maquette.lock import alone_in
with alone_in(Path({str(tmp_path)!r})):
    if not os.fork():
        print(os.getpid(), flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.kill()
        process.wait()
        try:
            os.kill(worker, 0)  # It is still there.
            with alone_in(tmp_path):
                pass
        finally:
            os.kill(worker, signal.SIGKILL)


def test_blocks_of_one_process_nest_and_leave_no_empty_folder(tmp_path):
    folder = tmp_path / "new" / "folder"
    with alone_in(folder):
        with alone_in(folder):
            pass
        assert take(folder / LOCK_NAME) is None
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made"), alone_in(tmp_path / "file" / "folder"):
        pass


def test_what_a_killed_run_left_is_removed_by_the_next_and_what_is_being_written_stays(tmp_path):
    at_end = tmp_path / "result.npz"
    alive, dead = (at_work(f"replacing(Path({str(at_end)!r}))") for _ in range(2))
    kill(dead)
    assert len(list(tmp_path.glob(f"{UNFINISHED}*"))) == 2
    try:
        with replacing(tmp_path / "other.npz") as temporary:
            remove_leftovers(tmp_path)
            assert temporary.exists() and len(list(tmp_path.glob(f"{UNFINISHED}*"))) == 2
    finally:
        kill(alive)
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.npz"]


def test_a_long_ending_of_a_name_that_fits_is_no_obstacle(tmp_path):
    path = tmp_path / f"a.{'b' * 250}"
    with replacing(path) as temporary:
        temporary.write_text("whole")
    assert path.read_text() == "whole"
