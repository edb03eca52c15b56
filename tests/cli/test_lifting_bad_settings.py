"""Options, weights and cameras that make no sense, refused before any work."""

import pytest
import torch
from PIL import Image
from refusal import Cases, check_refusal
from safetensors.torch import save_file

from maquette.methods.lifting.weights import prior_to_bytes, read_bundled_prior

OPTIONS = [
    (("--image-size", "640x480"), ("960x540", "640x480")),
    (("--image-size", "1280*720"), ("--image-size", "widthxheight")),
    (("--image-size", "0x720"), ("--image-size", "widthxheight")),
    (("--format", "npz,fbx"), ("--format", "npz", "html")),
    (("--format", ","), ("--format",)),
    (("--fps", "-5"), ("frames per second",)),
    (("--fps", "0"), ("frames per second",)),
    (("--fps", "nan"), ("frames per second",)),
    (("--fps", "inf"), ("frames per second",)),
    (("--fps", "1e300"), ("frames per second",)),
    (("--height", "0"), ("--height", "metres")),
    (("--height", "-1.7"), ("--height", "metres")),
    (("--height", "180"), ("--height", "metres")),
    (("--height", "nan"), ("--height", "metres")),
    (("--method", "magic"), ("no method 'magic'", "lifting")),
    (("--skeleton", "octopus"), ("no skeleton 'octopus'", "coco_17")),
    (("--camera-name", "cam01"), ("--camera-name", "--camera")),
    (("--trust",), ("--trust", "--weights")),
    (("--frame", "3"), ("--frame '3'", "png", "--format")),
]
CASES = Cases()


@CASES.case("960x540")
def pictures_of_another_size_than_the_keypoints(bench):
    Image.new("RGB", (64, 48)).save(bench.folder / "small.png")
    return "lift", bench.good, "--pictures", bench.folder / "small.png"


@CASES.case("a.safetensors")
def weights_of_garbage(bench):
    return "lift", bench.good, "--weights", bench.raw("a.safetensors", bytes(range(256)) * 40)


@CASES.case("not maquette.track_lifter")
def weights_of_another_model(bench):
    save_file({"layer.weight": torch.zeros(3, 4)}, bench.folder / "other.safetensors")
    return "lift", bench.good, "--weights", bench.folder / "other.safetensors"


@CASES.case("evil.safetensors")
def pickled_weights(bench):
    torch.save({"weight": torch.ones(3)}, bench.folder / "evil.safetensors")
    return "lift", bench.good, "--weights", bench.folder / "evil.safetensors"


@CASES.case("cut.safetensors")
def truncated_weights(bench):
    return "lift", bench.good, "--weights", bench.raw("cut.safetensors", prior_to_bytes(read_bundled_prior())[:5000])


@CASES.case("no file")
def missing_weights(bench):
    return "lift", bench.good, "--weights", bench.folder / "absent.safetensors"


@CASES.case("no file", "calibration")
def missing_camera(bench):
    return "lift", bench.good, "--camera", bench.folder / "absent.toml"


@CASES.case("cam.toml")
def camera_of_garbage(bench):
    return "lift", bench.good, "--camera", bench.raw("cam.toml", b"\xff\xfe\x00 matrix")


@CASES.case("no camera")
def camera_file_without_camera(bench):
    return "lift", bench.good, "--camera", bench.text("cam.json", '{"lens": 50}')


@CASES.case("not finite")
def camera_with_infinite_numbers(bench):
    return "lift", bench.good, "--camera", bench.text("cam.json", '{"focal_px": Infinity}')


@CASES.case("proportions")
def camera_for_other_pictures(bench):
    return "lift", bench.good, "--camera", bench.text("cam.json", '{"focal_px": 900, "image_size": [720, 1280]}')


@pytest.mark.parametrize(("options", "words"), OPTIONS)
def test_bad_options_are_refused_in_one_sentence(run, bench, options, words):
    check_refusal(run, bench, ("lift", bench.good, *options), words)


@pytest.mark.parametrize("name", CASES)
def test_bad_weights_and_cameras_are_refused_in_one_sentence(run, bench, name):
    make, words = CASES[name]
    check_refusal(run, bench, make(bench), words)
