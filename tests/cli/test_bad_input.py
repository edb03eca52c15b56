"""Whatever a user may bring: one sentence on the error stream, exit code 2, and nothing new in the output folder."""

import json
import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from maquette import extras
from maquette.body.catalog import COCO_17
from maquette.io import npz
from maquette.io.keypoints.own import write_keypoints
from maquette.io.results import read_estimate
from maquette.methods.lifting.weights import bundled_prior, prior_to_bytes

CASES = {}


def case(*words):
    """Files made by the function and the arguments it answers with must be refused with a sentence with ``words``."""

    def listed(function):
        CASES[function.__name__] = (function, words)
        return function

    return listed


def contents(folder):
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def refused(said):
    assert said.code == 2, said
    assert said.err.startswith("maquette: ") and said.err.endswith("\n") and said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err + said.out and len(said.err) < 900
    return said.err.lower()


class Bench:
    """A folder to put bad files in, and what good files there are."""

    def __init__(self, folder, good, example, walk):
        self.folder, self.good, self.example, self.walk = folder, good, example, walk

    def text(self, name, content):
        (self.folder / name).write_text(content, encoding="utf-8")
        return self.folder / name

    def raw(self, name, content):
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def arrays(self, name, **arrays):
        np.savez(self.folder / name, **arrays)
        return self.folder / name

    def own(self, name, **changes):
        """Our own keypoint format with some of its fields changed."""
        with np.load(self.good, allow_pickle=False) as file:
            return self.arrays(name, **({key: file[key] for key in file.files} | changes))

    def video(self, size=None):
        content = (self.example / "walk.mp4").read_bytes()
        return self.raw("video.mp4", content[:size])


@pytest.fixture
def bench(tmp_path, few, example, walk):
    (tmp_path / "in").mkdir()
    return Bench(tmp_path / "in", few, example, walk)


@case("neither a picture nor a video")
def text_that_is_called_a_video(bench):
    return "predict", bench.text("film.mp4", "this is no film\n" * 40)


@case("cut off")
def truncated_video(bench):
    return "predict", bench.video(400)


@case("empty")
def empty_video(bench):
    return "predict", bench.raw("film.mp4", b"")


@case("no such file")
def missing_video(bench):
    return "predict", bench.folder / "absent.mp4"


@case("no picture")
def empty_folder_of_pictures(bench):
    (bench.folder / "none").mkdir()
    return "predict", bench.folder / "none"


@case("differ in size", "b.png")
def pictures_of_different_sizes(bench):
    (bench.folder / "mixed").mkdir()
    for name, size in (("a", (64, 48)), ("b", (48, 32))):
        Image.new("RGB", size).save(bench.folder / "mixed" / f"{name}.png")
    return "predict", bench.folder / "mixed"


@case("damaged")
def truncated_picture(bench):
    Image.effect_noise((200, 200), 50).save(bench.folder / "whole.png")
    return "predict", bench.raw("part.png", (bench.folder / "whole.png").read_bytes()[:2000])


@case("0 people")
def blank_picture(bench):
    Image.new("RGB", (64, 64)).save(bench.folder / "blank.png")
    return "predict", bench.folder / "blank.png"


@case("0 people")
def blank_video_frames(bench):
    (bench.folder / "blank").mkdir()
    for index in range(3):
        Image.new("RGB", (64, 64)).save(bench.folder / "blank" / f"{index}.png")
    return "predict", bench.folder / "blank"


@case("no detector 'openpose'", "mediapipe")
def unknown_detector(bench):
    return "predict", bench.example / "walk.mp4", "--detector", "openpose"


@case("--detector-model")
def detector_without_its_model(bench):
    return "predict", bench.example / "walk.mp4", "--detector", "rtmpose"


@case("no file")
def detector_model_that_is_missing(bench):
    return "predict", bench.example / "walk.mp4", "--detector", "rtmpose", "--detector-model", bench.folder / "x.onnx"


@case("no such file")
def missing_keypoints(bench):
    return "lift", bench.folder / "absent.json"


@case("broken or cut off json")
def unreadable_json(bench):
    return "lift", bench.text("a.json", '{"keypoints": [[[1, 2')


@case("unknown kind")
def json_of_another_tool(bench):
    return "lift", bench.text("package.json", json.dumps({"name": "left-pad", "version": "1.0.0", "scripts": {}}))


@case("nested")
def json_nested_without_end(bench):
    return "lift", bench.text("deep.json", "[" * 200_000 + "]" * 200_000)


@case("no .json or .txt files")
def folder_without_keypoints(bench):
    (bench.folder / "keypoints").mkdir()
    bench.text("keypoints/readme.md", "nothing")
    return "lift", bench.folder / "keypoints"


@case("no files")
def empty_folder_of_keypoints(bench):
    (bench.folder / "keypoints").mkdir()
    return "lift", bench.folder / "keypoints"


@case("is a video", "maquette predict")
def video_instead_of_keypoints(bench):
    return "lift", bench.example / "walk.mp4"


@case("0 people")
def keypoints_that_are_all_nan(bench):
    return "lift", bench.own("nan.npz", keypoints=np.full((6, 1, 17, 2), np.nan))


@case("0 people")
def keypoints_that_are_all_infinite(bench):
    return "lift", bench.own("inf.npz", keypoints=np.full((6, 1, 17, 2), np.inf))


@case("0 people")
def keypoints_without_any_confidence(bench):
    return "lift", bench.own("sure.npz", confidence=np.zeros((6, 1, 17)), mask=np.zeros((6, 1, 17), bool))


@case("six joints")
def keypoints_of_too_few_joints(bench):
    mask = np.zeros((6, 1, 17), bool)
    mask[..., :5] = True
    return "lift", bench.own("face.npz", mask=mask)


@case("19 points")
def keypoints_of_a_wrong_number_of_joints(bench):
    return "lift", bench.own("many.npz", keypoints=np.ones((6, 1, 19, 2)))


@case("three.npz")
def keypoints_of_a_wrong_shape(bench):
    return "lift", bench.own("three.npz", keypoints=np.ones((6, 1, 17, 3)))


@case("pickle")
def keypoints_in_object_arrays(bench):
    return "lift", bench.own("objects.npz", keypoints=np.array([{"a": 1}], dtype=object))


@case("pickle")
def pickled_keypoints(bench):
    return "lift", bench.raw("a.pkl", pickle.dumps({"keypoints": [1, 2, 3]}))


@case("broken or cut off")
def truncated_npz(bench):
    return "lift", bench.raw("cut.npz", bench.good.read_bytes()[:3000])


@case("1280x720", "640x480")
def picture_size_that_contradicts_the_file(bench):
    return "lift", bench.good, "--image-size", "640x480"


@case("--image-size", "widthxheight")
def malformed_picture_size(bench):
    return "lift", bench.good, "--image-size", "1280*720"


@case("--image-size", "widthxheight")
def picture_size_of_zero(bench):
    return "lift", bench.good, "--image-size", "0x720"


@case("1280x720")
def pictures_of_another_size_than_the_keypoints(bench):
    Image.new("RGB", (64, 48)).save(bench.folder / "small.png")
    return "lift", bench.good, "--pictures", bench.folder / "small.png"


@case("--pictures")
def overlay_without_pictures(bench):
    return "lift", bench.good, "--format", "npz,mp4"


@case("frames per second")
def negative_frame_rate(bench):
    return "lift", bench.good, "--fps", "-5"


@case("frames per second")
def frame_rate_of_nan(bench):
    return "predict", bench.example / "walk.mp4", "--fps", "nan"


@case("frames per second")
def infinite_frame_rate(bench):
    return "lift", bench.good, "--fps", "inf"


@case("frame rate")
def absurd_frame_rate(bench):
    return "lift", bench.good, "--fps", "1e300"


@case("--height", "metres")
def height_of_zero(bench):
    return "lift", bench.good, "--height", "0"


@case("--height", "metres")
def height_in_centimetres(bench):
    return "lift", bench.good, "--height", "180"


@case("--height", "metres")
def height_of_nan(bench):
    return "lift", bench.good, "--height", "nan"


@case("no method 'magic'", "lifting")
def unknown_method(bench):
    return "lift", bench.good, "--method", "magic"


@case("--format", "npz")
def unknown_format(bench):
    return "lift", bench.good, "--format", "npz,fbx"


@case("--format")
def no_format(bench):
    return "lift", bench.good, "--format", ","


@case("no skeleton 'octopus'", "coco_17")
def unknown_skeleton(bench):
    return "lift", bench.good, "--skeleton", "octopus"


@case("a.safetensors")
def weights_of_garbage(bench):
    return "lift", bench.good, "--weights", bench.raw("a.safetensors", bytes(range(256)) * 40)


@case("no pose prior")
def weights_of_another_model(bench):
    save_file({"layer.weight": torch.zeros(3, 4)}, bench.folder / "other.safetensors")
    return "lift", bench.good, "--weights", bench.folder / "other.safetensors"


@case("evil.safetensors")
def pickled_weights(bench):
    torch.save({"weight": torch.ones(3)}, bench.folder / "evil.safetensors")
    return "lift", bench.good, "--weights", bench.folder / "evil.safetensors"


@case("cut.safetensors")
def truncated_weights(bench):
    return "lift", bench.good, "--weights", bench.raw("cut.safetensors", prior_to_bytes(bundled_prior())[:5000])


@case("no file")
def missing_weights(bench):
    return "lift", bench.good, "--weights", bench.folder / "absent.safetensors"


@case("no file", "calibration")
def missing_camera(bench):
    return "lift", bench.good, "--camera", bench.folder / "absent.toml"


@case("cam.toml")
def camera_of_garbage(bench):
    return "lift", bench.good, "--camera", bench.raw("cam.toml", b"\xff\xfe\x00 matrix")


@case("no camera")
def camera_file_without_camera(bench):
    return "lift", bench.good, "--camera", bench.text("cam.json", '{"lens": 50}')


@case("not finite")
def camera_with_infinite_numbers(bench):
    return "lift", bench.good, "--camera", bench.text("cam.json", '{"focal_px": Infinity}')


@case("proportions")
def camera_for_other_pictures(bench):
    return "lift", bench.good, "--camera", bench.text("cam.json", '{"focal_px": 900, "image_size": [720, 1280]}')


@case("--camera-name", "--camera")
def camera_name_without_camera(bench):
    return "lift", bench.good, "--camera-name", "cam01"


@case(".npz or .json")
def result_of_unknown_kind(bench):
    return "show", bench.text("a.csv", "frame,time_s\n")


@case("no such file")
def missing_result(bench):
    return "show", bench.folder / "absent.npz"


@case("not a result of maquette")
def keypoints_instead_of_a_result(bench):
    return "show", bench.good


@case("maquette.poses")
def json_that_is_no_result(bench):
    return "show", bench.text("package.json", '{"name": "left-pad"}')


@case("not a readable npz")
def result_in_object_arrays(bench):
    return "show", bench.arrays("evil.npz", joints=np.array([{}], dtype=object))


@case("no recipe 'magic'", "lifting-prior")
def unknown_recipe(bench):
    return "train", "magic", "--data", bench.good, "--out", bench.folder / "w.safetensors"


@case("no preset 'huge'", "tiny")
def unknown_preset(bench):
    return "train", "lifting-prior", "--data", bench.good, "--preset", "huge", "--out", bench.folder / "w.safetensors"


@case(".safetensors")
def weights_to_be_written_as_pickle(bench):
    return "train", "lifting-prior", "--data", bench.good, "--out", bench.folder / "w.pt"


@case("motion capture")
def keypoints_instead_of_motion_capture(bench):
    return "train", "lifting-prior", "--data", bench.good, "--out", bench.folder / "w.safetensors"


@case("motion capture")
def missing_motion_capture(bench):
    return "train", "lifting-prior", "--data", bench.folder / "no.npz", "--out", bench.folder / "w.safetensors"


@case("too few")
def motion_capture_of_two_poses(bench):
    data = bench.arrays("two.npz", joints=np.random.default_rng(0).normal(size=(2, 17, 3)))
    return "train", "lifting-prior", "--data", data, "--out", bench.folder / "w.safetensors"


@case("--seed")
def seed_beyond_all_numbers(bench):
    data = bench.arrays("some.npz", joints=np.random.default_rng(0).normal(size=(300, 17, 3)))
    return "train", "lifting-prior", "--data", data, "--out", bench.folder / "w.safetensors", "--seed", "9" * 30


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_one_sentence(run, stub, bench, tmp_path, name):
    function, words = CASES[name]
    stub(None)
    arguments = list(function(bench))
    if arguments[0] == "predict" and "--detector" not in arguments:
        arguments += ["--detector", "stub"]
    out = tmp_path / "out"
    out.mkdir()
    (out / "kept.txt").write_text("what was there before")
    before = contents(out), sorted(bench.folder.iterdir())
    if arguments[0] != "train":
        arguments += ["--out", out]
    error = refused(run(*arguments))
    for word in words:
        assert word in error, error
    assert (contents(out), sorted(bench.folder.iterdir())) == before


def test_some_nan_and_infinity_only_hide_their_joints(run, bench, walk, tmp_path):
    points = walk.joints[66:72].astype(np.float64)
    points[2, 0, COCO_17.index("l_wrist")] = np.nan
    points[3, 0, COCO_17.index("nose"), 1] = -np.inf
    source = bench.own("holes.npz", keypoints=points)
    assert run("lift", source, "--out", tmp_path / "out", "--format", "npz,json,html").code == 0
    estimate = read_estimate(tmp_path / "out" / "holes.npz")
    assert np.all(np.isfinite(estimate.poses.joints)) and estimate.poses.mask.all()
    document = (tmp_path / "out" / "holes.json").read_text(encoding="utf-8")
    assert "NaN" not in document and "Infinity" not in document


def test_an_output_folder_that_is_a_file_is_refused(run, few, tmp_path):
    (tmp_path / "out").write_text("a file")
    assert "cannot be written" in refused(run("lift", few, "--out", tmp_path / "out"))
    assert "cannot be written" in refused(run("lift", few, "--out", tmp_path / "out" / "below"))
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.parametrize("formats", ["npz", "json,html,npz"])
def test_a_result_path_that_is_a_folder_is_refused_before_anything_is_written(run, few, tmp_path, formats):
    (tmp_path / "few.npz").mkdir()
    assert "is a folder" in refused(run("lift", few, "--out", tmp_path, "--format", formats))
    assert [path.name for path in tmp_path.iterdir()] == ["few.npz"]


def test_input_is_never_replaced_by_its_result(run, stub, walk, example, few, tmp_path):
    stub(walk)
    (tmp_path / "few.npz").write_bytes(few.read_bytes())
    (tmp_path / "walk.mp4").write_bytes((example / "walk.mp4").read_bytes())
    write_keypoints(walk, tmp_path / "walk.npz")
    before = contents(tmp_path)
    lift = ("lift", tmp_path / "few.npz", "--format", "json,npz")
    show = ("lift", tmp_path / "walk.npz", "--pictures", tmp_path / "walk.mp4", "--format", "json,mp4")
    predict = ("predict", tmp_path / "walk.mp4", "--detector", "stub", "--format", "json,mp4")
    for arguments in (lift, show, predict):
        assert "would be replaced" in refused(run(*arguments, "--out", tmp_path))
        assert contents(tmp_path) == before


def test_an_error_while_writing_keeps_the_old_result(run, few, tmp_path, monkeypatch):
    assert run("lift", few, "--out", tmp_path, "--format", "npz").code == 0
    before = contents(tmp_path)

    def full(file, **_arrays):
        file.write(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(npz.np, "savez_compressed", full)
    assert "disk is full" in refused(run("lift", few, "--out", tmp_path, "--format", "npz", "--height", "1.6"))
    assert contents(tmp_path) == before
    monkeypatch.undo()
    assert run("lift", few, "--out", tmp_path, "--format", "npz", "--height", "1.6").code == 0
    assert contents(tmp_path).keys() == before.keys() and contents(tmp_path) != before


@pytest.mark.parametrize(
    ("module", "format_name", "extra"), [("plotly", "html", "show"), ("matplotlib", "png", "show")]
)
def test_a_missing_extra_is_answered_with_the_install_line(run, few, tmp_path, monkeypatch, module, format_name, extra):
    real = extras.import_module

    def lacking(name):
        if name.split(".")[0] == module:
            raise ModuleNotFoundError(f"No module named '{module}'", name=module)
        return real(name)

    monkeypatch.setattr(extras, "import_module", lacking)
    error = refused(run("lift", few, "--out", tmp_path, "--format", format_name))
    assert f"pip install 'maquette[{extra}]'" in error
    assert list(tmp_path.iterdir()) == []


def test_a_missing_detector_is_answered_before_any_work(run, example, tmp_path, monkeypatch):
    def lacking(name):
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(extras, "import_module", lacking)
    error = refused(run("predict", example / "walk.mp4", "--out", tmp_path))
    assert "mediapipe" in error and "maquette" in error


def test_interrupting_says_so_and_leaves_nothing(run, stub, walk, example, tmp_path):
    detector = stub(walk)
    detector.detect = lambda picture: (_ for _ in ()).throw(KeyboardInterrupt)
    said = run("predict", example / "walk.mp4", "--detector", "stub", "--out", tmp_path)
    assert said.code == 130 and said.err.startswith("maquette: stopped") and detector.is_closed
    assert list(tmp_path.iterdir()) == []
