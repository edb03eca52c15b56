"""`maquette analyse`: every analysis has its own options, says so, and refuses those of others."""

import pytest

from maquette.cli import main

OPTIONS = {
    "loss-surface": {"--out"},
    "sensitivity": {"--out", "--seed", "--weights", "--data"},
    "limits": {"--out", "--seed", "--count", "--data", "--limits"},
    "embedding": {"--out", "--seed", "--count", "--data", "--weights"},
}
ALL = set().union(*OPTIONS.values())


def ended(capsys, *arguments):
    """The exit code of a parser that ends the program, and all that it said."""
    with pytest.raises(SystemExit) as end:
        main(["analyse", *arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    return end.value.code, said.out + said.err


def test_help_names_every_analysis(capsys):
    code, text = ended(capsys, "--help")
    assert code == 0 and all(analysis in text for analysis in OPTIONS)


@pytest.mark.parametrize("analysis", OPTIONS)
def test_help_of_an_analysis_shows_its_options_and_no_others_and_an_example(capsys, analysis):
    code, text = ended(capsys, analysis, "--help")
    assert code == 0 and f"maquette analyse {analysis} --" in " ".join(text.split())
    assert {option for option in ALL if f"{option} " in text.split("options", 1)[1]} == OPTIONS[analysis]


@pytest.mark.parametrize(
    ("analysis", "option"), [(name, option) for name, own in OPTIONS.items() for option in sorted(ALL - own)]
)
def test_an_option_of_another_analysis_is_an_error(capsys, tmp_path, analysis, option):
    code, text = ended(capsys, analysis, "--out", str(tmp_path / "out"), option, "5")
    assert code == 2 and option in text and not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [(), ("embeding",)])
def test_no_analysis_and_one_that_is_not_known_are_errors_that_name_all(capsys, arguments):
    code, text = ended(capsys, *arguments)
    assert code == 2 and all(analysis in text for analysis in OPTIONS)
