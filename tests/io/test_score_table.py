import json
import math

import pytest

from maquette.errors import OutputError
from maquette.io.score_table import score_markdown, write_score_table
from maquette.metrics.score import ScoreRow, ScoreTable

TABLE = ScoreTable(
    protocol="h36m-martinez-1",
    group_by="action",
    columns=("MPJPE (mm)", "AUC (%)"),
    rows=(ScoreRow("Sitting", 2, (101.26, math.nan)), ScoreRow("Walk|ing", 3, (50.0, 33.333))),
    average=ScoreRow("average", 5, (75.63, math.inf)),
    average_of="mean over the 2 actions",
    notes=("3 samples left out",),
)
ABOUT = {"subject": "mine.npz", "data": "h36m"}


def test_both_files_are_written(tmp_path):
    paths = write_score_table(TABLE, tmp_path / "deep" / "h36m-martinez-1_v1.2", about=ABOUT)
    assert [path.name for path in paths] == ["h36m-martinez-1_v1.2.json", "h36m-martinez-1_v1.2.md"]
    content = json.loads(paths[0].read_text())
    assert content["format"] == "maquette.scores" and content["subject"] == "mine.npz"
    assert content["rows"][0] == {"group": "Sitting", "samples": 2, "values": [101.26, None]}
    assert content["average"]["values"] == [75.63, None] and content["notes"] == ["3 samples left out"]
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == [path.name for path in paths]


def test_the_markdown_is_a_table_that_says_what_its_average_is():
    text = score_markdown(TABLE, ABOUT)
    assert "| action | samples | MPJPE (mm) | AUC (%) |" in text
    assert "| Sitting | 2 | 101.3 | - |" in text and "| Walk\\|ing | 3 | 50.0 | 33.3 |" in text
    assert "| average | 5 | 75.6 | inf |" in text
    assert "Average: mean over the 2 actions." in text and "3 samples left out." in text


def test_nothing_half_written_stays(tmp_path):
    (tmp_path / "table.md").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_score_table(TABLE, tmp_path / "table", about=ABOUT)
    assert [path.name for path in tmp_path.iterdir()] == ["table.md"]
