"""Files of strangers: what is no ordinary file is refused before it is opened."""

import os
import socket
from pathlib import Path

import pytest

from maquette.errors import InputError
from maquette.input_file import read_file, require_file


def test_an_ordinary_file_and_a_link_to_one_pass(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    require_file(tmp_path / "link")
    assert read_file(tmp_path / "link", 3) == b"abc"


def test_a_file_beyond_the_limit_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"abcd")
    with pytest.raises(InputError, match="larger than"):
        read_file(tmp_path / "file", 3)


@pytest.mark.parametrize("name", ["pipe", "socket", "device", "folder", "nothing", "n" * 300, "zero\0"])
def test_what_is_no_file_costs_one_sentence_and_no_waiting(tmp_path, monkeypatch, name):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)
        listening.bind("socket")
        with pytest.raises(InputError) as refused:
            require_file(Path(name), "give a file")
    assert "\n" not in str(refused.value)
