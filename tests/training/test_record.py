"""The record of a training, over all its runs, and where and from what it ran."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from maquette.training import record as module
from maquette.training.record import RunRecord, machine_name, source_commit

NEW = RunRecord(fingerprint={"seed": 3})


@pytest.fixture
def here(monkeypatch):
    """Moves to another machine and commit."""

    def move(machine, commit):
        monkeypatch.setattr(module, "machine_name", lambda: machine)
        monkeypatch.setattr(module, "source_commit", lambda: commit)

    move("one", "c1")
    return move


def test_a_first_run(here):
    record = NEW.begun(10).after(4, 8, 2.5)
    assert (record.steps, record.samples, record.seconds, record.resumed_at) == (4, 32, 2.5, 0)
    assert (record.lengths, record.machines, record.commits) == (((0, 10),), ("one",), ("c1",))
    assert record.fingerprint == {"seed": 3}


def test_a_run_that_goes_on_adds_to_it(here):
    first = NEW.begun(10).after(4, 8, 2.5)
    here("two", "c2+")
    record = first.begun(10).after(10, 8, 1.0)
    assert (record.steps, record.samples, record.seconds, record.resumed_at) == (10, 80, 3.5, 4)
    assert (record.lengths, record.machines, record.commits) == (((0, 10),), ("one", "two"), ("c1", "c2+"))


def test_steps_after_a_checkpoint_that_were_lost_do_not_count(here):
    begun = NEW.begun(10)
    kept, _lost = begun.after(4, 8, 2.5), begun.after(7, 8, 4.0)
    assert kept.begun(10).after(7, 8, 1.0).samples == 56 and kept.begun(10).after(7, 8, 1.0).seconds == 3.5


def test_a_training_that_is_made_longer_says_from_where(here):
    first = NEW.begun(10).after(10, 8, 1.0)
    longer = first.begun(30).after(20, 8, 1.0)
    longest = longer.begun(30).begun(15)
    assert longer.lengths == ((0, 10), (10, 30)) and longest.lengths == ((0, 10), (10, 30), (20, 15))
    assert longer.begun(30).lengths == longer.lengths


def test_machines_and_commits_stand_once(here):
    record = NEW.begun(5).after(1, 1, 0.0)
    here("two", None)
    record = record.begun(5).after(2, 1, 0.0)
    here("one", "c1")
    record = record.begun(5)
    assert (record.machines, record.commits) == (("one", "two"), ("c1",))


def test_two_stages_are_one_training(here):
    first = NEW.begun(3).after(3, 4, 1.0)
    here("two", "c2")
    later = RunRecord(fingerprint={"stage": 2}).begun(5).after(5, 4, 2.0)
    both = first.followed_by(later)
    assert (both.steps, both.samples, both.seconds, both.fingerprint) == (8, 32, 3.0, {"seed": 3})
    assert (both.lengths, both.machines, both.commits) == (((0, 3), (3, 8)), ("one", "two"), ("c1", "c2"))


def test_it_comes_back_from_json_as_it_was(here):
    record = NEW.begun(10).after(4, 8, 2.5)
    written = record.as_json()
    assert "resumed_at" not in written and RunRecord.from_json(written) == replace(record, resumed_at=4)


@pytest.mark.parametrize(
    "change",
    [{"steps": "x"}, {"steps": None}, {"lengths": 3}, {"lengths": [[1]]}, {"fingerprint": 7}, {"machines": 2}],
    ids=str,
)
def test_what_is_no_record_is_refused(change, unchecked_shapes):
    with pytest.raises((KeyError, TypeError, ValueError)):
        RunRecord.from_json(NEW.as_json() | change)
    for name in NEW.as_json():
        with pytest.raises(KeyError):
            RunRecord.from_json({key: value for key, value in NEW.as_json().items() if key != name})


def test_the_machine_is_told_by_processor_cores_and_torch():
    assert "torch " in machine_name() and machine_name() == machine_name.__wrapped__()


class TestCommit:
    @pytest.fixture
    def checkout(self, tmp_path, monkeypatch):
        """A checkout with a package, as if this module lay in it; and what runs git there."""

        def git(*arguments):
            author = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
            done = subprocess.run(
                ["git", *author, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
            )
            return done.stdout.strip()

        package = tmp_path / "src" / "maquette"
        (package / "training").mkdir(parents=True)
        (package / "training" / "record.py").write_text("", encoding="utf-8")
        monkeypatch.setattr(module, "__file__", str(package / "training" / "record.py"))
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "first")
        return package, git

    def test_clean_sources_have_a_commit(self, checkout):
        assert source_commit.__wrapped__() == checkout[1]("rev-parse", "--short", "HEAD")

    def test_changed_sources_have_a_plus_and_changes_elsewhere_do_not_count(self, checkout):
        package, git = checkout
        (package.parents[1] / "notes.txt").write_text("mine", encoding="utf-8")
        assert source_commit.__wrapped__() == git("rev-parse", "--short", "HEAD")
        (package / "new.py").write_text("", encoding="utf-8")
        assert source_commit.__wrapped__() == git("rev-parse", "--short", "HEAD") + "+"

    def test_what_is_no_checkout_has_none(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "__file__", str(tmp_path / "maquette" / "training" / "record.py"))
        (tmp_path / "maquette" / "training").mkdir(parents=True)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
        assert source_commit.__wrapped__() is None

    def test_without_git_there_is_none(self, monkeypatch):
        monkeypatch.setenv("PATH", str(Path("/nowhere")))
        assert source_commit.__wrapped__() is None
