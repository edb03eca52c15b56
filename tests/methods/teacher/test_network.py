"""MoveNet as it came: read from its file and nothing else, it finds joints where they are and knows left from right."""

import numpy as np
import pytest
import torch
from foreign_weights import check_all_refused
from PIL import Image
from safetensors.torch import load_file, save, save_file

from maquette.body.catalog import COCO_17
from maquette.errors import InputError
from maquette.inference.top_down import TopDownNetwork
from maquette.methods.backbone.config import EFFICIENTNET_LITE0
from maquette.methods.teacher.network import open_centred_network
from maquette.nets.mobile import CentredPyramid, InvertedResiduals
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SIZES = MobileSizes(
    stem=4,
    blocks=(InvertedResidual(4, expansion=1), *(InvertedResidual(4, 2), InvertedResidual(4)) * 4),
    last=8,
    pyramid=KeypointPyramid(lateral=(4, 4, 4, 4), smooth=(4, 4, 4), hidden=4, reads=(6, 4, 2)),
)


@pytest.fixture(scope="module")
def content():
    torch.manual_seed(0)
    parts = (InvertedResiduals(SIZES), CentredPyramid(SIZES, SIZES.pyramid))
    return {name: value.half() for part in parts for name, value in part.state_dict().items()}


def test_crops_together_are_read_as_one_by_one(content, tmp_path):
    save_file(content, tmp_path / "net.safetensors")
    network = open_centred_network(tmp_path / "net.safetensors", SIZES)
    assert isinstance(network, TopDownNetwork)
    crops = np.random.default_rng(0).integers(0, 256, (19, 64, 64, 3)).astype(np.uint8)
    together, alone = network.find_keypoints(crops), network.find_keypoints(crops[17:18])
    assert together.joints.shape == (19, 17, 2) and not together.depths.any()
    np.testing.assert_allclose(together.joints[17], alone.joints[0], atol=1e-3)
    np.testing.assert_allclose(together.confidence[17], alone.confidence[0], atol=1e-4)


def test_files_that_are_no_such_network_are_refused(content, tmp_path):
    check_all_refused(lambda path: open_centred_network(path, SIZES), tmp_path, save(content))
    for wrong in (
        {"stem.weight": content["stem.weight"]},
        content | {"stem.weight": torch.zeros(5, 3, 3, 3)},
        content | {"heads.heatmap.out.bias": torch.zeros(18)},
        content | {"stem.bias": torch.full((4,), torch.inf)},
    ):
        save_file(wrong, tmp_path / "net.safetensors")
        with pytest.raises(InputError, match=r"net\.safetensors"):
            open_centred_network(tmp_path / "net.safetensors", SIZES)
    with pytest.raises(InputError, match="without heads"):
        open_centred_network(tmp_path / "net.safetensors", EFFICIENTNET_LITE0)


def test_thunder_tells_left_from_right(shared_data):
    """Somebody faces the camera with arms spread: the left hand is at the picture's right, in a mirror too."""
    weights = shared_data.parent / "pretrained" / "movenet_thunder.safetensors"
    if not weights.is_file():
        pytest.skip("MoveNet Thunder is not beside this checkout (../shared/pretrained)")
    assert load_file(weights)["stem.weight"].dtype == torch.float16
    network = open_centred_network(weights)
    with Image.open(shared_data / "photos" / "yogait_t5.jpg") as image:
        side = min(image.size)
        left = (image.width - side) // 2
        crop = np.asarray(image.convert("RGB").resize((256, 256), box=(left, 0, left + side, side)))
    for picture in (crop, crop[:, ::-1]):
        found = network.find_keypoints(picture[None])
        l_wrist, r_wrist, l_hip, r_hip = found.joints[0, COCO_17.indices("l_wrist", "r_wrist", "l_hip", "r_hip")]
        assert l_wrist[0] > l_hip[0] + 10 > r_hip[0] + 10 > r_wrist[0] + 20
        assert found.confidence[0].min() > 0.3
