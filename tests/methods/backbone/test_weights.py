"""The backbone as a network and as a file: its heads, its weights there and back, and everything else refused."""

import pickle

import pytest
import torch
from safetensors.torch import save

from maquette.errors import InputError
from maquette.methods.backbone import config
from maquette.methods.backbone.model import LABELS, SKELETON, BackboneModel
from maquette.methods.backbone.weights import BUNDLED, backbone_to_bytes, read_backbone, read_bundled_backbone
from maquette.methods.bundled import find_bundled

KIND = {"kind": "maquette.backbone", "preset": "tiny"}


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return BackboneModel(config.TINY.sizes, len(SKELETON)).state_dict()


def written(folder, content):
    (folder / "backbone.safetensors").write_bytes(content)
    return folder / "backbone.safetensors"


@pytest.mark.parametrize("side", [16, 64])
def test_the_outputs_are_in_cells_and_of_whole_people(side, generator):
    model = BackboneModel(config.TINY.sizes, 5).eval()
    shown = torch.randint(0, 256, (3, 3, side, side), generator=generator, dtype=torch.uint8)
    output = model(shown)
    cells = side // 4
    assert output.heatmaps.shape == output.depth_maps.shape == (3, 5, cells, cells)
    assert output.part_logits.shape == (3, LABELS, cells, cells) and LABELS == 16
    assert output.yaw.shape == (3, 2) and output.log_size.shape == (3,)
    for all_of_them, one in zip(output[:5], model(shown[1:2])[:5], strict=True):
        torch.testing.assert_close(all_of_them[1:2], one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("preset", ["paper", "compact", "lite", "hourglass", "tiny"])
def test_presets_hold_together(preset):
    one = getattr(config, preset.upper())
    assert one.size_px % one.sizes.coarsest_stride == 0 and 0 <= one.steps_2d < one.steps
    assert one.batch_size > 1 and one.learning_rate > 0


def test_weights_come_back_as_they_were_written_but_in_16_bits(tmp_path, state):
    again = read_backbone(written(tmp_path, backbone_to_bytes(state, "tiny"))).model.state_dict()
    BackboneModel(config.TINY.sizes, len(SKELETON)).load_state_dict(again)
    for name, value in state.items():
        assert again[name].dtype == value.dtype
        torch.testing.assert_close(again[name], value, rtol=1e-3, atol=1e-6)


def test_the_same_weights_are_the_same_file(state):
    assert len({backbone_to_bytes(state, "tiny") for _ in range(4)}) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("depth_maps.bias"), "does not fit the preset 'tiny'"),
        (lambda s: s.pop("backbone.stem.0.weight"), "does not fit"),
        (lambda s: s.update({"more": torch.ones(1)}), "does not fit"),
        (lambda s: s.update({"depth_maps.bias": torch.ones(17)}), "does not fit"),
        (lambda s: s.update({"depth_maps.bias": torch.ones(41, 1)}), "does not fit"),
        (lambda s: s.update({"whole.linear.bias": torch.full((3,), torch.nan)}), "not finite"),
        (lambda s: s.update({"whole.linear.bias": torch.full((3,), -torch.inf).half()}), "not finite"),
        (lambda s: s.update({"whole.linear.bias": torch.full((3,), 1e300, dtype=torch.float64)}), "not finite"),
        (lambda s: s.update({"whole.linear.bias": torch.ones(3, dtype=torch.complex64)}), "numbers of the kind"),
        (lambda s: s.update({"whole.linear.bias": torch.ones(3).to(torch.float8_e4m3fn)}), "numbers of the kind"),
        (lambda s: s.update({"whole.linear.bias": torch.ones(3, dtype=torch.bool)}), "numbers of the kind"),
        (lambda s: s.clear(), "does not fit"),
    ],
)
def test_weights_that_make_no_sense_are_refused(tmp_path, state, change, words, unchecked_shapes):
    changed = {name: value.contiguous() for name, value in state.items()}
    change(changed)
    with pytest.raises(InputError, match=words) as refusal:
        read_backbone(written(tmp_path, save(changed, metadata=KIND)))
    assert str(refusal.value).count("backbone.safetensors") == 1


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "not maquette.backbone"),
        ({"preset": "tiny"}, "not maquette.backbone"),
        ({"kind": "maquette.sap_net", "preset": "tiny"}, "holds maquette.sap_net, not maquette.backbone"),
        ({"kind": "maquette.backbone"}, "there is no preset ''; known are paper, compact, lite, hourglass, tiny"),
        ({"kind": "maquette.backbone", "preset": "TermWeights"}, "there is no preset"),
        ({"kind": "maquette.backbone", "preset": "__doc__"}, "there is no preset"),
        ({"kind": "maquette.backbone", "preset": "compact"}, "does not fit the preset 'compact'"),
        ({"kind": "maquette.backbone", "preset": "paper"}, "does not fit the preset 'paper'"),
    ],
)
def test_files_of_another_kind_or_preset_are_refused(tmp_path, state, metadata, words):
    """A stranger's file names a preset and nothing else, so that it cannot ask for a network of any size."""
    content = {name: value.contiguous() for name, value in state.items()}
    with pytest.raises(InputError, match=words):
        read_backbone(written(tmp_path, save(content, metadata=metadata)))


class Trap:
    """Raises an alarm when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a user's file was unpickled",))


@pytest.mark.parametrize(
    "content",
    [b"", b"12345678", (2**63).to_bytes(8, "little") + b"{}", (2).to_bytes(8, "little") + b"[]", pickle.dumps(Trap())],
)
def test_garbage_and_pickles_are_refused(tmp_path, content):
    with pytest.raises(InputError, match=r"backbone\.safetensors.*maquette train backbone"):
        read_backbone(written(tmp_path, content))


def test_every_truncation_is_refused(tmp_path, state):
    content = backbone_to_bytes(state, "tiny")
    for length in (1, 8, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(InputError):
            read_backbone(written(tmp_path, content[:length]))


def test_the_bundled_backbone_fits_its_preset():
    if not find_bundled(BUNDLED).is_file():
        pytest.skip("the backbone's weights are not bundled yet")
    assert read_bundled_backbone().config == config.HOURGLASS
