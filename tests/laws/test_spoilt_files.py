"""A law over all readers: a spoilt file is read, or refused in one sentence; nothing else ever happens."""

import warnings

import pytest
from spoilt_files import FORMATS, spoil

from maquette.errors import MaquetteError

_FILES = 6
"""Of each format; `make fuzz` tries many more."""


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_file_is_read(tmp_path, name):
    made = FORMATS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.read(tmp_path, made.make(tmp_path))


@pytest.mark.parametrize("name", FORMATS)
def test_a_spoilt_file_is_read_or_refused_in_one_sentence(tmp_path, name):
    made = FORMATS[name]
    path = made.make(tmp_path)
    content, spoilt = path.read_bytes(), 0
    for seed in range(_FILES):
        path.write_bytes(spoil(content, (name, seed)))
        spoilt += path.read_bytes() != content
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made.read(tmp_path, path)
        except MaquetteError as refused:
            assert "\n" not in str(refused)
    assert spoilt > 0
