"""SAP-Net's weights: from a backbone by the joints' names, to a file and back, and everything else refused."""

import json
import pickle
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save
from small_mobiles import SMALL_MOBILE

from maquette.body.catalog import H36M_17, MPII_16, find_skeleton
from maquette.errors import ConventionError, InputError, SettingError
from maquette.fields.heatmaps import read_at, softmax_cells
from maquette.inference.proportions import adult_bone_lengths_m
from maquette.methods.backbone import config as backbone_config
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.bundled import find_bundled
from maquette.methods.structure_motion import weights as module
from maquette.methods.structure_motion.config import COMPACT, HOURGLASS, TINY
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.weights import read_sap, sap_from_backbone, sap_to_bytes

KIND = {"kind": "maquette.sap_net", "preset": "tiny"}


@pytest.fixture(scope="module")
def backbone():
    torch.manual_seed(1)
    return BackboneModel(TINY.sizes, len(SKELETON)).eval()


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return SapNet(TINY, len(H36M_17)).state_dict()


def pictures(generator, count=2):
    return torch.randint(0, 256, (count, 3, 64, 64), generator=generator, dtype=torch.uint8)


def started(backbone, config=TINY):
    model = SapNet(config, len(find_skeleton(config.skeleton)))
    model.load_state_dict(sap_from_backbone(backbone.state_dict(), config))
    return model.eval()


def written(folder, content):
    (folder / "sap.safetensors").write_bytes(content)
    return folder / "sap.safetensors"


class TestFromABackbone:
    @pytest.mark.parametrize("joint", ["pelvis", "l_wrist", "r_wrist", "head_top"])
    def test_the_map_of_a_joint_is_that_of_the_same_name(self, backbone, generator, joint):
        lit = BackboneModel(TINY.sizes, len(SKELETON)).eval()
        lit.load_state_dict(backbone.state_dict())
        with torch.no_grad():
            lit.backbone.stacks[0].heatmaps.bias.zero_()
            lit.backbone.stacks[0].heatmaps.weight.zero_()
            lit.backbone.stacks[0].heatmaps.bias[SKELETON.index(joint)] = 5.0
        maps = started(lit)(pictures(generator)).heatmaps[-1].mean(dim=(0, 2, 3))
        assert maps.tolist() == [5.0 if name == joint else 0.0 for name in H36M_17.joint_names]

    @pytest.mark.parametrize("skeleton", [H36M_17, MPII_16])
    def test_its_output_is_that_of_the_backbone(self, backbone, generator, skeleton):
        shown, rows = pictures(generator), SKELETON.indices(*skeleton.joint_names)
        with torch.no_grad():
            known = backbone(shown)
            output = started(backbone, replace(TINY, skeleton=skeleton.name))(shown)
        torch.testing.assert_close(output.heatmaps[-1], known.heatmaps[:, rows])
        depths = read_at(known.depth_maps, softmax_cells(known.heatmaps))[:, rows]
        torch.testing.assert_close(output.depths, depths, rtol=1e-4, atol=1e-5)
        own, all_41 = (adult_bone_lengths_m(one).sum() for one in (skeleton, SKELETON))
        torch.testing.assert_close(output.log_size.exp(), known.log_size.exp() * float(own / all_41))

    def test_a_backbone_with_brought_heads_gives_its_output_too(self, generator):
        torch.manual_seed(2)
        mobile = BackboneModel(SMALL_MOBILE, len(SKELETON)).eval()
        shown, rows = pictures(generator), SKELETON.indices(*H36M_17.joint_names)
        with torch.no_grad():
            known, output = mobile(shown), started(mobile, replace(TINY, sizes=SMALL_MOBILE))(shown)
        torch.testing.assert_close(output.heatmaps[-1], known.heatmaps[:, rows])
        depths = read_at(known.depth_maps, softmax_cells(known.heatmaps))[:, rows]
        torch.testing.assert_close(output.depths, depths, rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize("trains_features", [False, True])
    def test_what_was_brought_is_held_but_for_features_if_they_may_learn(self, trains_features):
        model = SapNet(replace(TINY, sizes=SMALL_MOBILE, trains_features=trains_features), 17)
        learning = {id(weight) for weight in [*model.heatmap_weights(), *model.depth_weights()]}
        held = {name for name, weight in model.named_parameters() if id(weight) not in learning}
        brought = ("backbone.centred.",) if trains_features else ("backbone.centred.", "backbone.features.")
        assert held == {name for name, _ in model.named_parameters() if name.startswith(brought)}

    def test_the_published_depth_module_reads_hourglasses_alone(self):
        with pytest.raises(SettingError, match="reads hourglasses alone"):
            SapNet(replace(TINY, sizes=SMALL_MOBILE, depth="regression"), 17)

    def test_the_published_depth_module_starts_fresh_and_always_alike(self, backbone):
        config = replace(TINY, depth="regression")
        before = torch.get_rng_state()
        one, again = (sap_from_backbone(backbone.state_dict(), config) for _ in range(2))
        assert torch.equal(torch.get_rng_state(), before)
        assert all(torch.equal(value, again[name]) for name, value in one.items())
        SapNet(config, len(H36M_17)).load_state_dict(one)

    def test_numbers_of_16_bits_and_counts_come_as_the_network_wants_them(self, backbone):
        halved = {
            name: value.half() if value.is_floating_point() else value for name, value in backbone.state_dict().items()
        }
        fresh = SapNet(TINY, len(H36M_17)).state_dict()
        taken = sap_from_backbone(halved, TINY)
        assert {name: value.dtype for name, value in taken.items()} == {
            name: value.dtype for name, value in fresh.items()
        }

    @pytest.mark.parametrize(
        "sizes",
        [replace(TINY.sizes, features=(8, 12), read_levels=2), replace(TINY.sizes, features=(8, 12, 20)),
         replace(TINY.sizes, stacks=2), replace(TINY.sizes, residuals=2), replace(TINY.sizes, head_features=20),
         replace(TINY.sizes, read_levels=1),
         HOURGLASS.sizes],
        ids=range(7),
    )  # fmt: skip
    def test_a_backbone_of_other_sizes_is_refused(self, backbone, sizes):
        with pytest.raises(SettingError, match="the backbone is of other sizes than the network"):
            sap_from_backbone(backbone.state_dict(), replace(TINY, sizes=sizes))
        other = BackboneModel(sizes, len(SKELETON)).state_dict()
        with pytest.raises(SettingError, match="the backbone is of other sizes than the network"):
            sap_from_backbone(other, TINY)

    def test_joints_that_the_backbone_does_not_know_are_refused(self, backbone, monkeypatch):
        monkeypatch.setattr(module, "BACKBONE_SKELETON", MPII_16)
        with pytest.raises(ConventionError, match="the backbone does not know spine, nose"):
            sap_from_backbone(backbone.state_dict(), TINY)

    def test_presets_of_one_name_fit_each_other(self):
        for preset in ("PAPER", "COMPACT", "LITE", "HOURGLASS", "TINY"):
            assert getattr(module.presets, preset).sizes == getattr(backbone_config, preset).sizes


class TestFiles:
    def test_weights_come_back_and_their_output_is_alike(self, tmp_path, state, generator):
        model = SapNet(TINY, len(H36M_17)).eval()
        model.load_state_dict(state)
        again = read_sap(written(tmp_path, sap_to_bytes(state, "tiny")))
        assert not again.training and again.config == TINY
        shown = pictures(generator)
        for one, other in zip(model.read(shown), again.read(shown), strict=True):
            torch.testing.assert_close(one, other, rtol=0.02, atol=0.2)
        second = read_sap(written(tmp_path, sap_to_bytes(again.state_dict(), "tiny")))
        for one, other in zip(again.read(shown), second.read(shown), strict=True):
            assert torch.equal(one, other)

    def test_the_same_weights_are_the_same_file(self, state):
        assert len({sap_to_bytes(state, "tiny") for _ in range(4)}) == 1

    def test_the_file_is_plain_safetensors_that_says_what_it_is(self, tmp_path, state):
        with safe_open(written(tmp_path, sap_to_bytes(state, "tiny")), "pt") as file:
            about = file.metadata()
            assert set(file.keys()) == set(state)
        assert about["kind"] == "maquette.sap_net" and about["preset"] == "tiny" and about["skeleton"] == "h36m_17"
        assert json.loads(about["sizes"])["features"] == list(TINY.sizes.features)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda s: s.pop("size.bias"), "does not fit the preset 'tiny'; give a file of 'maquette train"),
            (lambda s: s.update({"more": torch.ones(1)}), "does not fit"),
            (lambda s: s.update({"size.bias": torch.ones(2)}), "does not fit"),
            (lambda s: s.update({"depth.depths.weight": s["depth.depths.weight"][:16]}), "does not fit"),
            (lambda s: s.update({"size.bias": torch.full((1,), torch.nan)}), "not finite"),
            (lambda s: s.update({"size.bias": torch.full((1,), 1e300, dtype=torch.float64)}), "not finite"),
            (lambda s: s.update({"size.bias": torch.ones(1, dtype=torch.complex64)}), "numbers of the kind"),
            (lambda s: s.update({"size.bias": torch.ones(1).to(torch.float8_e5m2)}), "numbers of the kind"),
            (lambda s: s.clear(), "does not fit"),
        ],
    )
    def test_weights_that_make_no_sense_are_refused(self, tmp_path, state, change, words, unchecked_shapes):
        changed = {name: value.contiguous() for name, value in state.items()}
        change(changed)
        with pytest.raises(InputError, match=words) as refusal:
            read_sap(written(tmp_path, save(changed, metadata=KIND)))
        assert str(refusal.value).count("sap.safetensors") == 1

    @pytest.mark.parametrize(
        ("metadata", "words"),
        [
            (None, "not maquette.sap_net"),
            ({"kind": "maquette.backbone", "preset": "tiny"}, "holds maquette.backbone, not maquette.sap_net"),
            ({"kind": "maquette.sap_net"}, "there is no preset ''; known are paper, compact, lite, hourglass, tiny"),
            ({"kind": "maquette.sap_net", "preset": "stage"}, "there is no preset 'stage'"),
            ({"kind": "maquette.sap_net", "preset": "compact"}, "does not fit the preset 'compact'"),
            ({**KIND, "preset": "compact", "sizes": '{"features": [9999999, 9999999]}'}, "does not fit"),
        ],
    )
    def test_files_of_another_kind_or_preset_are_refused(self, tmp_path, state, metadata, words):
        """A stranger's file names a preset; sizes that it speaks of are never built."""
        content = {name: value.contiguous() for name, value in state.items()}
        with pytest.raises(InputError, match=words):
            read_sap(written(tmp_path, save(content, metadata=metadata)))

    @pytest.mark.parametrize(
        "content",
        [b"", b"12345678", (2**63).to_bytes(8, "little") + b"{}", (2).to_bytes(8, "little") + b"[]", pickle.dumps({})],
    )
    def test_garbage_is_refused(self, tmp_path, content):
        with pytest.raises(InputError, match=r"sap\.safetensors.*maquette train structure-motion"):
            read_sap(written(tmp_path, content))

    def test_truncations_missing_and_huge_files_are_refused(self, tmp_path, state):
        content = sap_to_bytes(state, "tiny")
        for length in (1, 8, 100, len(content) // 2, len(content) - 1):
            with pytest.raises(InputError):
                read_sap(written(tmp_path, content[:length]))
        for path in (tmp_path, tmp_path / "absent.safetensors"):
            with pytest.raises(InputError, match="is no file"):
                read_sap(path)
        with (tmp_path / "huge.safetensors").open("wb") as file:
            file.truncate(2_000_000_000)
        with pytest.raises(InputError, match="larger than any weights"):
            read_sap(tmp_path / "huge.safetensors")

    @pytest.mark.parametrize(
        ("name", "preset"), [("structure_motion", HOURGLASS), ("structure_motion_assisted", COMPACT)]
    )
    def test_bundled_networks_fit_their_presets(self, name, preset):
        bundled = read_sap(find_bundled(name))
        assert bundled.config == preset and not bundled.training
