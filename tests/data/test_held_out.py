"""COCO's photographs that are held out: by a rule that neither order, nor company, nor another name can change."""

from zlib import crc32

import made_coco
import numpy as np
import pytest

from maquette.data.held_out import are_held_out, find_coco_number, find_held_out, is_in_half
from maquette.data.photographs import read_held_out, read_photographs
from maquette.errors import InputError

LEARNT = [number for number in range(40, 80) if crc32(str(number).encode()) % 2 == 0]
HELD_OUT = [number for number in range(40, 80) if crc32(str(number).encode()) % 2 == 1]


def write(path, numbers, names="{:012d}.jpg", **changes):
    images = [made_coco.image(number, file_name=names.format(number)) for number in numbers]
    people = [made_coco.person(row + 1, number, **changes) for row, number in enumerate(numbers)]
    made_coco.write(path, made_coco.document(images, people))


@pytest.fixture
def folder(tmp_path):
    """Pictures 1 and 2 to learn from, 3 and 4 held out, and halves of the others."""
    write(tmp_path / "person_keypoints_train.json", [1, 2])
    write(tmp_path / "person_keypoints_val.json", [3, 4])
    write(tmp_path / "person_keypoints_more.json", LEARNT[:3] + HELD_OUT[:2])
    (tmp_path / "images_more").mkdir()
    return tmp_path


def numbers(people):
    return [find_coco_number(name) for name in people.pictures]


def test_a_number_is_told_by_the_name_alone():
    assert find_coco_number("photos/coco_000000000790.jpg") == 790
    assert find_coco_number("COCO_val2014_000000397133.png") == 397133
    for other in ("00000.jpg", "20240101120000.jpg", "IMG_123456789012.jpg", "0000000007900.jpg", "", "000000000790/a"):
        assert find_coco_number(other) is None


def test_the_half_is_fixed_for_ever():
    assert [number for number in range(12) if is_in_half(f"{number:012d}.jpg")] == [
        number for number in range(12) if crc32(str(number).encode()) % 2
    ]
    assert is_in_half("000000000086.jpg") and not is_in_half("000000000308.jpg")
    assert is_in_half("b/coco_000000000086.png") and is_in_half("86.jpg")
    assert {is_in_half(f"party {number}.jpg") for number in range(9)} == {False, True}


def test_what_is_learnt_and_what_is_held_out_share_no_picture(folder):
    learnt, held_out = read_photographs([folder]), read_held_out([folder])
    assert learnt is not None
    assert sorted(numbers(learnt)) == sorted([1, 2, *LEARNT[:3]])
    assert sorted(numbers(held_out)) == sorted([3, 4, *HELD_OUT[:2]])
    assert str(learnt.pictures[-1]) == str(folder / "images_more" / f"{LEARNT[2]:012d}.jpg")


def test_neither_order_nor_company_of_the_rows_counts(folder):
    write(folder / "person_keypoints_more.json", (HELD_OUT[:3] + LEARNT[:2])[::-1])
    assert set(numbers(read_held_out([folder]))) == {3, 4, *HELD_OUT[:3]}


def test_a_picture_that_is_held_out_anywhere_is_learnt_from_nowhere_whatever_its_name(folder):
    other = folder / "other"
    write(other / "person_keypoints_train.json", [2, 3, HELD_OUT[0], HELD_OUT[5]], names="party_{:012d}.png")
    learnt = read_photographs([other, folder])
    assert learnt is not None and set(numbers(learnt)) == {1, 2, *LEARNT[:3], HELD_OUT[5]}
    assert find_held_out([folder]) == {3, 4, *HELD_OUT[:2]}
    assert are_held_out(np.array(["a/coco_000000000003.jpg", "a/3.jpg"]), frozenset({3})).tolist() == [True, False]


def test_a_picture_of_two_files_is_judged_by_once(folder):
    write(folder / "person_keypoints_more.json", [3, HELD_OUT[0]] if is_in_half("3.jpg") else [HELD_OUT[0]])
    write(folder / "person_keypoints_extra.json", [HELD_OUT[0], HELD_OUT[1]])
    assert sorted(numbers(read_held_out([folder]))) == sorted([3, 4, *HELD_OUT[:2]])


def test_a_file_without_a_split_alone_is_halved_as_well(tmp_path):
    write(tmp_path / "person_keypoints_more.json", [*LEARNT[:2], *HELD_OUT[:2]])
    learnt = read_photographs([tmp_path])
    assert learnt is not None and numbers(learnt) == LEARNT[:2]


def test_ones_own_annotations_are_all_learnt_from(tmp_path):
    write(tmp_path / "own.json", [11, 12, 13, 14], names="day {}.jpg")
    learnt = read_photographs([tmp_path])
    assert learnt is not None and len(learnt) == 4
    with pytest.raises(InputError, match="nobody is held out"):
        read_held_out([tmp_path])
    assert read_photographs([]) is None


def test_crowds_and_people_without_joints_judge_nobody(folder):
    write(folder / "person_keypoints_val.json", [3], iscrowd=1)
    assert 3 not in numbers(read_held_out([folder]))
    write(folder / "person_keypoints_val.json", [4], keypoints=[0] * 51)
    assert 4 not in numbers(read_held_out([folder]))


def test_files_that_cannot_be_read_or_leave_nobody_are_refused(folder):
    for split in ("val", "more"):
        (folder / f"person_keypoints_{split}.json").write_text("[")
        for read in (read_photographs, read_held_out):
            with pytest.raises(InputError, match=f"person_keypoints_{split}"):
                read([folder])
        write(folder / f"person_keypoints_{split}.json", [1, 2, *HELD_OUT[:1]])
    write(folder / "person_keypoints_more.json", HELD_OUT[:1])
    with pytest.raises(InputError, match="everybody is held out"):
        read_photographs([folder])


def test_the_shared_photographs_are_parted_as_they_always_were(shared_data):
    folder = [shared_data / "coco"]
    learnt, held_out = read_photographs(folder), read_held_out(folder)
    assert learnt is not None and (len(learnt), len(held_out)) == (94, 55)
    assert len(find_held_out(folder)) == 26
    assert not set(numbers(learnt)) & set(numbers(held_out))
