"""`maquette evaluate` on what is wrong: refused in one sentence that names the file, and nothing is made."""

import shutil
import zipfile

import numpy as np
import pytest
from judging import predict, truth_of
from painted_people import painted_picture
from refusal import refused

from maquette.data.shards.files import BLOCK, write_shard

SINGLE = "synthetic-v1-single"
FIRST = {
    "human3.6m": "h36m-martinez-1", "mpi-inf-3dhp": "mpi-inf-3dhp", "mupots-3d": "mupots-all", "3dpw": "3dpw",
    "mpii": "mpii-pckh", "coco": "coco-keypoints", "lsp": "lsp-pck", "synthetic": SINGLE, "mocap": "mocap-lifting",
}  # fmt: skip
"""A protocol for each data set."""


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Four pictures of one person."""
    folder = tmp_path_factory.mktemp("shards")
    write_shard(folder, 0, [painted_picture(1, size=64, seed=seed) for seed in range(4)])
    return folder


@pytest.fixture(scope="module")
def good(shards):
    """Predictions for all of them, as arrays."""
    path = predict(truth_of(shards, SINGLE), SINGLE, shards.parent / "good.npz")
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture
def mine(good, tmp_path):
    """The good predictions in a file of the test's own."""
    np.savez(tmp_path / "mine.npz", **good)
    return tmp_path / "mine.npz"


def check_refused(run, subject, root, protocol, *words):
    """The command refuses with those words and makes nothing."""
    out = subject.parent / "out" / "of this"
    error = refused(run("evaluate", "predictions", subject, "--on", root, "--protocol", protocol, "--out", out))
    for word in words:
        assert str(word).lower() in error, error
    assert not out.parent.exists()


PREDICTIONS = {
    "no joint of ours": ({"skeleton": None, "joint_names": ("head", "tail_tip")}, "no joint 'tail_tip'"),
    "a joint twice": ({"skeleton": None, "joint_names": ("nose", "nose")}, "unique"),
    "no skeleton of ours": ({"joint_names": None, "skeleton": "h36m_19"}, "no skeleton 'h36m_19'; known are"),
    "joints unnamed": ({"joint_names": None, "skeleton": None}, "does not say its joints"),
    "another skeleton": ({"joint_names": None, "skeleton": "h36m_17"}, "'joints_3d' has the shape (4, 41, 3)"),
    "a joint that counts lacks": ({"joint_names": None, "skeleton": "mpii_16", "joints": 16}, "counts nose"),
    "unit unknown": ({"unit": "inch"}, "'unit' is 'inch', wanted is m or cm or mm"),
    "millimetres called metres": ({"joints_3d": lambda joints: joints * 1000}, "correct 'unit'"),
    "far too far": ({"joints_3d": lambda joints: joints * 1e200}, "correct 'unit'"),
    "world frame": ({"frame": "world"}, "'frame' is 'world', wanted is camera"),
    "root unknown": ({"root": "tail"}, "'root' is 'tail', which is none of its joints"),
    "root not given": ({"root": None}, "'root' is missing"),
    "not a number": ({"joints_3d": lambda joints: spoilt(joints, np.nan)}, "first for upper_neck of '000000_000001'"),
    "infinite": ({"joints_3d": lambda joints: spoilt(joints, np.inf)}, "no finite number 1 times"),
    "whole numbers": ({"joints_3d": lambda joints: joints.astype(int)}, "the type int64"),
    "pickled joints": ({"joints_3d": lambda joints: np.array([object()] * 4)}, "allow_pickle=False"),
    "pickled keys": ({"keys": lambda keys: np.array([*keys[:3], None])}, "allow_pickle=False"),
    "keys of something else": ({"keys": lambda keys: np.char.add("images/", keys)}, "like 'images/000000_000000'"),
    "numbers as keys": ({"keys": lambda keys: np.arange(4)}, "'keys' must be a list of text"),
    "too few keys": ({"keys": lambda keys: keys[:3]}, "3 keys and 41 joints want"),
    "a key twice": ({"keys": lambda keys: keys[[0, 1, 2, 2]]}, "more than one prediction for '000000_000002'"),
    "a key lacks": ({"keys": lambda keys: np.array([*keys[:3], "x"])}, "without a prediction: 1 of 4"),
    "no joints": ({"joints_3d": None, "joints_2d": None}, "neither 'joints_3d' nor 'joints_2d'"),
    "joints in the picture alone": ({"joints_3d": None}, "add 'joints_3d'"),
    "persons with a point": ({"persons": lambda persons: persons + 0.5}, "'persons' must hold one finite number"),
    "scores that are none": ({"scores": lambda scores: scores * np.nan}, "'scores' must hold one finite number"),
    "nobody": ({name: lambda rows: rows[:0] for name in ("keys", "joints_3d", "joints_2d", "persons", "scores")},
               "holds no row at all"),
    "letters that steer a terminal": ({"keys": lambda keys: np.char.add("\x1b[31m", keys)}, "'?[31m000000_000000'"),
}  # fmt: skip


def spoilt(joints, value):
    joints[1, 3, 1] = value
    return joints


def changed(good, changes):
    """The arrays of the good predictions with others in their places; functions are applied."""
    arrays = {name: values.copy() for name, values in good.items()}
    joints = changes.get("joints", arrays["joints_3d"].shape[1])
    for name in ("joints_3d", "joints_2d"):
        arrays[name] = arrays[name][:, :joints]
    for name, change in changes.items():
        if name != "joints":
            arrays[name] = change(arrays[name]) if callable(change) else change
    return {name: np.array(values) for name, values in arrays.items() if values is not None}


@pytest.mark.parametrize("case", PREDICTIONS)
def test_bad_predictions_are_refused(case, run, shards, good, tmp_path):
    changes, words = PREDICTIONS[case]
    np.savez(tmp_path / "mine.npz", **changed(good, changes))
    check_refused(run, tmp_path / "mine.npz", shards, SINGLE, "mine.npz", words)


def header(shape):
    """The beginning of an array in a file that claims to be of that shape."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "shape", ["(1000000000000, 41, 3)", f"({2**62}, 41, 3)", "(4, 41, 3)", "(-4, 41, 3)", "__import__('os')"]
)
def test_arrays_that_claim_more_than_there_is_are_refused(shape, run, shards, good, tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **{name: values for name, values in good.items() if name != "joints_3d"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("joints_3d.npy", header(shape) + bytes(100))
    check_refused(run, path, shards, SINGLE, "mine.npz' cannot be read as predictions")


FILES = {"empty": lambda _: b"", "cut off": lambda raw: raw[: len(raw) // 2], "no archive": lambda _: b"words " * 99}


@pytest.mark.parametrize("damage", FILES)
def test_damaged_files_of_predictions_are_refused(damage, run, shards, mine):
    mine.write_bytes(FILES[damage](mine.read_bytes()))
    check_refused(run, mine, shards, SINGLE, "mine.npz' cannot be read as predictions")


def test_a_protocol_misspelt_is_refused_with_those_there_are(run, shards, mine):
    check_refused(run, mine, shards, "synthetic-v1-singel", "no protocol 'synthetic-v1-singel'", "synthetic-v1-single")


def test_a_path_that_no_system_takes_is_refused(run, shards, mine):
    check_refused(run, mine, shards / ("x" * 5000), SINGLE, "File name too long")


@pytest.mark.parametrize("dataset", FIRST)
@pytest.mark.parametrize("kind", ["nothing in it", "a file", "another set"])
def test_places_without_the_data_set_are_refused(dataset, kind, run, datasets, mine, tmp_path):
    if kind == "a file":
        root = tmp_path / "notes.txt"
        root.write_text("words")
    elif kind == "another set":
        root = datasets("mupots-3d" if dataset == "lsp" else "lsp")
    else:
        root = tmp_path / "folder"
        root.mkdir()
    told = {"another set": "this looks like " + ("mupots" if dataset == "lsp" else "lsp")}.get(kind, root.name)
    check_refused(run, mine, root, FIRST[dataset], str(root), told)


ONLY_FILES = {
    "3dpw": "sequenceFiles/test/street_00.pkl",
    "mpii": "annot/valid.json",
    "coco": "annotations/person_keypoints_val2017.json",
    "lsp": "joints.mat",
    "synthetic": "single/people-000000.tar",
}
"""What each of these sets stands and falls with."""


@pytest.mark.parametrize("damage", FILES)
@pytest.mark.parametrize("dataset", ONLY_FILES)
def test_the_one_file_of_a_data_set_is_damaged(dataset, damage, run, datasets, mine, tmp_path):
    root = shutil.copytree(datasets(dataset), tmp_path / "data")
    path = root / ONLY_FILES[dataset]
    path.write_bytes(FILES[damage](path.read_bytes()))
    if dataset == "synthetic":
        root = path.parent
        if damage == "cut off":
            path.write_bytes(path.read_bytes()[:BLOCK])
    check_refused(run, mine, root, FIRST[dataset], path.name)


def test_mpii_without_heads_cannot_be_measured_by_them(run, datasets, mine, tmp_path):
    root = shutil.copytree(datasets("mpii"), tmp_path / "data")
    (root / "annot" / "gt_valid.mat").unlink()
    predict(truth_of(root, "mpii-pckh"), "mpii-pckh", mine)
    check_refused(run, mine, root, "mpii-pckh", "head")
