"""MPII's MATLAB structure with all its gaps, the JSON exports, and what either lacks."""

import numpy as np
import pytest
import scipy.io
from made_mpii import coordinates, exported, written

from maquette.body.catalog import MPII_16
from maquette.data.readers.mpii import read_mpii
from maquette.errors import InputError, SettingError

NOTHING = np.zeros((0, 0))


def struct(*records, fields=None):
    """A MATLAB structure array: every record has every field, empty where it does not give it."""
    fields = fields or sorted({name for record in records for name in record})
    array = np.empty((1, len(records)), [(name, object) for name in fields])
    for place, record in enumerate(records):
        for name in fields:
            array[name][0, place] = record.get(name, NOTHING)
    return array


def cells(*values):
    array = np.empty((len(values), 1), object)
    array[:, 0] = values
    return array


def annotated(seed, *, joints=range(15, -1, -1), **changes):
    """A person with points in reverse order; upper neck and head top have empty flags, as those in the real file."""
    flags = {8: np.array([], "U1"), 9: np.array([], "U1"), 0: "0", 1: "1", 2: 0, 3: 1}
    found = [
        {"x": coordinates(seed)[n, 0], "y": coordinates(seed)[n, 1], "id": n, "is_visible": flags.get(n, 1)}
        for n in joints
    ]
    person = {
        "x1": 10, "y1": 20, "x2": 40, "y2": 60, "scale": 1.5, "objpos": struct({"x": 201, "y": 301}),
        "annopoints": struct({"point": struct(*found)}),
    }  # fmt: skip
    return person | changes


def picture(name, *people, **fields):
    return {"image": struct({"name": name}), "annorect": struct(*people, **fields) if people else NOTHING}


PICTURES = [
    picture("a.jpg", annotated(0), annotated(1, joints=[3, 6])),
    picture("nobody.jpg"),
    picture("boxes_only.jpg", {"x1": 1, "y1": 1, "x2": 4, "y2": 5}),
    picture("b.jpg", annotated(2, annopoints=NOTHING), annotated(3, objpos=NOTHING)),
    picture("test.jpg", {"scale": 2.0, "objpos": struct({"x": 51, "y": 61})}, {"scale": 1.0, "objpos": NOTHING}),
]
TRAINING = np.array([[1, 1, 1, 1, 0]])
ACTIVITIES = [
    {"cat_name": "sports", "act_name": "curling", "act_id": 1}, {"act_id": -1}, {"act_id": -1},
    {"cat_name": "home", "act_id": 3}, {"act_id": -1},
]  # fmt: skip


def released(root, pictures=PICTURES, flags=TRAINING, **changes):
    content = {
        "annolist": struct(*pictures), "img_train": flags, "act": struct(*ACTIVITIES).T,
        "single_person": cells(np.array([[2]]), NOTHING, NOTHING, np.array([[1], [2]]), np.array([[1]])),
    }  # fmt: skip
    (root / "annotations").mkdir()
    path = root / "annotations" / "mpii_human_pose_v1_u12_1.mat"
    scipy.io.savemat(path, {"RELEASE": struct(content | changes)})
    return root


def test_every_annotated_person_is_a_row(tmp_path):
    people = read_mpii(released(tmp_path), split="train")
    assert people.skeleton == MPII_16 and len(people) == 3
    assert people.keys.tolist() == ["images/a.jpg", "images/a.jpg", "images/b.jpg"]
    assert people.persons.tolist() == [0, 1, 1]
    assert people.actions.tolist() == ["sports/curling", "sports/curling", "home"]
    np.testing.assert_allclose(people.joints_px[0], coordinates(0) - 1, atol=1e-4)
    assert people.known_px[0].all() and np.flatnonzero(people.known_px[1]).tolist() == [3, 6]
    assert np.flatnonzero(~people.is_visible[0]).tolist() == [0, 2]
    assert not people.known_m.any()


def test_head_sizes_and_boxes(tmp_path):
    people = read_mpii(released(tmp_path), split="train")
    np.testing.assert_allclose(people.head_sizes_px, 0.6 * 50, rtol=1e-6)
    assert not people.is_flawed.any()
    assert people.boxes_px[0].tolist() == [50, 150, 300, 300]
    low, high = coordinates(3).min(axis=0) - 1, coordinates(3).max(axis=0) - 1
    np.testing.assert_allclose(people.boxes_px[2], [*low, *(high - low)], atol=1e-3)


def test_people_without_joints_are_counted(tmp_path):
    people = read_mpii(released(tmp_path), split="train")
    assert len(people.skipped) == 1 and "v1_u12_1.mat': left out 2 people without joints" in people.skipped[0]


def test_people_of_the_test_have_places_only(tmp_path):
    people = read_mpii(released(tmp_path), split="test")
    assert people.pictures.tolist() == ["images/test.jpg"] and not people.known_px.any() and not people.skipped
    assert people.boxes_px.tolist() == [[-150, -140, 400, 400]]
    assert people.head_sizes_px.tolist() == [0] and people.is_flawed.tolist() == [True]


def test_people_who_stand_apart_can_be_asked_for(tmp_path):
    people = read_mpii(released(tmp_path), split="train", only_separated=True)
    assert list(zip(people.pictures, people.persons, strict=True)) == [("images/a.jpg", 1), ("images/b.jpg", 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"act": NOTHING, "single_person": NOTHING},
        {"act": "none", "single_person": 3},
    ],
)
def test_further_fields_may_be_missing(tmp_path, changes):
    people = read_mpii(released(tmp_path, **changes), split="train")
    assert set(people.actions) == {""} and len(people) == 3


def test_points_may_lack_flags_and_bear_nonsense(tmp_path):
    found = struct(
        {"x": 5, "y": 6, "id": 0}, {"x": np.nan, "y": 6, "id": 1}, {"x": 5, "y": 6, "id": 16},
        {"x": 5, "y": 6, "id": 2.5}, {"x": "text", "y": 6, "id": 4}, {"x": 5, "y": 6}, {"x": 1e300, "y": 6, "id": 5},
        {"x": 9, "y": 9, "id": 15},
    )  # fmt: skip
    rect = annotated(0, annopoints=struct({"point": found}), scale=1e300, x1=-1e300, y2=np.inf)
    root = released(tmp_path, [picture("a.jpg", rect), *PICTURES[1:]])
    people = read_mpii(root, split="train").select(slice(1))
    assert np.flatnonzero(people.known_px[0]).tolist() == np.flatnonzero(people.is_visible[0]).tolist() == [0, 15]
    assert people.joints_px[0, 0].tolist() == [4, 5] and people.boxes_px.tolist() == [[4, 5, 4, 3]]
    assert people.is_flawed.tolist() == [True]


@pytest.mark.parametrize(
    "changes",
    [
        {"annolist": NOTHING},
        {"annolist": struct({"image": 1})},
        {"img_train": np.ones((1, 3))},
        {"img_train": "train"},
    ],
)
def test_other_structures_are_refused(tmp_path, changes):
    with pytest.raises(InputError, match=r"v1_u12_1\.mat' holds no 'RELEASE'"):
        read_mpii(released(tmp_path, **changes), split="train")


def test_pictures_without_name_are_passed_over(tmp_path):
    broken = [{"image": NOTHING, "annorect": struct(annotated(0))}, *PICTURES[1:]]
    assert read_mpii(released(tmp_path, broken), split="train").pictures.tolist() == ["images/b.jpg"]


def test_nobody_at_all_is_named(tmp_path):
    with pytest.raises(InputError, match="has no people of MPII in that split"):
        read_mpii(released(tmp_path, flags=1 - np.zeros_like(TRAINING)), split="test")


@pytest.mark.parametrize("content", [b"", b"no mat"])
def test_damaged_files_are_named(tmp_path, content):
    (tmp_path / "mpii_human_pose_v1_u12_1.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"mpii_human_pose_v1_u12_1\.mat'"):
        read_mpii(tmp_path, split="train")


def missing_joint():
    joints = coordinates(1)
    joints[4] = -1
    return exported(1, "a.jpg", joints=joints.tolist(), joints_vis=[1] * 4 + [0] + [1] * 11)


def test_validation_people_come_from_an_export(tmp_path):
    people = read_mpii(written(tmp_path, [exported(0, "a.jpg"), missing_joint(), exported(2, "b.jpg")]))
    assert people.keys.tolist() == ["images/a.jpg", "images/a.jpg", "images/b.jpg"]
    assert people.persons.tolist() == [0, 1, 0] and people.head_sizes_px is None
    np.testing.assert_allclose(people.joints_px[0], coordinates(0) - 1, atol=1e-4)
    assert people.boxes_px[0].tolist() == [50, 150, 300, 300]
    assert np.flatnonzero(~people.known_px[1]).tolist() == [4] and not people.joints_px[1, 4].any()


def test_heads_lie_beside_an_export(tmp_path):
    root = written(tmp_path, [exported(0, "a.jpg"), exported(1, "b.jpg", scale="1"), exported(2, "c.jpg")])
    boxes = np.zeros((2, 2, 3))
    boxes[1] = [[30, 0, 60], [40, 0, 80]]
    scipy.io.savemat(root / "annot/gt_valid.mat", {"headboxes_src": boxes})
    people = read_mpii(root)
    np.testing.assert_allclose(people.head_sizes_px, [30, 60])
    assert len(people.skipped) == 1 and "number 1): their 'scale' is no number" in people.skipped[0]
    scipy.io.savemat(root / "annot/gt_valid.mat", {"headboxes_src": boxes[..., :2]})
    people = read_mpii(root)
    assert people.head_sizes_px is None and "wanted is (2, 2, 3)" in people.skipped[1]


def test_validation_pictures_are_no_training_pictures(tmp_path):
    root = written(released(tmp_path), [exported(0, "a.jpg")])
    assert read_mpii(root, split="train").pictures.tolist() == ["images/b.jpg"]
    assert read_mpii(root, split="val").pictures.tolist() == ["images/a.jpg"]


def test_exports_of_both_splits_are_told_apart(tmp_path):
    def own(name, is_validation):
        joints = [[*joint, 1] for joint in coordinates(0).tolist()]
        joints[7] = [0, 0, 0]
        return {
            "img_paths": name, "joint_self": joints, "isValidation": is_validation, "objpos": [201, 301],
            "scale_provided": 1.5,
        }  # fmt: skip

    root = written(tmp_path, [own("a.jpg", 0.0), own("b.jpg", 1.0)], "mpii_annotations.json")
    assert read_mpii(root, split="train").pictures.tolist() == ["images/a.jpg"]
    people = read_mpii(root, split="val")
    assert people.pictures.tolist() == ["images/b.jpg"]
    assert np.flatnonzero(~people.known_px[0]).tolist() == [7]
    with pytest.raises(InputError, match="split 'test'"):
        read_mpii(root, split="test")


def test_an_export_of_the_test_has_no_joints(tmp_path):
    people = read_mpii(
        written(tmp_path, [exported(0, "a.jpg", joints=None, joints_vis=None)], "annot/test.json"), split="test"
    )
    assert len(people) == 1 and not people.known_px.any() and people.boxes_px[0].tolist() == [50, 150, 300, 300]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (3, "no records"),
        (exported(0, None), "no 'image'"),
        (exported(0, "/"), "no 'image'"),
        (exported(0, "a.jpg", joints=[[1, 2]] * 15), "their joints are not 16 pairs"),
        (exported(0, "a.jpg", joints=[[1, 2]] * 15 + [[1, float("nan")]]), "their joints are not 16 pairs"),
        (exported(0, "a.jpg", joints=[["1", 2]] * 16), "their joints are not 16 pairs"),
        (exported(0, "a.jpg", joints_vis=[1] * 3), "with a flag each"),
        (exported(0, "a.jpg", center=[1]), "their 'center' is no x and y"),
        (exported(0, "a.jpg", scale=float("inf")), "their 'scale' is no number"),
        (exported(0, "a.jpg", scale=10**400), "their 'scale' is no number"),
    ],
)
def test_broken_entries_are_named_and_the_others_go_on(tmp_path, entry, fault):
    people = read_mpii(written(tmp_path, [entry, exported(1, "b.jpg")]))
    assert people.pictures.tolist() == ["images/b.jpg"]
    assert len(people.skipped) == 1 and fault in people.skipped[0] and "left out 1 of 'the people'" in people.skipped[0]
    with pytest.raises(InputError, match=r"valid\.json': left out 1"):
        read_mpii(written(tmp_path, [entry]))


@pytest.mark.parametrize("content", ["", "{", "{}", "[" * 100_000])
def test_files_that_are_no_export_are_named(tmp_path, content):
    with pytest.raises(InputError, match=r"annot/valid\.json'.*wanted is a list of people") as error:
        read_mpii(written(tmp_path, content))
    assert "\n" not in str(error.value)


def test_pictures_do_not_lead_out_of_their_folder(tmp_path):
    people = read_mpii(written(tmp_path, [exported(0, "../../secret.jpg"), exported(0, "/etc/a.jpg")]))
    assert people.pictures.tolist() == ["images/secret.jpg", "images/a.jpg"]


def test_other_folders_are_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_mpii(tmp_path / "none")
    (tmp_path / "MuCo-3DHP.json").touch()
    with pytest.raises(InputError, match="this looks like MuCo-3DHP"):
        read_mpii(tmp_path, split="train")


def test_settings_that_make_no_sense_are_refused(tmp_path):
    root = released(tmp_path)
    with pytest.raises(SettingError, match="no split 'dev'"):
        read_mpii(root, split="dev")
    with pytest.raises(InputError, match=r"holds no MPII of the split 'val': wanted is annot/valid\.json"):
        read_mpii(root)
    with pytest.raises(SettingError, match="who stands apart"):
        read_mpii(root, split="val", only_separated=True)
