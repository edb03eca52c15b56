import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from made_estimates import an_estimate, with_uncertainty

from maquette.errors import InputError
from maquette.io.record import estimate_to_record
from maquette.io.results import read_estimate, write_estimate


def a_record() -> dict[str, np.ndarray]:
    return estimate_to_record(with_uncertainty(an_estimate()))


def changed(name, change):
    def apply(record):
        record[name] = change(np.array(record[name]))

    return apply


def removed(name):
    return lambda record: record.pop(name)


def filled(value):
    def apply(array):
        array[...] = value
        return array

    return apply


BAD_RECORDS = {
    "no version": (removed("format_version"), "lacks format_version"),
    "no joints": (removed("joints"), "lacks joints"),
    "newer version": (changed("format_version", filled(2)), "format version is 2"),
    "version of letters": (changed("format_version", lambda _: np.array("one")), "format version is one"),
    "long version": (changed("format_version", lambda _: np.arange(99)), "format version is"),
    "joints of another shape": (changed("joints", lambda a: a[:, :, :5]), "'joints' has the shape"),
    "joints in the plane": (changed("joints", lambda a: a[..., :2]), "'joints' has the shape"),
    "joints as whole numbers": (
        changed("joints", lambda a: np.zeros(a.shape, int)),
        "'joints' holds values of the type",
    ),
    "mask of numbers": (changed("mask", lambda a: a.astype(int)), "'mask' holds values of the type"),
    "observed joints as numbers": (changed("is_observed", lambda a: a.astype(int)), "'is_observed' holds values of"),
    "observed joints of another shape": (changed("is_observed", lambda a: a[:, :, :5]), "'is_observed' has the shape"),
    "doubt for each joint": (changed("is_doubtful", lambda a: np.ones((*a.shape, 17), bool)), "'is_doubtful' has the"),
    "one time too few": (changed("times", lambda a: a[1:]), "'parents'|'joints' has the shape"),
    "NaN that is marked as known": (changed("mask", filled(True)), "'joints' holds a value that is no finite number"),
    "infinite joints": (changed("joints", filled(np.inf)), "'joints' holds a value that is no finite number"),
    "endless joints": (
        changed("joints", lambda a: np.full(a.shape, 1e300)),
        "'joints' holds a value that is no finite",
    ),
    "infinite keypoints": (changed("joints2d", filled(np.inf)), "'joints2d' holds a value that is no finite number"),
    "NaN confidence": (changed("confidence", filled(np.nan)), "'confidence' holds a value that is no finite number"),
    "NaN uncertainty": (changed("uncertainty", filled(np.nan)), "'uncertainty' holds a value that is no finite"),
    "sure beyond doubt": (changed("confidence", filled(7)), "'confidence' holds 7; wanted are 0 to 1"),
    "less than unsure": (changed("confidence2d", filled(-0.5)), "'confidence2d' holds -0.5; wanted are 0 to 1"),
    "negative uncertainty": (
        changed("uncertainty", filled(-0.1)),
        "'uncertainty' holds -0.1; wanted are metres from 0",
    ),
    "times that stand": (changed("times", filled(1.0)), "times of the frames"),
    "NaN times": (changed("times", filled(np.nan)), "times of the frames"),
    "same person twice": (changed("person_ids", filled(1)), "person ids must differ"),
    "joint named twice": (changed("joint_names", filled("pelvis")), "names must be given"),
    "parents in a circle": (changed("parents", filled(0)), "one root"),
    "parent outside": (changed("parents", lambda a: a + (a > 0) * 99), "outside"),
    "unknown unit": (changed("unit", lambda _: np.array("inch")), "'unit' is 'inch', wanted is one of m, cm, mm"),
    "unknown frame": (changed("frame", lambda _: np.array("x" * 9999)), "'frame' is 'xxx"),
    "unknown root": (changed("root", lambda _: np.array("tail")), "has no joint 'tail'"),
    "empty picture": (changed("image_size", filled(0)), "'image_size' is 0x0"),
    "numbers as notes": (changed("notes", lambda _: np.arange(2)), "'notes' holds values"),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_npz_that_makes_no_sense_is_refused(tmp_path, name):
    spoil, words = BAD_RECORDS[name]
    record = a_record()
    spoil(record)
    np.savez(tmp_path / "a.npz", **record)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=words) as caught:
        read_estimate(tmp_path / "a.npz")
    assert "a.npz" in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 400


class Bomb:
    """Something that would run code if it were unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("the file was unpickled",))


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def npy(array, **settings) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **settings)
    return buffer.getvalue()


def npy_of_shape(shape: str) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(8)


BAD_NPZ = {
    "empty": b"",
    "text": b"hello",
    "single array": npy(np.zeros(3)),
    "pickle": pickle.dumps(Bomb()),
    "pickled array": npy(np.array([Bomb()], dtype=object), allow_pickle=True),
    "pickle within": zipped(joints=npy(np.array([Bomb()], dtype=object), allow_pickle=True)),
    "endless array": zipped(joints=npy_of_shape("(99999999999999, 99999)")),
    "negative array": zipped(joints=npy_of_shape("(-5,)")),
    "code as header": zipped(joints=npy_of_shape("__import__('os')")),
    "no array within": zipped(joints=b"hello"),
    "nothing within": zipped(),
    "other archive": zipped(positions=npy(np.zeros(3))),
}


@pytest.mark.parametrize("name", BAD_NPZ)
def test_files_that_are_no_result_archives_are_refused(tmp_path, name):
    (tmp_path / "a.npz").write_bytes(BAD_NPZ[name])
    with pytest.raises(InputError, match=r"a\.npz"):
        read_estimate(tmp_path / "a.npz")


def test_truncated_results_are_refused(tmp_path):
    for format_name in ("npz", "json"):
        path = tmp_path / f"a.{format_name}"
        write_estimate(an_estimate(), path, format_name)
        content = path.read_bytes()
        for length in range(0, len(content) - 3, len(content) // 20):
            path.write_bytes(content[:length])
            with pytest.raises(InputError):
                read_estimate(path)


def test_archives_that_unpack_without_end_are_refused(tmp_path, monkeypatch):
    write_estimate(an_estimate(), tmp_path / "a.npz", "npz")
    monkeypatch.setattr("maquette.io.npz._MOST_BYTES", 1000)
    with pytest.raises(InputError, match="too much for a result"):
        read_estimate(tmp_path / "a.npz")


def json_change(*path, value):
    def apply(content):
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return apply


PERSON = ("frames", 0, "people", 0)


def twice(people):
    people.append(people[0])


BAD_JSON = {
    "other format": (json_change("format", value="coco"), "'format'"),
    "newer version": (json_change("version", value=2), "format version is 2"),
    "no skeleton": (lambda content: content.pop("skeleton"), "skeleton"),
    "skeleton of text": (json_change("skeleton", value="h36m_17"), "wrong kind"),
    "names of numbers": (json_change("skeleton", "joint_names", value=list(range(17))), "'joint_names'"),
    "nested names": (json_change("skeleton", "joint_names", value=[["a"], ["b", "c"]]), "wrong kind"),
    "frames of text": (json_change("frames", value="none"), "wrong kind"),
    "frames of numbers": (json_change("frames", value=[1, 2]), "wrong kind"),
    "time of text": (json_change("frames", 0, "time_s", value="0"), "'times'"),
    "falling time": (json_change("frames", 0, "time_s", value=99), "times"),
    "stranger": (json_change(*PERSON, "id", value=99), "wrong kind"),
    "person without id": (lambda content: content["frames"][0]["people"][0].pop("id"), "'id'"),
    "person twice in a frame": (
        lambda content: twice(content["frames"][0]["people"]),
        "frame 0 holds one person twice",
    ),
    "list as id": (json_change(*PERSON, "id", value=[1]), "wrong kind"),
    "too few joints": (json_change(*PERSON, "joints", value=[None] * 16), "17 entries"),
    "flat joints": (json_change(*PERSON, "joints", value=[[0, 0]] * 17), "17 entries"),
    "joints of text": (json_change(*PERSON, "joints", value=[["0", "0", "0"]] * 17), "17 entries"),
    "uneven joints": (json_change(*PERSON, "joints", value=[[0, 0, 0]] * 16 + [[0]]), "wrong kind"),
    "endless joints": (json_change(*PERSON, "joints", value=[[1e300, 0, 0]] * 17), "no finite number"),
    "huge whole numbers": (json_change(*PERSON, "joints", value=[[10**400, 0, 0]] * 17), "17 entries"),
    "known joint without confidence": (json_change(*PERSON, "confidence", value=[None] * 17), "no finite number"),
    "too few marks": (json_change(*PERSON, "is_observed", value=[True] * 16), "17 entries of true or false"),
    "doubt of text": (json_change(*PERSON, "is_doubtful", value="no"), "one entry of true or false"),
    "doubt for each joint": (json_change(*PERSON, "is_doubtful", value=[True] * 17), "one entry of true or false"),
    "marks of numbers": (json_change(*PERSON, "is_observed", value=[1] * 17), "17 entries of true or false"),
    "notes as text": (json_change("notes", value="one"), "'notes'"),
    "scale as text": (json_change("scale_known", value="yes"), "'scale_known'"),
    "size of three": (json_change("image_size", value=[1, 2, 3]), "'image_size'"),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_json_that_makes_no_sense_is_refused(tmp_path, name):
    write_estimate(an_estimate(), tmp_path / "a.json", "json")
    content = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    spoil, words = BAD_JSON[name]
    spoil(content)
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=words) as caught:
        read_estimate(tmp_path / "a.json")
    assert "a.json" in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "null", "{}", '{"format": NaN}', "[" * 200000, b"\xff\xfe\x00", '{"format": "maquette.poses"}'],
)
def test_files_that_are_no_result_json_are_refused(tmp_path, text):
    (tmp_path / "a.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=r"a\.json"):
        read_estimate(tmp_path / "a.json")


def test_json_that_claims_too_many_joints_is_refused(tmp_path, monkeypatch):
    write_estimate(an_estimate(), tmp_path / "a.json", "json")
    monkeypatch.setattr("maquette.io.json_result._MOST_JOINTS", 6 * 2 * 17 - 1)
    with pytest.raises(InputError, match="claims 6 frames, 2 persons and 17 joints"):
        read_estimate(tmp_path / "a.json")
