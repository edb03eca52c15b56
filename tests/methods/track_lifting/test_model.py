"""The network: shapes and frames, what it refuses, and its file."""

import json
from dataclasses import replace

import pytest
import torch
from foreign_weights import check_all_refused
from safetensors import safe_open
from safetensors.torch import save

from maquette.body.catalog import COCO_17, H36M_17
from maquette.errors import ConventionError, InputError, SettingError
from maquette.methods.track_lifting.config import COMPACT, TINY
from maquette.methods.track_lifting.model import SEEN_JOINTS, TrackLifter, lift_both_ways
from maquette.methods.track_lifting.view import TrackWindows
from maquette.methods.track_lifting.weights import lifter_to_bytes, read_lifter


def windows(count=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    points = 0.1 * torch.randn(count, TINY.poses, len(SEEN_JOINTS), 2, generator=generator)
    is_known = torch.rand(points.shape[:3], generator=generator) < 0.9
    depths = 0.1 * torch.randn(points.shape[:3], generator=generator)
    return TrackWindows(points, is_known, depths, torch.rand(points.shape[:2], generator=generator) < 0.5)


def select(made, rows):
    return TrackWindows(*(part[rows] for part in made))


@pytest.fixture
def lifter():
    torch.manual_seed(0)
    made = TrackLifter(H36M_17, TINY)
    made.standardise(windows(200, seed=1), size_m=4.5)
    return made.eval()


def written(folder, content):
    (folder / "net.safetensors").write_bytes(content)
    return folder / "net.safetensors"


def test_a_batch_is_its_windows_one_by_one(lifter):
    together = lifter(windows())
    alone = [lifter(select(windows(), [row])) for row in range(4)]
    for name, part in together._asdict().items():
        torch.testing.assert_close(part, torch.cat([getattr(one, name) for one in alone]), atol=1e-5, rtol=1e-4)
    assert together.joints.shape == (4, 17, 3) and together.up.shape == (4, 3)


def test_the_mirror_image_is_lifted_to_the_mirror_image(lifter):
    made = windows()
    names = [{"l_": "r_", "r_": "l_"}.get(joint[:2], joint[:2]) + joint[2:] for joint in SEEN_JOINTS]
    twins = [SEEN_JOINTS.index(name) for name in names]
    points, known, depths = (part[:, :, twins] for part in made[:3])
    there = lift_both_ways(lifter, TrackWindows(points * torch.tensor([-1.0, 1.0]), known, depths, made.has_depths))
    here = lift_both_ways(lifter, made)
    turned, mirror = torch.tensor([-1.0, 1.0, 1.0]), torch.from_numpy(H36M_17.mirror)
    torch.testing.assert_close(there.joints, here.joints[:, mirror] * turned, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(there.up, here.up * turned, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(there.log_deviation, here.log_deviation[:, mirror], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(here.joints, lifter(made).joints, atol=1e-3)


def test_a_skeleton_without_the_joints_that_are_seen_is_refused():
    with pytest.raises(ConventionError, match="lacks nose"):
        TrackLifter(replace(COCO_17, joint_names=("neb", *COCO_17.joint_names[1:]), drawn_limbs=()), TINY)


def test_windows_lie_evenly_around_the_current_pose():
    assert COMPACT.offsets_s == pytest.approx([0.1 * place for place in range(-6, 7)])
    for changes in ({"poses": 4}, {"poses": 0}, {"span_s": 0.0}, {"width": 0}):
        with pytest.raises(SettingError):
            replace(TINY, **changes)


def test_a_network_comes_back_as_it_was_written_in_half_precision(tmp_path, lifter):
    again = read_lifter(written(tmp_path, lifter_to_bytes(lifter)))
    assert again.skeleton == H36M_17 and again.config.offsets_s == TINY.offsets_s and not again.training
    torch.testing.assert_close(again(windows()).joints, lifter(windows()).joints, atol=0.02, rtol=0.02)
    assert len({lifter_to_bytes(lifter) for _ in range(5)}) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "maquette.mixture_prior"}, "not maquette.track_lifter"),
        ({"skeleton": "octopus"}, "octopus"),
        ({"sizes": "{"}, "does not say how its network is built"),
        ({"sizes": "[" * 100_000}, "does not say how its network is built"),
        ({"sizes": json.dumps({"poses": 5, "span_s": 0.8, "width": 32})}, "does not say how its network is built"),
        ({"sizes": json.dumps({"poses": 5, "span_s": 0.8, "width": 10**9, "blocks": 1})}, "impossible size"),
        ({"sizes": json.dumps({"poses": 4, "span_s": 0.8, "width": 32, "blocks": 1})}, "odd number"),
        ({"sizes": json.dumps({"poses": 5, "span_s": float("nan"), "width": 32, "blocks": 1})}, "impossible size"),
        ({"sizes": json.dumps({"poses": 5, "span_s": 0.8, "width": 64, "blocks": 1})}, "does not fit"),
    ],
)
def test_files_of_anything_else_are_refused(tmp_path, lifter, changes, words):
    path = written(tmp_path, lifter_to_bytes(lifter))
    with safe_open(path, "pt") as file:
        header = file.metadata() | changes
    state = {name: value.half() for name, value in lifter.state_dict().items()}
    with pytest.raises(InputError, match=words) as caught:
        read_lifter(written(tmp_path, save(state, metadata=header)))
    assert "net.safetensors" in str(caught.value) and "\n" not in str(caught.value)


def test_foreign_files_are_refused(tmp_path, lifter):
    check_all_refused(read_lifter, tmp_path, lifter_to_bytes(lifter))
