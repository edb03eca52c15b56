"""`maquette.predict`: the result of the command line, pictures streamed, and detectors closed by their owners."""

import importlib.util

import numpy as np
import pytest
from dotted_people import DotEstimator, EverybodyEstimator, RoughDetector, dotted_joints, dotted_picture
from PIL import Image
from walk_fixtures import StubDetector

import maquette
from maquette.cli import main
from maquette.errors import InputError, SettingError
from maquette.io.pictures import open_pictures

STEPS = [dotted_joints((90 + 3 * t, 110), 1.1) for t in range(4)]


@pytest.fixture
def dots(tmp_path):
    """A folder of pictures of a dotted person."""
    folder = tmp_path / "dots"
    folder.mkdir()
    for index, joints in enumerate(STEPS):
        Image.fromarray(dotted_picture([joints], (240, 240))).save(folder / f"{index}.png")
    return folder


def test_a_video_gives_the_file_of_the_command_line(clip, walk, stub, tmp_path):
    detector = stub(walk)
    estimate = maquette.predict(str(clip), detector="stub", height_m=1.78)
    assert detector.shown == 5 and detector.is_closed
    detector.shown = 0
    out = tmp_path / "out"
    arguments = ("predict", clip, "--detector", "stub", "--height", 1.78, "--out", out, "--format", "npz")
    assert main([str(argument) for argument in arguments]) == 0
    (saved,) = estimate.save(tmp_path / "saved.npz")
    assert saved.read_bytes() == (out / "clip.npz").read_bytes()
    assert repr(estimate).startswith("Estimate: 1 person, 5 frames, 0.13 s")


def test_drawings_take_the_pictures_again_from_the_disk(clip, walk, stub, tmp_path):
    stub(walk)
    estimate = maquette.predict(clip, detector="stub")
    estimate.save(tmp_path / "overlay.mp4")
    assert len(list(open_pictures(tmp_path / "overlay.mp4").frames())) == 5
    clip.unlink()
    with pytest.raises(InputError, match=r"clip\.mp4"):
        estimate.save(tmp_path / "page.html")


def test_pictures_are_given_to_the_detector_one_at_a_time(clip, walk, monkeypatch):
    """No frame is decoded before the one before it has been looked at."""
    detector, decoded = StubDetector(walk), []
    source = open_pictures(clip)
    frames = source.frames

    def counted():
        for frame in frames():
            decoded.append(detector.shown)
            yield frame

    monkeypatch.setattr(source, "frames", counted)
    monkeypatch.setattr("maquette.api.predict.open_pictures", lambda path, fps, is_strict: source)
    maquette.predict(clip, detector=detector)
    assert decoded == [0, 1, 2, 3, 4]


def test_a_detector_that_is_open_stays_open(clip, walk):
    detector = StubDetector(walk)
    for _ in range(2):
        maquette.predict(clip, detector=detector)
    assert detector.shown == 10 and not detector.is_closed


def test_a_method_that_is_open_keeps_its_own_detector_open(dots, refuses):
    method = EverybodyEstimator()
    for _ in range(2):
        estimate = maquette.predict(dots, method=method)
        np.testing.assert_allclose(estimate.keypoints.joints[:, 0], np.stack(STEPS), atol=0.5)
    assert not method.reads.detector.is_closed
    with refuses(SettingError, "`detector` is not used: the method 'everybody' finds people itself"):
        maquette.predict(dots, method=method, detector="mediapipe")
    with refuses(SettingError, "`detector_model` is not used"):
        maquette.predict(dots, method=method, detector_model="model.task")


def test_a_top_down_method_reads_where_the_detector_finds_people(dots):
    detector = RoughDetector([[joints] for joints in STEPS])
    estimate = maquette.predict(dots, method=DotEstimator(), detector=detector)
    assert (estimate.method, estimate.detector) == ("dots", "rough") and not detector.is_closed
    np.testing.assert_allclose(estimate.keypoints.joints[:, 0], np.stack(STEPS), atol=0.5)


def test_people_are_looked_at_twice_and_in_the_mirror_if_that_is_asked(dots):
    method = DotEstimator()
    detector = RoughDetector([[joints] for joints in STEPS])
    estimate = maquette.predict(dots, method=method, detector=detector, flip=True, looks=2)
    assert len(method.reads.network.batches) == 4 * len(STEPS)
    assert any("and its mirror image by dots, each person looked at 2 times" in note for note in estimate.notes)


def test_progress_is_told_stage_by_stage(clip, walk):
    reported = []
    maquette.predict(clip, detector=StubDetector(walk), progress=lambda *step: reported.append(step))
    assert reported[:6] == [("finding people with stub", done, 5) for done in range(6)]
    assert reported[6] == ("lifting to 3D", 0, None) and ("lifting to 3D", 5, 5) in reported


def test_independent_frames_are_asked_of_the_detector(clip, walk, monkeypatch):
    asked = []

    def opened(name, *, model, video, most_persons):
        asked.append((name, video))
        return StubDetector(walk)

    monkeypatch.setattr("maquette.api.finder.open_detector", opened)
    maquette.predict(clip)
    maquette.predict(clip, independent_frames=True)
    assert asked == [("mediapipe", True), ("mediapipe", False)]


class TestRefusals:
    def test_pictures_of_another_size(self, clip, refuses):
        with refuses(SettingError, "`image_size` 640x480 contradicts", "which is 960x540"):
            maquette.predict(clip, image_size=(640, 480))

    def test_a_camera_for_other_pictures_before_anybody_is_looked_for(self, clip, walk, tmp_path, refuses):
        (tmp_path / "cam.json").write_text('{"focal_px": 900, "image_size": [720, 1280]}')
        detector = StubDetector(walk)
        with refuses(InputError, "cam.json", "proportions"):
            maquette.predict(clip, detector=detector, camera=tmp_path / "cam.json")
        assert detector.shown == 0

    def test_a_model_for_a_detector_that_is_open(self, clip, walk, refuses):
        with refuses(SettingError, "`detector_model` is not used: 'stub' is open already"):
            maquette.predict(clip, detector=StubDetector(walk), detector_model="model.onnx")

    def test_a_number_of_people_for_who_is_not_asked(self, clip, walk, refuses):
        with refuses(SettingError, "`max_persons` is not used: 'stub' is open already"):
            maquette.predict(clip, detector=StubDetector(walk), max_persons=2)
        with refuses(SettingError, "`max_persons` is not used: the method 'everybody' finds people itself"):
            maquette.predict(clip, method=EverybodyEstimator(), max_persons=2)

    @pytest.mark.parametrize("count", [0, -3])
    def test_a_number_of_people_without_sense(self, clip, count, refuses):
        with refuses(SettingError, f"`max_persons` {count} makes no sense; give a number from 1 up"):
            maquette.predict(clip, max_persons=count)

    def test_a_detector_without_its_model(self, clip, refuses):
        with refuses(SettingError, "give an RTMPose or RTMO file as `detector_model`"):
            maquette.predict(clip, detector="rtmpose")

    def test_a_closer_look_by_methods_that_see_no_crops(self, clip, walk, refuses):
        for closer in ({"flip": True}, {"looks": 2}):
            with refuses(SettingError, "is not used: the method 'track-lifting' does not look at people one by one"):
                maquette.predict(clip, detector=StubDetector(walk), **closer)
        with refuses(SettingError, "`looks` 0 makes no sense"):
            maquette.predict(clip, detector=StubDetector(walk), looks=0)

    def test_nobody_in_the_pictures(self, clip, refuses):
        with refuses(InputError, "found 0 people in 5 pictures with the detector 'stub'"):
            maquette.predict(clip, detector=StubDetector(None))

    def test_a_file_that_is_absent(self, refuses):
        with refuses(InputError, "absent.mp4: there is no such file"):
            maquette.predict("absent.mp4")


@pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed")
def test_the_real_detector_finds_the_walking_person(clip, walk):
    estimate = maquette.predict(clip)
    ankles = estimate.keypoints.skeleton.indices("l_ankle", "r_ankle")
    away = estimate.keypoints.joints[:, 0, ankles] - walk.joints[:5, 0, walk.skeleton.indices("l_ankle", "r_ankle")]
    assert estimate.detector == "mediapipe" and np.median(np.linalg.norm(away, axis=-1)) < 25


def test_photographs_of_a_folder_are_no_clip_unless_one_says_so(walk, tmp_path):
    for name in ("beach", "party"):
        Image.fromarray(np.zeros((*walk.image_size[::-1], 3), np.uint8)).save(tmp_path / f"{name}.png")
    with pytest.raises(InputError, match="set `clip`"):
        maquette.predict(tmp_path, detector=StubDetector(walk))
    assert maquette.predict(tmp_path, detector=StubDetector(walk), clip=True).poses.frame_count == 2


def test_a_focal_length_and_a_pitch_are_taken_for_the_camera(walk, clip):
    estimate = maquette.predict(clip, detector=StubDetector(walk), camera_pitch_deg=10.0, focal_px=1000.0)
    np.testing.assert_allclose(estimate.poses.up, [0, -np.cos(np.radians(10)), -np.sin(np.radians(10))], atol=1e-6)
    assert estimate.poses.root is None and not any("lens unknown" in note for note in estimate.notes)
    tilted = maquette.predict(clip, detector=StubDetector(walk), camera_pitch_deg=10.0)
    assert tilted.poses.root is not None and any("lens unknown" in note for note in tilted.notes)
