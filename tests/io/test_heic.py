"""HEIC photographs: read where the extra is installed, named and left out of a clip without it, in their place."""

import numpy as np
import pytest
from heic_photograph import BLUE, HEIC, RED, SIZE
from PIL import Image

from maquette import picture_file
from maquette.errors import InputError, MissingExtraError
from maquette.io.folder import is_clip
from maquette.io.photograph import open_photograph
from maquette.io.pictures import open_pictures


@pytest.fixture
def without_the_extra(monkeypatch):
    def refuse(module, *, extra):
        raise MissingExtraError(f"no {module} of {extra}")

    monkeypatch.setattr(picture_file, "optional_import", refuse)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)


@pytest.fixture
def folder(tmp_path):
    """Five frames, of which the second is HEIC."""
    for number in range(5):
        path = tmp_path / f"frame_{number}.{'heic' if number == 1 else 'jpg'}"
        if number == 1:
            path.write_bytes(HEIC)
        else:
            Image.new("RGB", SIZE, (10 * number, 0, 0)).save(path)
    return tmp_path


def test_it_is_read_where_the_extra_is_installed(tmp_path, folder):
    pytest.importorskip("pi_heif", reason="pi-heif is not installed")
    (tmp_path / "phone.jpg").write_bytes(HEIC)  # whatever it is called
    for path in (folder / "frame_1.heic", tmp_path / "phone.jpg"):
        frame = next(open_photograph(path).frames())
        assert frame.image.shape == (48, 64, 3)
        np.testing.assert_allclose(frame.image[20, 10], RED, atol=6)
        np.testing.assert_allclose(frame.image[20, 50], BLUE, atol=6)


def test_spoilt_ones_are_refused_in_a_sentence(tmp_path):
    pytest.importorskip("pi_heif", reason="pi-heif is not installed")
    for place in range(12, len(HEIC), 16):
        path = tmp_path / f"{place}.heic"
        path.write_bytes(HEIC[:place] + bytes([HEIC[place] ^ 0xFF]) + HEIC[place + 1 : -place // 3 or None])
        try:
            list(open_photograph(path).frames())
        except InputError as error:
            assert "\n" not in str(error)


def test_without_the_extra_one_sentence_says_what_to_install(tmp_path, without_the_extra):
    (tmp_path / "phone.heic").write_bytes(HEIC)
    with pytest.raises(InputError, match=r"phone\.heic: HEIC .*pip install 'maquette\[heic\]', or save it as JPEG$"):
        open_pictures(tmp_path / "phone.heic")


def test_one_that_is_left_out_keeps_its_place_in_time(folder, without_the_extra):
    assert is_clip(folder)
    source = open_pictures(folder, fps=10.0)
    times = [frame.time_s for frame in source.frames()]
    np.testing.assert_allclose(times, [0, 0.2, 0.3, 0.4])
    assert any("left out: 1" in note and "frame_1.heic" in note and "maquette[heic]" in note for note in source.notes)


def test_with_the_extra_it_is_a_frame_like_the_others(folder):
    pytest.importorskip("pi_heif", reason="pi-heif is not installed")
    assert [frame.time_s for frame in open_pictures(folder, fps=10.0).frames()] == pytest.approx(
        [0, 0.1, 0.2, 0.3, 0.4]
    )


def test_a_folder_of_nothing_else_says_what_to_install(tmp_path, without_the_extra):
    (tmp_path / "a_1.heic").write_bytes(HEIC)
    with pytest.raises(InputError, match=r"maquette\[heic\]"):
        open_pictures(tmp_path)
