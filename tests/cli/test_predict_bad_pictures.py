"""Pictures and detectors that `maquette predict` must refuse."""

import pytest
from PIL import Image
from refusal import Cases, check_refusal

CASES = Cases()


@CASES.case("neither a picture nor a video")
def text_that_is_called_a_video(bench):
    return "predict", bench.text("film.mp4", "this is no film\n" * 40)


@CASES.case("cut off")
def truncated_video(bench):
    return "predict", bench.raw("cut.mp4", (bench.example / "walk.mp4").read_bytes()[:400])


@CASES.case("empty")
def empty_video(bench):
    return "predict", bench.raw("film.mp4", b"")


@CASES.case("no such file")
def missing_video(bench):
    return "predict", bench.folder / "absent.mp4"


@CASES.case("no picture")
def empty_folder_of_pictures(bench):
    (bench.folder / "none").mkdir()
    return "predict", bench.folder / "none"


@CASES.case("differ in size", "b.png")
def pictures_of_different_sizes(bench):
    (bench.folder / "mixed").mkdir()
    for name, size in (("a", (64, 48)), ("b", (48, 32))):
        Image.new("RGB", size).save(bench.folder / "mixed" / f"{name}.png")
    return "predict", bench.folder / "mixed", "--clip"


@CASES.case("damaged")
def truncated_picture(bench):
    Image.effect_noise((200, 200), 50).save(bench.folder / "whole.png")
    return "predict", bench.raw("part.png", (bench.folder / "whole.png").read_bytes()[:2000])


@CASES.case("maquette lift", "maquette show")
def keypoints_in_place_of_pictures(bench):
    return "predict", bench.text("points.json", "[]")


@CASES.case("0 people")
def blank_picture(bench):
    Image.new("RGB", (64, 64)).save(bench.folder / "blank.png")
    return "predict", bench.folder / "blank.png"


@CASES.case("0 people")
def blank_video_frames(bench):
    (bench.folder / "blank").mkdir()
    for index in range(3):
        Image.new("RGB", (64, 64)).save(bench.folder / "blank" / f"{index}.png")
    return "predict", bench.folder / "blank"


@CASES.case("--image-size", "960x540")
def pictures_of_another_size_than_said(bench):
    return "predict", bench.example / "walk.mp4", "--image-size", "640x480"


@CASES.case("no detector 'openpose'", "mediapipe")
def unknown_detector(bench):
    return "predict", bench.example / "walk.mp4", "--detector", "openpose"


@CASES.case("--detector-model")
def detector_without_its_model(bench):
    return "predict", bench.example / "walk.mp4", "--detector", "rtmpose"


@CASES.case("no file")
def detector_model_that_is_missing(bench):
    return "predict", bench.example / "walk.mp4", "--detector", "rtmpose", "--detector-model", bench.folder / "x.onnx"


@pytest.mark.parametrize("name", CASES)
def test_bad_pictures_are_refused_in_one_sentence(run, stub, bench, name):
    make, words = CASES[name]
    stub(None)
    arguments = make(bench)
    check_refusal(run, bench, arguments if "--detector" in arguments else (*arguments, "--detector", "stub"), words)
