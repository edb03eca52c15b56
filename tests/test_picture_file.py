"""One door to Pillow, behind which no other program stands."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import maquette
from maquette.errors import InputError
from maquette.picture_file import open_image
from maquette.rendering.wardrobe.assets.asset import read_texture

_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"


def test_every_door_for_pictures_is_the_one_with_fixed_formats():
    package = Path(maquette.__file__).parent
    doors = [path.name for path in package.rglob("*.py") if "Image.open(" in path.read_text(encoding="utf-8")]
    assert doors == ["picture_file.py"]


def test_a_picture_opens_from_a_file_and_from_bytes(tmp_path):
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((4, 5, 3), 90, np.uint8)).save(path)
    for source in (path, io.BytesIO(path.read_bytes())):
        with open_image(source, ("PNG",)) as image:
            assert image.size == (5, 4)


def test_eps_by_the_name_of_a_picture_starts_no_program(tmp_path, monkeypatch):
    path = tmp_path / "cloth.png"
    path.write_bytes(_EPS)
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("a program was started"))
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a program was started"))
    with pytest.raises(InputError, match="cannot be read as a picture"):
        read_texture(path, has_alpha=False)


def test_formats_beyond_those_that_need_no_program_cannot_be_asked_for(tmp_path):
    with pytest.raises(ValueError, match="only JPEG"):
        open_image(io.BytesIO(_EPS), ("EPS",))


def test_pipes_and_folders_are_no_pictures(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path, came in ((tmp_path / "pipe.png", "is a pipe or a device"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=came):
            open_image(path)
