"""SAP-Net's confidence is calibrated on photographs that people labelled, and is kept with the weights."""

import json

import numpy as np
import pytest
import torch
from made_coco import document, image, person, write
from PIL import Image

from maquette.body.catalog import COCO_17, H36M_17
from maquette.data.photograph_folder import PhotographFolder
from maquette.errors import InputError
from maquette.inference.top_down import CropKeypoints
from maquette.methods.structure_motion.calibration import calibrate_on
from maquette.methods.structure_motion.config import TINY
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.weights import read_sap, sap_to_bytes
from maquette.methods.weights import Weights, weights_to_bytes
from maquette.metrics.reliability import AS_IT_IS, Calibration


class Boastful:
    """Says of every joint that it is in the middle, and is very sure."""

    name, skeleton, size_px = "boastful", COCO_17, 64

    def find_keypoints(self, crops):
        count = len(crops)
        joints = np.full((count, 17, 2), 31.5)
        return CropKeypoints(joints, np.full((count, 17), 0.9), np.zeros((count, 17)), np.zeros(count))


@pytest.fixture
def coco(tmp_path):
    joints = [number for row in range(17) for number in (20 * row + 9, 9 * row + 9, 2)]
    people = [person(number, 8, keypoints=joints, bbox=[0, 0, 400, 200]) for number in (1, 2)]
    write(tmp_path / "coco" / "person_keypoints_train.json", document([image(8)], people))
    (tmp_path / "coco" / "images").mkdir()
    Image.new("RGB", (640, 480), "grey").save(tmp_path / "coco" / "images" / "000000000008.jpg")
    return tmp_path / "coco"


def test_who_is_sure_and_wrong_is_told_to_be_less_so(coco):
    found = calibrate_on(Boastful(), [coco])
    sureness = torch.sigmoid(torch.tensor(found.offset + found.slope * np.log(9.0))).item()
    assert sureness < 0.5


def test_labels_of_a_teacher_do_not_count(coco, tmp_path):
    folder = PhotographFolder(tmp_path / "taught", {"teacher": {"name": "t", "sha256": "0" * 64}})
    folder.add("one", np.zeros((60, 80, 3), np.uint8), np.full((1, 17, 2), 9.0), np.ones((1, 17), bool),
               np.array([[0.0, 0, 50, 50]]))  # fmt: skip
    folder.finish()
    assert calibrate_on(Boastful(), [tmp_path / "taught"]) == calibrate_on(Boastful(), []) == AS_IT_IS


def written(path, about=None, calibration=AS_IT_IS):
    torch.manual_seed(0)
    values = SapNet(TINY, len(H36M_17)).state_dict()
    content = sap_to_bytes(values, "tiny", calibration)
    if about is not None:
        content = weights_to_bytes(Weights(values, {"kind": "maquette.sap_net", "preset": "tiny"} | about))
    path.write_bytes(content)
    return path


def test_it_is_kept_with_the_weights_and_changes_confidence_alone(tmp_path, generator):
    shown = torch.randint(0, 256, (2, 3, 64, 64), generator=generator, dtype=torch.uint8)
    plain = read_sap(written(tmp_path / "plain.safetensors"))
    curved = read_sap(written(tmp_path / "curved.safetensors", calibration=Calibration(0.5, -1.0)))
    assert curved.calibration == Calibration(0.5, -1.0)
    one, other = plain.read(shown), curved.read(shown)
    torch.testing.assert_close(other.confidence.logit(), 0.5 * one.confidence.logit() - 1.0, rtol=1e-3, atol=1e-3)
    assert torch.equal(one.keypoints_px, other.keypoints_px) and torch.equal(one.depths_px, other.depths_px)


def test_weights_that_say_nothing_of_it_are_taken_as_they_are(tmp_path):
    assert read_sap(written(tmp_path / "old.safetensors", about={})).calibration == AS_IT_IS


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "{", '{"slope": "x"}', '{"rise": 1}', '{"slope": NaN}', '{"slope": -1}', '{"offset": 1e999}',
     json.dumps({"slope": None})],
)  # fmt: skip
def test_a_calibration_that_is_none_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="calibration"):
        read_sap(written(tmp_path / "bad.safetensors", about={"calibration": text}))
