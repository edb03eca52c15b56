"""Pictures to be labelled: folders are looked through, frames thinned, COCO's pictures left out, bad files told of."""

import numpy as np
import pytest
from pictured_people import write_film
from PIL import Image

from maquette.errors import InputError, SettingError
from maquette.methods.teacher.sources import count_pictures, gather_sources, read_sources


def save(path, shade=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((32, 48, 3), shade, np.uint8)).save(path)


def read(files, every=1):
    skipped = []
    return list(read_sources(files, every, skipped.append)), skipped


def test_folders_are_looked_through_and_pictures_of_coco_left_out(tmp_path):
    for name in ("b/00008.png", "b/00000.png", "a.jpg", "coco_000000000790.jpg", ".hidden.jpg"):
        save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    gathered = gather_sources([tmp_path, tmp_path / "a.jpg"])
    assert [path.name for path in gathered.files] == ["a.jpg", "00000.png", "00008.png"]
    assert [path.name for path in gathered.of_coco] == ["coco_000000000790.jpg"]
    pictures, skipped = read(gathered.files)
    assert [picture.name for picture in pictures][1:] == ["b_00000", "b_00008"] and not skipped


def test_every_nth_frame_of_videos_and_animations_is_read(tmp_path):
    shades = [np.full((32, 48, 3), 20 * number, np.uint8) for number in range(7)]
    write_film(tmp_path / "film.mp4", shades)
    frames = [Image.fromarray(shade) for shade in shades]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    files = gather_sources([tmp_path / "film.mp4", tmp_path / "moving.gif"]).files
    pictures, _ = read(files, every=3)
    assert [picture.name[-5:] for picture in pictures] == ["00000", "00003", "00006"] * 2
    assert [abs(int(picture.picture.mean()) - 60 * (row % 3)) < 6 for row, picture in enumerate(pictures)] == [True] * 6
    assert count_pictures(files, 3) == 6


def test_names_are_plain_and_short(tmp_path):
    save(tmp_path / "a b" / ("ä" * 20 + "x" * 90 + ".png"))
    ((one,), _) = read(gather_sources([tmp_path]).files)
    assert one.name.isascii() and " " not in one.name and len(one.name) == 80


def test_bad_files_are_told_of_and_the_others_read(tmp_path):
    save(tmp_path / "good.png")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:60])
    (tmp_path / "text.mp4").write_text("no video")
    files = gather_sources([tmp_path]).files
    pictures, skipped = read(files)
    assert (
        len(pictures) == 1 and len(skipped) == 3 and all("tmp" in sentence or "/" in sentence for sentence in skipped)
    )
    assert count_pictures(files, 1) >= 1


def test_sources_without_pictures_are_refused(tmp_path):
    for path, said in ((tmp_path, "no photographs or videos"), (tmp_path / "absent", "does not exist")):
        with pytest.raises(InputError, match=said):
            gather_sources([path])
    save(tmp_path / "000000000790.jpg")
    with pytest.raises(InputError, match="1 of COCO"):
        gather_sources([tmp_path])
    with pytest.raises(SettingError, match="every"):
        read([tmp_path], every=0)
