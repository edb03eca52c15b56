"""Predicted and true poses of clips: checked, written, read back; bad files refused."""

import pickle

import numpy as np
import pytest
from moving_people import clips_with, made_clips

from maquette.body.catalog import MPII_16
from maquette.errors import ConventionError, InputError
from maquette.methods.temporal.clips import ClipPoses, read_clip_poses, write_clip_poses

ARRAYS = ("predicted", "true", "known")


def alike(first: ClipPoses, second: ClipPoses) -> bool:
    same = all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ARRAYS)
    return same and (first.skeleton, first.fps, first.subjects) == (second.skeleton, second.fps, second.subjects)


@pytest.fixture
def content(tmp_path):
    """The arrays of a good file, to be spoilt."""
    write_clip_poses(made_clips(3, 20), tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz", allow_pickle=False) as file:
        return dict(file)


def test_clips_come_back_as_they_were_written(tmp_path):
    clips = made_clips(3, 20)
    write_clip_poses(clips, tmp_path / "clips.npz")
    assert alike(read_clip_poses(tmp_path / "clips.npz"), clips)


def test_a_folder_is_read_as_one_with_short_clips_padded(tmp_path):
    long, short = made_clips(2, 30), made_clips(3, 20)
    write_clip_poses(long, tmp_path / "a.npz")
    write_clip_poses(short, tmp_path / "b.npz")
    both = read_clip_poses(tmp_path)
    assert both.known.shape == (5, 30) and both.known.sum() == 2 * 30 + 3 * 20
    assert both.subjects == long.subjects + short.subjects
    np.testing.assert_array_equal(both.predicted[2:, :20], short.predicted)


def test_subjects_can_be_held_out():
    clips = made_clips(4, 20)
    rest, held = clips.split_by({clips.subjects[1]})
    assert held.subjects == (clips.subjects[1],) and len(rest.known) == 3
    np.testing.assert_array_equal(held.true[0], clips.true[1])
    with pytest.raises(ConventionError, match="do not name their subjects"):
        clips_with(clips.predicted, clips.true).split_by({"subject_0"})


def test_what_is_unknown_may_hold_anything_and_is_not_written(tmp_path):
    clips = made_clips(2, 20)
    known, predicted = clips.known.copy(), clips.predicted.copy()
    known[0, 5], predicted[0, 5] = False, np.nan
    write_clip_poses(clips_with(predicted, clips.true, known=known), tmp_path / "clips.npz")
    assert not read_clip_poses(tmp_path / "clips.npz").predicted[0, 5].any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"skeleton": MPII_16}, "must have the shape"),
        ({"known": np.ones((2, 9), bool)}, "must have the shape"),
        ({"fps": float("nan")}, "frames per second make no sense"),
        ({"fps": 0.0}, "frames per second make no sense"),
        ({"subjects": ("one",)}, "1 subjects for 2 clips"),
    ],
)
def test_clips_that_make_no_sense_are_refused(changes, words, unchecked_shapes):
    poses = np.zeros((2, 8, 17, 3))
    with pytest.raises(ConventionError, match=words):
        clips_with(poses, poses, **changes)


@pytest.mark.parametrize(("value", "words"), [(np.nan, "not finite"), (850.0, "give metres")])
def test_known_poses_must_be_finite_metres(value, words):
    poses = np.zeros((2, 8, 17, 3))
    spoilt = poses.copy()
    spoilt[1, 3, 4, 0] = value
    for predicted, true in ((spoilt, poses), (poses, spoilt)):
        with pytest.raises(ConventionError, match=words):
            clips_with(predicted, true)


def change(name, value):
    return lambda arrays: arrays.update({name: value})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda arrays: arrays.pop("known"), "holds no predicted and true poses"),
        (lambda arrays: arrays.pop("kind"), "holds no predicted and true poses"),
        (change("kind", np.array("something else")), "holds no predicted and true poses"),
        (change("skeleton", np.array("octopus")), "octopus"),
        (change("skeleton", np.array("mpii_16")), "shape"),
        (change("predicted", np.zeros((3, 20, 17, 3), np.int32)), "must be numbers"),
        (change("predicted", np.full((3, 20, 17, 3), "text")), "must be numbers"),
        (change("true", np.zeros((3, 20, 51))), "wanted are 'predicted' and 'true'"),
        (change("true", np.zeros((3, 19, 17, 3))), "shape"),
        (change("known", np.ones((3, 20))), "true or false"),
        (change("known", np.ones(3, bool)), "wanted are 'predicted' and 'true'"),
        (change("fps", np.array([25.0, 25.0])), "one number 'fps'"),
        (change("fps", np.array(np.inf)), "frames per second"),
        (change("fps", np.array("25")), "must be numbers"),
        (change("subjects", np.array(["a"])), "1 subjects for 3 clips"),
        (change("true", np.full((3, 20, 17, 3), np.nan)), "not finite"),
    ],
)
def test_bad_content_is_refused_in_one_sentence(tmp_path, content, spoil, words, unchecked_shapes):
    spoil(content)
    np.savez(tmp_path / "bad.npz", **content)
    with pytest.raises(InputError, match=words) as refusal:
        read_clip_poses(tmp_path / "bad.npz")
    assert str(refusal.value).count("bad.npz") == 1 and "\n" not in str(refusal.value)


class Trap:
    """Raises an alarm when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a user's file was unpickled",))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", bytes(range(256)), pickle.dumps(Trap())])
def test_garbage_is_refused(tmp_path, data):
    (tmp_path / "bad.npz").write_bytes(data)
    with pytest.raises(InputError, match=r"bad\.npz"):
        read_clip_poses(tmp_path / "bad.npz")


def test_pickles_inside_archives_are_never_opened(tmp_path, content):
    np.savez(tmp_path / "bad.npz", **(content | {"subjects": np.array([Trap()], dtype=object)}))
    with pytest.raises(InputError, match=r"bad\.npz"):
        read_clip_poses(tmp_path / "bad.npz")


def test_truncated_missing_and_endless_files_are_refused(tmp_path, content):
    whole = (tmp_path / "good.npz").read_bytes()
    for length in (10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.npz"):
            read_clip_poses(tmp_path / "cut.npz")
    with pytest.raises(InputError, match="no such file"):
        read_clip_poses(tmp_path / "absent.npz")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no NPZ files"):
        read_clip_poses(tmp_path / "empty")


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    clips = made_clips(2, 20)
    write_clip_poses(clips, tmp_path / "a.npz")
    write_clip_poses(clips_with(clips.predicted, clips.true, fps=50.0, subjects=clips.subjects), tmp_path / "b.npz")
    with pytest.raises(InputError, match="differ in skeleton, rate"):
        read_clip_poses(tmp_path)
