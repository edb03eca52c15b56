"""Lists of entries in JSON: places within a picture, and names of pictures that lead nowhere else."""

import numpy as np
import pytest

from maquette.data.readers.photograph import (
    is_number,
    is_numbers,
    is_table_of_numbers,
    path_inside,
    places_in_picture,
    read_annotation_json,
)
from maquette.errors import InputError


def test_places_within_a_picture_are_counted_as_by_hand():
    pictures = np.random.default_rng(0).integers(0, 9, 200)
    seen: dict[int, int] = {}
    for picture, place in zip(pictures.tolist(), places_in_picture(pictures).tolist(), strict=True):
        assert place == seen.get(picture, 0)
        seen[picture] = place + 1
    assert places_in_picture(np.array(["b", "a", "b"])).tolist() == [0, 0, 1]
    assert places_in_picture(np.array([], str)).tolist() == []


@pytest.mark.parametrize("value", ["1", None, True, float("nan"), float("-inf"), 10**400, 2e9, [1]])
def test_what_is_no_number(value):
    assert not is_number(value)
    assert not is_numbers([0.5, value], 2) and not is_numbers([value, 0.5], 2)
    assert not is_table_of_numbers([[1, 2], [3, value]], 2, 2)


def test_numbers():
    assert (
        is_number(0) and is_number(-1.5) and is_numbers([1, 2.5, -3], 3) and is_table_of_numbers([[1, 2], [3, 4]], 2, 2)
    )
    assert not is_numbers([1, 2], 3) and not is_numbers((1, 2), 2) and not is_table_of_numbers([[1, 2]], 2, 2)


@pytest.mark.parametrize("name", ["/", "..", "../", "a/../..", ".", "./", "C:\\", "\\\\host\\share\\", ""])
def test_names_that_lead_nowhere(name):
    assert path_inside(name) == ""


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.json' cannot be read as JSON \(.*; wanted is something"):
        read_annotation_json(tmp_path / "a.json", "something")
