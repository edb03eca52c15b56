"""Files as spreadsheets, editors and packers leave them: read where nothing is in doubt, else refused in a sentence."""

import bz2
import gzip
import json
import lzma
import zipfile

import numpy as np
import pytest
from keypoint_files import openpose_frame, person, write_json
from landmark_tables import clip_columns
from named_files import write_table

from maquette.body.catalog import BODY_25, COCO_17
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints


def refuse(path, words):
    with pytest.raises(InputError, match=words) as caught:
        read_keypoints(path)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


def text_of(tmp_path, between=","):
    return write_table(tmp_path / "plain.csv", clip_columns()).read_text().replace(",", between)


def is_the_clip(poses):
    clip = np.stack([person(COCO_17, 100.0 + 3 * i) for i in range(4)])
    np.testing.assert_allclose(poses.joints[:, 0], clip[..., :2], atol=0.01)
    return poses.mask.all()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("above", ["", "sep=;\n", '"sep=;"\r\n', "# by hand\n#\n\n", "SEP=;\n# made by x, y\n"])
def test_lines_above_a_table_and_its_encoding_do_no_harm(tmp_path, above, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes((above + text_of(tmp_path, ";")).encode(encoding))
    assert is_the_clip(read_keypoints(path).poses)


def test_utf_16_that_is_cut_or_holds_no_table_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(text_of(tmp_path).encode("utf-16")[:-1])
    refuse(path, "neither text nor")
    path.write_bytes("dear diary".encode("utf-16"))
    refuse(path, "text of an unknown kind")
    path.write_text("# nothing\nsep=;\n")
    refuse(path, "text of an unknown kind")


@pytest.mark.parametrize("between", [";", "\t"])
def test_decimal_commas_are_refused_by_name(tmp_path, between):
    rows = clip_columns()
    text = "\n".join(between.join(str(word).replace(".", ",") for word in row) for row in rows)
    path = tmp_path / "a.csv"
    path.write_text(text)
    refuse(path, r"decimal commas \('\d+,\d+'\).*decimal points")
    path.write_text(text.replace(",0", "").replace(",", "'"))
    refuse(path, "not all numbers")


def test_decimal_commas_in_text_of_a_line_a_person_are_refused_by_name(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("0 " + "0,5 " * 55)
    refuse(path, r"decimal commas \('0,5'\)")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_to_be_unpacked(tmp_path, pack):
    path = tmp_path / "a.csv"
    path.write_bytes(pack(text_of(tmp_path).encode()))
    refuse(path, "is packed.*unpack it")


@pytest.mark.parametrize(("name", "words"), [("f_0.json", "zip of files such as 'f_0.json'"), ("xl/a.xml", "Excel")])
def test_archives_of_other_files_are_named(tmp_path, name, words):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "{}")
    refuse(path, words)


def test_json_lines_are_named_and_other_remains_are_broken(tmp_path):
    path = tmp_path / "a.json"
    line = json.dumps(openpose_frame([person(BODY_25)]))
    path.write_text(f"{line}\n{line}\n")
    refuse(path, "several JSON documents one after another, as JSON lines")
    path.write_text(f"{line} and more")
    refuse(path, "broken or cut off JSON")


def test_a_folder_of_clips_is_to_be_given_clip_by_clip(tmp_path):
    points = np.stack([person(COCO_17, 100.0 + 3 * i)[:, :2] for i in range(4)]).tolist()
    own = {"keypoints": points, "joint_names": list(COCO_17.joint_names)}
    results = [{"image_id": i, "category_id": 1, "keypoints": [9.0 + i] * 51} for i in range(3)]
    for kind, document in (("own", own), ("results", results), ("coco", {"images": [], "annotations": []})):
        (tmp_path / kind).mkdir()
        for name in ("a.json", "b.json"):
            write_json(tmp_path / kind / name, document)
        refuse(tmp_path / kind, "2 files such as a.json, one clip each; give them one by one")


@pytest.mark.parametrize("odd", [-1, -20, 10**16, 10**400])
def test_picture_numbers_that_are_none_are_named(tmp_path, odd):
    entries = [{"image_id": i, "category_id": 1, "keypoints": [5.0] * 51} for i in (0, odd, 7)]
    refuse(write_json(tmp_path / "a.json", entries), f"image_id {str(odd)[:10]}.*whole numbers from 0")
