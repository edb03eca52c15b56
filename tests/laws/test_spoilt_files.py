"""A law over all readers: a spoilt file is read, or refused in one sentence; nothing else ever happens."""

import warnings
from importlib.util import find_spec

import pytest
from costly import slow_but
from spoiling import spoil
from spoilt_files import FORMATS, Format

from maquette.errors import MaquetteError

_FEW, _MORE = range(2), range(2, 9)
"""Which spoilt files of each format are tried by default, and which besides; `make fuzz` tries many more."""


def _made(name: str) -> Format:
    made = FORMATS[name]
    if made.needs and find_spec(made.needs) is None:
        pytest.skip(f"{made.needs} is not installed")
    return made


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_file_is_read(tmp_path, name):
    made = _made(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.read(tmp_path, made.make(tmp_path))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seeds", slow_but([_FEW], [_FEW, _MORE]))
def test_a_spoilt_file_is_read_or_refused_in_one_sentence(tmp_path, name, seeds):
    made = _made(name)
    path = made.make(tmp_path)
    content, spoilt = path.read_bytes(), 0
    for seed in seeds:
        path.write_bytes(spoil(content, (name, seed)))
        spoilt += path.read_bytes() != content
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made.read(tmp_path, path)
        except MaquetteError as refused:
            assert "\n" not in str(refused)
    assert spoilt > 0
