"""Turns of a game: whose it is, how long, and going on from where it was."""

import pytest

from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.turns import Turns


def played(turns, verdicts):
    """Who played each step, given after which of them the turn was over."""
    players = []
    for is_over in verdicts:
        players.append(turns.current)
        turns.count(is_over=is_over)
    return players


def test_a_turn_ends_when_it_is_over_and_at_the_latest_after_its_longest():
    verdicts = [False, True, False, False, False, False, True]
    wanted = ["critic", "critic", "player", "player", "player", "critic", "critic"]
    turns = Turns("critic", "player", longest=3)
    assert played(turns, verdicts) == wanted and turns.current == "player"


def test_with_turns_of_one_step_players_alternate():
    assert played(Turns("a", "b", longest=1), [False] * 5) == ["a", "b", "a", "b", "a"]


def test_several_players_follow_each_other_round_and_round():
    assert played(Turns("a", "b", "c", longest=2), [True, False, False, True, True]) == ["a", "b", "b", "c", "a"]


def test_who_plays_alone_goes_on():
    assert played(Turns("a", longest=2), [False, True, False]) == ["a", "a", "a"]


@pytest.mark.parametrize("stop", range(8))
def test_a_game_that_was_stopped_goes_on_in_the_middle_of_a_turn(tmp_path, stop):
    verdicts = [False, False, True, False, False, False, True, False]
    whole, first = (Turns("a", "b", longest=3) for _ in range(2))
    players = played(whole, verdicts)
    played(first, verdicts[:stop])
    write_checkpoint(tmp_path / "turns.safetensors", first.state_dict())
    again = Turns("a", "b", longest=3)
    again.load_state_dict(read_checkpoint(tmp_path / "turns.safetensors"))
    assert played(again, verdicts[stop:]) == players[stop:] and again.state_dict() == whole.state_dict()


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"current": "c", "steps": 0}, ValueError),
        ({"steps": 0}, KeyError),
        ({"current": "a", "steps": "x"}, ValueError),
    ],
)
def test_states_of_another_game_are_refused(state, error):
    with pytest.raises(error):
        Turns("a", "b", longest=3).load_state_dict(state)
