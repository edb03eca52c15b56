"""Nothing that a file says steers a terminal."""

import pytest

from maquette.cli.console import say
from maquette.plain_text import count_of, describe_fault, plain_line


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Füße 歩く", "Füße 歩く"),
        ("red \x1b[31m name", "red ?[31m name"),
        ("\x9b2J and \u202e turned", "?2J and ? turned"),
        ("two\nlines\r\n", "two lines"),
        ("half \ud800", "half ?"),
    ],
)
def test_only_letters_remain(text, plain):
    assert plain_line(text) == plain


def test_what_is_said_keeps_its_indent_and_no_escapes(capsys):
    say("  note of \x1b]0;title\x07 a file")
    assert capsys.readouterr().out == "  note of ?]0;title? a file\n"


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("frame",), "0 frames"),
        (1, ("frame",), "1 frame"),
        (2, ("frame",), "2 frames"),
        (1, ("person", "people"), "1 person"),
        (1200, ("person", "people"), "1,200 people"),
    ],
)
def test_one_thing_is_one_and_more_are_many(number, words, said):
    assert count_of(number, *words) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("seed"), "'seed' is missing"),
        (OverflowError("cannot convert float infinity to integer"), "a number is not finite, or too large"),
        (ValueError("two\nlines"), "two lines"),
        (TypeError(), "TypeError"),
    ],
)
def test_faults_are_told_in_words(error, said):
    assert describe_fault(error) == said
