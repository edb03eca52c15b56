"""COCO keypoints and one's own JSON: layouts, skeletons by name, and every broken entry named."""

import re
from pathlib import Path

import numpy as np
import pytest
from made_coco import NAMES, document, image, person, write

from maquette.body.catalog import COCO_17, H36M_17, LSP_14, SKELETONS
from maquette.body.joint_names import skeleton_from_names
from maquette.data.readers.coco import read_coco, skeleton_of
from maquette.errors import InputError, SettingError
from maquette.io.keypoints import read_keypoints

SHARED = Path(__file__).parents[4] / "shared" / "data" / "coco"
NAN = float("nan")


def test_every_annotation_is_a_row(tmp_path):
    write(tmp_path / "annotations/person_keypoints_val2017.json", document())
    people = read_coco(tmp_path)
    assert people.skeleton == COCO_17 and len(people) == 3 and people.dataset == "coco" and people.skipped == ()
    assert np.array_equal(people.keys, people.pictures)
    assert people.keys.tolist() == [f"val2017/{number:012d}.jpg" for number in (3, 7, 3)]
    assert people.persons.tolist() == [0, 0, 1]
    assert people.image_sizes.tolist() == [[500, 480], [640, 480], [500, 480]]
    given = np.array(person(2, 7)["keypoints"]).reshape(17, 3)
    assert np.array_equal(people.known_px[1], given[:, 2] > 0) and np.array_equal(
        people.is_visible[1], given[:, 2] == 2
    )
    assert np.array_equal(people.joints_px[1], given[:, :2])
    assert not people.known_m.any() and not people.is_flawed.any()


def test_boxes_count_from_the_edge_of_the_picture(tmp_path):
    people = read_coco(write(tmp_path / "a.json", document()))
    assert people.boxes_px[0].tolist() == [9.5, 20, 30, 40] and people.areas_px[0] == 55.5


def test_crowds_are_flagged(tmp_path):
    entries = [
        person(1, 3, iscrowd=1, keypoints=[0] * 51),
        person(2, 3),
        person(3, 3, ignore=1),
        person(4, 3, iscrowd=None),
    ]
    people = read_coco(write(tmp_path / "a.json", document(annotations=entries)))
    assert people.is_flawed.tolist() == [True, False, True, False] and not people.known_px[0].any()


@pytest.mark.parametrize(
    ("file", "folder", "pictures"),
    [
        ("annotations/person_keypoints_val2017.json", "val2017", "val2017/"),
        ("annotations/person_keypoints_val2017.json", "images/val2017", "images/val2017/"),
        ("person_keypoints_val.json", "images", "images/"),
        ("annotations/person_keypoints_default.json", "images", "images/"),
        ("_annotations.coco.json", ".", ""),
        ("result.json", "nowhere", ""),
    ],
)
def test_layouts(tmp_path, file, folder, pictures):
    path = write(tmp_path / file, document())
    write(tmp_path / folder / image(7)["file_name"], "")
    wanted = pictures + image(3)["file_name"]
    for given in (tmp_path, path):
        people = read_coco(given)
        assert people.root == tmp_path and people.pictures[0] == wanted
    elsewhere = read_coco(path, pictures=tmp_path / folder)
    assert elsewhere.root == tmp_path / folder and elsewhere.pictures[0] == image(3)["file_name"]


def test_splits_are_told_apart(tmp_path):
    write(tmp_path / "annotations/person_keypoints_val2017.json", document())
    write(tmp_path / "annotations/captions_val2017.json", "{}")
    with pytest.raises(InputError, match="holds no COCO keypoints of the split 'train'"):
        read_coco(tmp_path, split="train")
    write(tmp_path / "annotations/person_keypoints_train2017.json", document(annotations=[person(1, 3)]))
    assert len(read_coco(tmp_path, split="train")) == 1 and len(read_coco(tmp_path, split="val")) == 3


def test_one_of_several_files_must_be_named(tmp_path):
    write(tmp_path / "a.json", document())
    write(tmp_path / "b.json", document())
    with pytest.raises(InputError, match=r"several JSON files \(a.json, b.json\)"):
        read_coco(tmp_path)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda skeleton: skeleton.name)
def test_every_skeleton_is_known_by_its_names_in_any_order(skeleton):
    names = list(np.random.default_rng(0).permutation(skeleton.joint_names))
    found, joints = skeleton_of(names, Path("a.json"))
    assert set(found.joint_names) == set(names) and [found.joint_names[joint] for joint in joints] == names


@pytest.mark.parametrize(
    "name", ["left_knee", "Left Knee", "left-knee", "leftKnee", "LeftKnee", "l_knee", " LEFT_KNEE "]
)
def test_spellings_of_a_name(name):
    assert skeleton_of([name], Path("a.json"))[0].joint_names[skeleton_of([name], Path("a.json"))[1][0]] == "l_knee"


def test_joints_come_under_their_names(tmp_path):
    names = ["head_top", "right_wrist", "left_wrist", "pelvis", "nose"]
    entry = person(1, 3, keypoints=[1, 2, 2, 3, 4, 2, 5, 6, 1, 7, 8, 2, 0, 0, 0])
    people = read_coco(write(tmp_path / "a.json", document(annotations=[entry], names=names)))
    assert people.skeleton == H36M_17
    known = {H36M_17.joint_names[at]: people.joints_px[0, at].tolist() for at in np.flatnonzero(people.known_px[0])}
    assert known == {"head_top": [1, 2], "r_wrist": [3, 4], "l_wrist": [5, 6], "pelvis": [7, 8]}
    assert not people.is_visible[0, H36M_17.index("l_wrist")]


@pytest.mark.parametrize(
    "words",
    [
        "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip left_knee"
        " right_knee left_ankle right_ankle top_head neck",
        "Head Neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee LAnkle Chest",
        "nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist MidHip RHip RKnee RAnkle LHip LKnee LAnkle REye LEye"
        " REar LEar LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel",
    ],
)
def test_both_readers_of_the_format_know_the_same_names(words):
    words = words.split()
    skeleton, places = skeleton_of(words, Path("a.json"))
    assert (skeleton, np.argsort(places).tolist()) == skeleton_from_names(words, Path("a.json"))


@pytest.mark.parametrize(
    "category", [{"name": "dog"}, {"name": "Amur tiger"}, {"name": "1", "supercategory": "animal"}]
)
def test_animals_are_refused(tmp_path, category):
    content = document() | {"categories": [{"id": 1, "keypoints": document()["categories"][0]["keypoints"]} | category]}
    path = write(tmp_path / "a.json", content)
    for read in (read_coco, read_keypoints):
        with pytest.raises(InputError, match="of animals"):
            read(path)


def test_the_smallest_skeleton_counts():
    limbs = [name for name in LSP_14.joint_names if name[1] == "_"]
    assert skeleton_of(limbs, Path("a.json"))[0] == LSP_14


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["nose", "tail_tip"], r"a\.json': no skeleton has a joint 'tail_tip'"),
        (["nose", 5], "no joint|no skeleton has a joint '5'"),
        (["nose", "Nose"], "'nose' twice"),
        (["l_pinky", "head_top", "l_index", "l_small_toe", "spine_4"], "leave those out"),
    ],
)
def test_unknown_names_are_refused(tmp_path, names, message):
    with pytest.raises(InputError, match=message):
        read_coco(write(tmp_path / "a.json", document(names=names)))


def test_a_file_without_names_is_cocos(tmp_path):
    people = read_coco(write(tmp_path / "a.json", document(categories=None)))
    assert people.skeleton == COCO_17 and len(people) == 3
    with pytest.raises(InputError, match="their 'keypoints' are not 51 finite numbers"):
        read_coco(write(tmp_path / "a.json", document(annotations=[person(1, 3, count=16)], categories=[5])))


def test_only_persons_are_read(tmp_path):
    categories = [{"id": 2, "name": "dog", "keypoints": ["tail"]}, {"id": 1, "name": "person", "keypoints": NAMES}]
    entries = [person(1, 3), person(2, 3, category_id=2, keypoints=[1, 1, 2]), person(3, 3, category_id=None)]
    people = read_coco(write(tmp_path / "a.json", document(annotations=entries, categories=categories)))
    assert len(people) == 2 and "not of the category of persons" in people.skipped[0]


BROKEN = [
    (3, "no records"),
    (person(9, 99), "their picture is not among 'images'"),
    (person(9, [3]), "their picture is not among 'images'"),
    (person(9, None), "their picture is not among 'images'"),
    (person(9, 3, count=16), "not 51 finite numbers"),
    (person(9, 3, keypoints=None), "not 51 finite numbers"),
    (person(9, 3, keypoints={}), "not 51 finite numbers"),
    (person(9, 3, keypoints=["1"] * 51), "not 51 finite numbers"),
    (person(9, 3, keypoints=[[1, 2, 2]] * 51), "not 51 finite numbers"),
    (person(9, 3, keypoints=[1] * 50 + [NAN]), "not 51 finite numbers"),
    (person(9, 3, keypoints=[NAN] * 51), "not 51 finite numbers"),
    (person(9, 3, keypoints=[1] * 50 + [float("inf")]), "not 51 finite numbers"),
    (person(9, 3, keypoints=[10**400, 0.5, 1] * 17), "not 51 finite numbers"),
    (person(9, 3, keypoints=[None] * 51), "not 51 finite numbers"),
    (person(9, 3, bbox=[1, 2, -3, 4]), "no x, y, width and height"),
    (person(9, 3, bbox=[1, 2, 3]), "no x, y, width and height"),
    (person(9, 3, bbox=["1", 2, 3, 4]), "no x, y, width and height"),
    (person(9, 3, bbox=[1, NAN, 3, 4]), "no x, y, width and height"),
    (person(9, 3, area=-1), "no number from 0"),
    (person(9, 3, area="5"), "no number from 0"),
]


@pytest.mark.parametrize(("entry", "fault"), BROKEN)
def test_broken_annotations_are_named_and_the_others_go_on(tmp_path, entry, fault):
    people = read_coco(write(tmp_path / "a.json", document(annotations=[person(1, 3), entry])))
    assert len(people) == 1 and len(people.skipped) == 1
    assert (
        fault in people.skipped[0]
        and "a.json': left out 1 of 'annotations' (the first is number 1)" in people.skipped[0]
    )
    with pytest.raises(InputError, match="left out 1 of 'annotations'"):
        read_coco(write(tmp_path / "a.json", document(annotations=[entry])))


def test_broken_annotations_are_counted(tmp_path):
    entries = [person(1, 3), *(entry for entry, _ in BROKEN)]
    people = read_coco(write(tmp_path / "a.json", document(annotations=entries)))
    counts = [int(sentence.split("left out ")[1].split()[0]) for sentence in people.skipped]
    assert len(people) == 1 and counts == [1, 3, 10, 4, 2]


@pytest.mark.parametrize(
    "broken",
    [
        3,
        {"file_name": "a.jpg"},
        image(9, id=[1]),
        image(9, file_name=None),
        image(9, file_name="x" * 5000),
        image(9, file_name=".."),
    ],
)
def test_broken_pictures_are_named_and_the_others_go_on(tmp_path, broken):
    people = read_coco(write(tmp_path / "a.json", document(images=[broken, image(7), image(3)])))
    assert (
        len(people) == 3
        and len(people.skipped) == 1
        and "left out 1 of 'images' (the first is number 0)" in people.skipped[0]
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("images/a.jpg", "images/a.jpg"), ("images\\a.jpg", "images/a.jpg"), ("./a.jpg", "a.jpg"),
        ("../../secret/a.jpg", "a.jpg"), ("/etc/a.jpg", "a.jpg"), ("C:\\Users\\me\\a.jpg", "a.jpg"),
        ("ein Bild ü.jpg", "ein Bild ü.jpg"),
    ],
)  # fmt: skip
def test_pictures_do_not_lead_out_of_their_folder(tmp_path, name, wanted):
    people = read_coco(
        write(tmp_path / "a.json", document(images=[image(3, file_name=name)], annotations=[person(1, 3)]))
    )
    assert people.pictures.tolist() == [wanted]


@pytest.mark.parametrize(
    "size", [{"width": None}, {"width": "640"}, {"height": 0}, {"height": NAN}, {"width": 10**400}]
)
def test_sizes_may_be_unknown(tmp_path, size):
    people = read_coco(write(tmp_path / "a.json", document(images=[image(3, **size), image(7)])))
    assert people.image_sizes is None and len(people) == 3


def test_boxes_and_areas_may_be_missing(tmp_path):
    entries = [person(1, 3, bbox=None, area=None), person(2, 3)]
    people = read_coco(write(tmp_path / "a.json", document(annotations=entries)))
    assert people.boxes_px is None and people.areas_px is None and len(people) == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        "5",
        '{"images": 3, "annotations": []}',
        '{"annotations": []}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_files_of_another_kind_are_named(tmp_path, content):
    with pytest.raises(InputError, match=r"a\.json' .*wanted is a JSON with 'images' and 'annotations'") as error:
        read_coco(write(tmp_path / "a.json", content))
    assert "\n" not in str(error.value)


def test_bytes_that_are_no_text_are_named(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00\x9f" * 9)
    with pytest.raises(InputError, match=r"a\.json' cannot be read as JSON"):
        read_coco(tmp_path / "a.json")


def test_huge_files_are_refused_unread(tmp_path):
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(InputError, match="has 8 GiB"):
        read_coco(tmp_path / "a.json")


def test_a_file_without_people_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.json' has no annotation of a person"):
        read_coco(write(tmp_path / "a.json", document(annotations=[])))


def test_other_folders_and_settings_are_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_coco(tmp_path / "none")
    with pytest.raises(InputError, match="holds no COCO keypoints"):
        read_coco(tmp_path)
    path = write(tmp_path / "MuCo-3DHP.json", document())
    with pytest.raises(InputError, match="this looks like MuCo-3DHP"):
        read_coco(tmp_path)
    with pytest.raises(SettingError, match="no split 'test'"):
        read_coco(path, split="test")
    with pytest.raises(InputError, match="is no folder"):
        read_coco(path, pictures=tmp_path / "none")


def test_the_example_in_the_documentation(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text()
    people = read_coco(write(tmp_path / "a.json", re.findall(r"```json\n(.*?)```", page, re.DOTALL)[-1]))
    assert people.skeleton == H36M_17 and people.pictures.tolist() == ["street.jpg"]
    known = [H36M_17.joint_names[at] for at in np.flatnonzero(people.known_px[0])]
    assert known == ["r_knee", "nose"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared COCO pictures are not here")
@pytest.mark.parametrize(("split", "persons"), [("train", 48), ("val", 41)])
def test_real_pictures(split, persons):
    people = read_coco(SHARED, split=split)
    assert len(people) == persons and people.skipped == () and people.known_px.any(axis=1).sum() == 15
    assert all((people.root / picture).is_file() for picture in people.pictures)
    known = people.joints_px[people.known_px]
    assert known.min() >= 0 and (people.joints_px <= people.image_sizes[:, None]).all()
    inside = (people.joints_px >= people.boxes_px[:, None, :2] - 15).all(axis=-1)
    assert inside[people.known_px].mean() > 0.95


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared COCO pictures are not here")
def test_crowds_of_real_pictures():
    assert sum(read_coco(SHARED, split=split).is_flawed.sum() for split in ("train", "val")) == 2
