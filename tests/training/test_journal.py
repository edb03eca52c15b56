"""The journal of a training: means, what is no number, and going on after a stop."""

import json
import math

import pytest
import torch

from maquette.errors import InputError, OutputError
from maquette.training.journal import NAME, Journal, read_journal


def lines(folder):
    return [json.loads(line) for line in (folder / NAME).read_text().splitlines()]


def noted(journal, *values, name="loss"):
    for value in values:
        journal.note({name: torch.tensor(value)})
    return journal


def test_an_entry_holds_the_means_since_the_last(tmp_path):
    journal = noted(Journal(tmp_path, 0), 1.0, 2.0, 6.0)
    journal.write(3, figure=0.5)
    (entry,) = read_journal(tmp_path)
    assert entry.pop("figure") == 0.5
    assert (entry["step"], entry["loss"]) == (3, 3.0) and entry["steps_per_s"] > 0
    noted(journal, 5.0).write(4)
    assert [(line["step"], line["loss"]) for line in lines(tmp_path)] == [(3, 3.0), (4, 5.0)]
    assert read_journal(tmp_path) == [{**line, "step": float(line["step"])} for line in lines(tmp_path)]


def test_large_steps_are_written_in_full(tmp_path):
    noted(Journal(tmp_path, 0), 1.0).write(1_234_567)
    assert lines(tmp_path)[0]["step"] == 1_234_567
    Journal(tmp_path, 1_234_566)
    assert lines(tmp_path) == []


def test_terms_may_be_of_any_kind_of_number_and_carry_gradients(tmp_path):
    journal = Journal(tmp_path, 0)
    leaf = torch.tensor(2.0, requires_grad=True)
    journal.note({"a": leaf * 3, "b": torch.tensor(1.5, dtype=torch.bfloat16), "c": torch.tensor(4)})
    journal.write(1)
    (entry,) = read_journal(tmp_path)
    assert (entry["a"], entry["b"], entry["c"]) == (6.0, 1.5, 4.0)


def test_players_who_take_turns_have_the_means_of_their_own_steps(tmp_path):
    journal = noted(noted(Journal(tmp_path, 0), 1.0, 3.0, name="critic"), 5.0, name="player")
    journal.write(3)
    noted(journal, 7.0, name="critic").write(4)
    assert [(line.get("critic"), line.get("player")) for line in lines(tmp_path)] == [(2.0, 5.0), (7.0, None)]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_ends_the_training(tmp_path, bad):
    journal = noted(noted(Journal(tmp_path, 0), 1.0, name="fine"), 1.0, bad, 2.0)
    for ending in (journal.require_sound, journal.write):
        with pytest.raises(InputError, match="after step 7 the training's loss is no number any more") as refusal:
            ending(7)
        assert "fine" not in str(refusal.value)
    assert lines(tmp_path) == []


def test_going_on_cuts_off_what_came_after(tmp_path):
    journal = Journal(tmp_path, 0)
    for step in (10, 20, 30):
        noted(journal, float(step)).write(step)
    noted(Journal(tmp_path, 20), 9.0).write(25)
    assert [line["step"] for line in lines(tmp_path)] == [10, 20, 25]
    Journal(tmp_path, 0)
    assert lines(tmp_path) == []


@pytest.mark.parametrize(
    "tail",
    [
        b'{"step": 2.0, "lo',
        b'{"step": 2.0, "loss": 1.0',
        b"\xff\xfe\x00",
        b"null\n",
        b"5\n",
        b"[1]\n",
        b"{}\n",
        b'{"step": "x"}\n',
        b'{"step": [2]}\n',
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_an_unfinished_last_line_does_not_count(tmp_path, tail):
    noted(Journal(tmp_path, 0), 1.0).write(1)
    with (tmp_path / NAME).open("ab") as file:
        file.write(tail)
    assert [entry["step"] for entry in read_journal(tmp_path)] == [1]
    noted(Journal(tmp_path, 1), 3.0).write(2)
    assert [line["step"] for line in lines(tmp_path)] == [1, 2]


def test_without_a_journal_there_are_no_entries(tmp_path):
    assert read_journal(tmp_path) == [] and read_journal(tmp_path / "absent") == []


def test_a_journal_that_cannot_be_written_is_said_in_words(tmp_path):
    journal = noted(Journal(tmp_path, 0), 1.0)
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    with pytest.raises(OutputError, match=r"journal\.jsonl"):
        journal.write(1)
    with pytest.raises(OutputError, match=r"journal\.jsonl"):
        Journal(tmp_path, 0)
