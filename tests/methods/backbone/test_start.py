"""What a backbone starts from: brought features find their places, and every file that has none is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from foreign_weights import check_all_refused
from PIL import Image
from safetensors.torch import save

from maquette.body.catalog import COCO_17
from maquette.errors import InputError, SettingError
from maquette.fields.centred import read_centred
from maquette.methods.backbone import start
from maquette.methods.backbone.config import COMPACT, TINY
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.start import read_start
from maquette.methods.backbone.weights import backbone_to_bytes
from maquette.nets.mobile import CentredPyramid, InvertedResiduals
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SIZES = MobileSizes(
    stem=4,
    blocks=(InvertedResidual(4, expansion=1), *(InvertedResidual(width, 2, expansion=2) for width in (6, 8, 10, 12))),
    last=16,
    pyramid=KeypointPyramid(reads=(3, 2, 1), lateral=(8, 8, 6, 5), smooth=(6, 5, 7), hidden=9),
    top_features=8,
    head_features=8,
)
SMALL = replace(TINY, sizes=SIZES)
PLAIN = replace(TINY, sizes=replace(SIZES, pyramid=None))
"""The same without places for brought heads."""
HEADS = ("lateral.", "smooth.", "heads.")


@pytest.fixture(scope="module")
def brought():
    """A pre-trained network's tensors by the names in its file."""
    torch.manual_seed(0)
    return InvertedResiduals(SIZES).state_dict() | CentredPyramid(SIZES, KeypointPyramid(*SIZES.pyramid)).state_dict()


def written(folder, tensors, metadata=None):
    path = folder / "net.safetensors"
    path.write_bytes(save({name: value.contiguous() for name, value in tensors.items()}, metadata=metadata))
    return path


def test_brought_features_and_heads_find_their_places(tmp_path, brought):
    found = read_start(written(tmp_path, brought), SMALL)
    assert not found.is_whole and found.brings_heads
    model = BackboneModel(SIZES, len(SKELETON))
    missing, unexpected = model.load_state_dict(found.values, strict=False)
    assert not unexpected and not any(name.startswith(start.BROUGHT) for name in missing)
    for part in (model.backbone.features, model.backbone.centred):
        for name, value in part.state_dict().items():
            assert torch.equal(value, brought[name]), name


def test_our_joints_trust_the_brought_ones_of_the_same_name(tmp_path, brought):
    trust = read_start(written(tmp_path, brought), SMALL).values["backbone.centred_to_heatmaps.weight"][..., 0, 0]
    pairs = {(SKELETON.joint_names[ours], COCO_17.joint_names[theirs]) for ours, theirs in trust.nonzero().tolist()}
    assert pairs == {(name, name) for name in COCO_17.joint_names if name in SKELETON.joint_names} and len(pairs) > 12
    assert len(trust[trust > 0].unique()) == 1


def test_heads_are_left_where_there_is_no_place_for_them(tmp_path, brought):
    found = read_start(written(tmp_path, brought), PLAIN)
    assert not found.is_whole and not found.brings_heads
    assert set(found.values) == {f"backbone.features.{name}" for name in brought if not name.startswith(HEADS)}
    BackboneModel(PLAIN.sizes, len(SKELETON)).load_state_dict(found.values, strict=False)


def test_numbers_of_16_bits_are_read_in_single_precision(tmp_path, brought):
    halves = {name: value.half() for name, value in brought.items()}
    values = read_start(written(tmp_path, halves, {"kind": "maquette.pretrained_features"}), SMALL).values
    assert all(value.dtype == torch.float32 for value in values.values())
    torch.testing.assert_close(values["backbone.features.stem.weight"], brought["stem.weight"], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("config", [SMALL, PLAIN, TINY])
def test_a_backbone_of_ours_is_taken_whole(tmp_path, config):
    state = BackboneModel(config.sizes, len(SKELETON)).state_dict()
    path = tmp_path / "net.safetensors"
    path.write_bytes(backbone_to_bytes(state, "tiny"))
    found = read_start(path, config)
    assert found.is_whole and set(found.values) == set(state)
    assert found.brings_heads == (config is SMALL)


@pytest.mark.parametrize(
    ("change", "config"),
    [
        (lambda s: s.pop("last.bias"), SMALL),
        (lambda s: s.pop("blocks.2.project.weight"), SMALL),
        (lambda s: s.pop("blocks.2.project.weight"), PLAIN),
        (lambda s: s.pop("heads.centre.out.bias"), SMALL),
        (lambda s: [s.pop(name) for name in [*s] if name.startswith(HEADS)], SMALL),
        (lambda s: s.update({"stem.weight": torch.zeros(5, 3, 3, 3)}), SMALL),
        (lambda s: s.update({"stem.weight": torch.zeros(4, 27)}), SMALL),
        (lambda s: s.update({"heads.regress.out.bias": torch.zeros(33)}), SMALL),
        (lambda s: s.update({"blocks.5.depthwise.bias": torch.zeros(24)}), SMALL),
        (lambda s: s.update({"heads.more.out.bias": torch.zeros(1)}), SMALL),
        (lambda s: None, COMPACT),
        (lambda s: None, TINY),
    ],
)
def test_features_of_other_sizes_are_refused(tmp_path, brought, change, config):
    changed = dict(brought)
    change(changed)
    with pytest.raises(SettingError, match=r"net\.safetensors' is of other sizes.*--preset or --start"):
        read_start(written(tmp_path, changed), config)


@pytest.mark.parametrize("made_of", ["fewer", "more", "another size"])
def test_a_backbone_of_ours_of_other_sizes_is_refused(tmp_path, made_of):
    state = BackboneModel(TINY.sizes, len(SKELETON)).state_dict()
    if made_of == "fewer":
        state.pop("depth_maps.bias")
    if made_of == "more":
        state["more"] = torch.zeros(1)
    path = tmp_path / "net.safetensors"
    path.write_bytes(backbone_to_bytes(state, "tiny"))
    with pytest.raises(SettingError, match="is of other sizes"):
        read_start(path, SMALL if made_of == "another size" else TINY)


@pytest.mark.parametrize("kind", [None, "maquette.sap_net", "maquette.backbone.other", "maquette.pretrained_features"])
def test_weights_of_something_else_are_refused(tmp_path, kind):
    metadata = None if kind is None else {"kind": kind}
    for tensors in (
        {},
        {"linear.weight": torch.zeros(3, 3)},
        {"backbone.features.stem.weight": torch.zeros(4, 3, 3, 3)},
    ):
        with pytest.raises(InputError, match=r"net\.safetensors' holds no backbone.*maquette convert"):
            read_start(written(tmp_path, tensors, metadata), SMALL)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_features_that_are_not_finite_are_refused(tmp_path, brought, value):
    with pytest.raises(InputError, match="not finite"):
        read_start(written(tmp_path, brought | {"last.bias": torch.full((16,), value)}), SMALL)


def test_files_that_are_no_weights_are_refused(tmp_path, brought):
    content = written(tmp_path, brought).read_bytes()
    check_all_refused(lambda path: read_start(path, SMALL), tmp_path, content)


THUNDERS_JOINTS = (
    (133.37, 75.86, 0.529), (136.41, 73.73, 0.665), (131.39, 73.62, 0.693), (139.30, 76.02, 0.554),
    (128.90, 75.21, 0.732), (144.65, 84.03, 0.790), (122.46, 85.17, 0.882), (163.17, 80.94, 0.672),
    (107.77, 83.14, 0.611), (177.90, 71.32, 0.703), (90.41, 72.87, 0.858), (140.83, 124.61, 0.811),
    (127.59, 125.03, 0.733), (141.03, 149.99, 0.748), (130.04, 150.63, 0.597), (139.94, 173.60, 0.590),
    (132.42, 173.67, 0.698),
)  # fmt: skip
"""What MoveNet's own graph, run by TensorFlow.js, says of that photograph: (x, y) in pixels of 256, from the picture's
corner, and the score, in the order of COCO."""


def test_started_from_thunder_it_says_thunders_joints(shared_data):
    """To half a pixel and 0.02: the file's numbers have 16 bits, and other versions may shrink pictures otherwise."""
    weights = shared_data.parent / "pretrained" / "movenet_thunder.safetensors"
    photo = shared_data / "photos" / "yogait_y1.jpg"
    if not weights.is_file() or not photo.is_file():
        pytest.skip("MoveNet's weights or the photograph are not beside this checkout (../shared)")
    model = BackboneModel(COMPACT.sizes, len(SKELETON)).eval()
    model.load_state_dict(read_start(weights, COMPACT).values, strict=False)
    with torch.inference_mode():
        centred = model(_as_square(photo)).centred
    read = read_centred(centred.maps.heatmaps.sigmoid(), centred.guess, centred.maps.offset, stride=4)
    wanted = torch.tensor(THUNDERS_JOINTS)
    torch.testing.assert_close(read.keypoints_px[0] + 0.5, wanted[:, :2], atol=0.5, rtol=0)
    torch.testing.assert_close(read.confidence[0], wanted[:, 2], atol=0.02, rtol=0)


def _as_square(photo: Path) -> torch.Tensor:
    """(1, 3, 256, 256) The photograph in the middle of a black square, shrunk."""
    with Image.open(photo) as image:
        square = Image.new("RGB", (max(image.size),) * 2)
        square.paste(image, ((square.width - image.width) // 2, (square.height - image.height) // 2))
    shrunk = square.resize((256, 256), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(shrunk)).permute(2, 0, 1)[None].contiguous()
