"""Learned limits: densities that add up to one, know the examples, follow the parent limb, and go through files."""

from dataclasses import replace
from math import log, pi
from pathlib import Path

import numpy as np
import pytest
import torch
from costly import slow_but
from torch import Tensor

from maquette.body.anatomy import bone_ratios
from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.local_pose import LocalPose, LocalTree
from maquette.priors.limits.learning import (
    CELLS,
    LearnedLimits,
    learn_limits,
    limb_joints,
    read_learned_limits,
    write_learned_limits,
)
from maquette.priors.limits.sampling import sample_limited_poses
from maquette.priors.limits.sphere_map import lattice

TREE = LocalTree(KUNDU_17)


@pytest.fixture(scope="module")
def examples() -> Tensor:
    return sample_limited_poses(2000, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def learned(examples) -> LearnedLimits:
    return learn_limits(examples, KUNDU_17)


def with_limb(pose: Tensor, limb: str, directions: Tensor) -> Tensor:
    """The pose again and again, one limb turned to these local directions."""
    local = TREE.localise(pose)
    rows = local.directions.repeat(len(directions), 1, 1)
    rows[:, TREE.limbs.index(limb)] = directions
    lengths = torch.tensor(bone_ratios(KUNDU_17), dtype=pose.dtype)
    return TREE.assemble(LocalPose(rows, local.hip_tilt_rad.expand(len(directions))), lengths)


@pytest.mark.parametrize("limb", slow_but(["l_wrist"], ["r_shoulder", "l_wrist", "head_top", "r_foot"]))
def test_densities_add_up_to_one(learned, examples, limb):
    poses = with_limb(examples[0], limb, lattice(1000))
    density = learned.log_density(poses)[:, TREE.limbs.index(limb)].exp()
    assert density.mean().item() * 4 * pi == pytest.approx(1, abs=0.01)


def test_points_of_the_lattice_are_spread_evenly():
    points = lattice(CELLS)
    assert torch.allclose(points.norm(dim=-1), torch.ones(CELLS).double())
    nearest = (points @ points.mT).fill_diagonal_(-1).amax(dim=-1).acos()
    assert nearest.min() > 0.7 * nearest.max() and points.mean(dim=0).norm() < 0.01


def test_examples_are_denser_than_chance(learned, examples):
    found = learned.log_density(examples[:500])
    assert found.shape == (500, len(TREE.limbs)) and found.mean(dim=0).min() > log(1 / (4 * pi)) + 0.3


def test_what_is_looked_up_is_the_sum_of_the_kernels(learned, examples):
    pose, limbs = examples[0], ("r_wrist", "head_top")
    for limb in limbs:
        column, directions = TREE.limbs.index(limb), lattice(700)
        found = learned.log_density(with_limb(pose, limb, directions))[:, column].exp()
        weight = learned.weight[limb_joints(TREE).index(limb.removeprefix("r_"))]
        parent = TREE.localise(pose).directions[TREE.limbs.index("r_elbow")] if limb == "r_wrist" else torch.zeros(3)
        share = (8 * lattice(24) @ parent.double()).softmax(dim=0)
        kernels = 67 / (2 * pi) * (67 * (directions @ lattice(CELLS).mT - 1)).exp()
        assert torch.allclose(found, kernels @ (share @ weight), rtol=0.02, atol=2e-3)


def test_so_many_examples_are_inside_as_are_told(learned, examples):
    for share in (0.9, 0.99, 0.999):
        inside = learned.is_inside(examples, share=share).double().mean(dim=0)
        assert (inside - share).abs().max() < 0.02
    assert learned.is_inside(examples, share=1.0).all()
    beyond = with_limb(examples[0], "r_wrist", torch.tensor([[0.0, 0.0, 1.0]]).double())
    assert not learned.is_inside(beyond)[0, TREE.limbs.index("r_wrist")]


def test_sides_are_learned_and_judged_as_mirror_images(learned, examples):
    poses = examples[:50]
    other = poses[:, KUNDU_17.mirror.tolist()] * torch.tensor([1.0, -1.0, 1.0]).double()
    twin = {"l": "r", "r": "l"}
    order = [TREE.limbs.index(twin.get(limb[0], limb[0]) + limb[1:]) for limb in TREE.limbs]
    found, wanted = learned.log_density(other), learned.log_density(poses)[:, order]
    sides = [column for column, limb in enumerate(TREE.limbs) if limb != "head_top"]
    assert torch.allclose(found[:, sides], wanted[:, sides]) and (found - wanted).abs().max() < 0.2


@pytest.mark.slow
def test_the_parent_limb_tells_where_a_limb_may_point():
    ways = torch.tensor([[[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]], [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]).double()
    start = sample_limited_poses(1, generator=torch.Generator().manual_seed(0))[0]
    poses = torch.cat(
        [with_limb(with_limb(start, "r_elbow", arm[None])[0], "r_wrist", arm_end[None]) for arm, arm_end in ways] * 400
    )
    learned, column = learn_limits(poses, KUNDU_17), TREE.limbs.index("r_wrist")
    crossed = with_limb(poses[0], "r_wrist", ways[1, 1:])
    own, other = (learned.log_density(pose)[0, column] for pose in (poses[:1], crossed))
    assert own > other + 1


@pytest.mark.slow
def test_few_examples_lean_on_all(examples):
    few, none_there = learn_limits(examples[:1], KUNDU_17), examples[100:200]
    assert few.log_density(none_there).isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_and_lead_to_the_examples(learned, examples, dtype):
    still = torch.stack([examples[0], torch.zeros_like(examples[0])])
    far = with_limb(examples[0], "r_ankle", torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]).double())
    poses = torch.cat([still, far]).to(dtype).requires_grad_()
    found = learned.log_density(poses)
    (gradient,) = torch.autograd.grad(found.sum(), poses)
    assert found.dtype == dtype and found.isfinite().all() and gradient.isfinite().all()
    assert gradient[2, KUNDU_17.index("r_ankle")].norm() > 1e-3


def test_samples_are_as_dense_as_the_examples(learned, examples):
    poses = learned.sample_poses(800, generator=torch.Generator().manual_seed(1))
    again = learned.sample_poses(800, generator=torch.Generator().manual_seed(1))
    assert torch.equal(poses, again) and learned.sample_poses(0).shape == (0, 17, 3)
    eye = torch.eye(3).double().expand(800, 3, 3)
    assert torch.allclose(canonical_from_world(poses, KUNDU_17), eye, atol=1e-9)
    assert learned.is_inside(poses).double().mean() > 0.9
    kept, drawn = (TREE.localise(some) for some in (examples, poses))
    assert torch.allclose(drawn.hip_tilt_rad.std(), kept.hip_tilt_rad.std(), rtol=0.1)
    assert (drawn.directions.mean(dim=0) - kept.directions.mean(dim=0)).abs().max() < 0.1


def test_one_by_one_is_all_at_once(learned, examples):
    poses = examples[:6]
    found = learned.log_density(poses)
    assert torch.allclose(learned.log_density(poses.reshape(3, 2, 17, 3)).flatten(0, 1), found)
    assert torch.allclose(learned.log_density(poses[4]), found[4])
    assert learned.log_density(poses[:0]).shape == (0, 13)


def test_smaller_skeletons_have_limits_too(generator):
    poses = sample_limited_poses(300, generator=generator, skeleton=MPI_15)
    learned = learn_limits(poses, MPI_15)
    assert learned.weight.shape[0] == 6 and learned.is_inside(poses).double().mean() > 0.99
    assert learned.sample_poses(5, generator=generator).shape == (5, 15, 3)


def test_limits_go_through_files(learned, examples, tmp_path):
    path = tmp_path / "limits.npz"
    write_learned_limits(learned, path)
    found = read_learned_limits(path)
    assert found.skeleton == KUNDU_17 and torch.equal(
        found.log_density(examples[:9]), learned.log_density(examples[:9])
    )
    assert path.stat().st_size < 500_000


def spoiled(folder: Path, learned: LearnedLimits, **arrays: object) -> Path:
    content = {"skeleton": "kundu_17", "weight": learned.weight.numpy(), "thresholds": learned.thresholds.numpy()}
    content |= {"tilts_rad": learned.tilts_rad.numpy(), **arrays}
    path = folder / "limits.npz"
    np.savez(path, **{name: np.asarray(values) for name, values in content.items() if values is not None})
    return path


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"weight": None}, "no array 'weight'"),
        ({"skeleton": None}, "no array 'skeleton'"),
        ({"skeleton": "hydra_9"}, "no skeleton 'hydra_9'"),
        ({"skeleton": "mpi_15"}, "shape"),
        ({"skeleton": "coco_17"}, "coco_17"),
        ({"weight": np.zeros((7, 24, 512))}, "add up to one"),
        ({"weight": np.zeros((7, 24, 9))}, "shape"),
        ({"weight": np.zeros(3)}, "shape"),
        ({"weight": np.full((7, 24, 512), np.nan)}, "not finite"),
        ({"tilts_rad": np.array(["a", "b"])}, "no fractions"),
        ({"thresholds": np.array([{}], dtype=object)}, "cannot be read"),
    ],
)
def test_other_files_are_refused(learned, tmp_path, arrays, words, unchecked_shapes):
    path = spoiled(tmp_path, learned, **arrays)
    with pytest.raises(InputError, match=words) as caught:
        read_learned_limits(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_no_files_at_all_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_learned_limits(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(InputError, match="cannot be read"):
        read_learned_limits(tmp_path / "text.npz")


def test_bad_input_is_refused(learned, examples):
    with pytest.raises(ConventionError, match="17 joints"):
        learn_limits(examples, MPI_15)
    with pytest.raises(ConventionError, match="h36m_17"):
        learn_limits(examples, H36M_17)
    with pytest.raises(InputError, match="no pose"):
        learn_limits(examples[:0], KUNDU_17)
    for use in (learned.log_density, learned.is_inside, lambda poses: learn_limits(poses, KUNDU_17)):
        with pytest.raises(InputError, match="not finite"):
            use(examples[:5] * torch.nan)
    with pytest.raises(ConventionError, match="15 joints"):
        learned.log_density(examples[:5, :15])
    for share in (0.0, 1.5, float("nan")):
        with pytest.raises(SettingError, match="share"):
            learned.is_inside(examples[:5], share=share)
    with pytest.raises(InputError, match="negative"):
        replace(learned, weight=-learned.weight)


@pytest.mark.slow
def test_held_out_people_are_inside_what_others_taught(shared_data):
    folder = shared_data / "mocap"
    if not (folder / "val.npz").is_file() or not (folder / "train.npz").is_file():
        pytest.skip("the shared motion capture is absent")
    taught, others = (_people(folder / f"{name}.npz", step) for name, step in (("train", 20), ("val", 10)))
    learned = learn_limits(taught, MPI_15)
    inside = learned.is_inside(others).double()
    assert inside.mean(dim=0).min() > 0.98 and inside.prod(dim=-1).mean() > 0.95


def _people(path: Path, step: int) -> Tensor:
    with np.load(path) as file:
        joints = torch.from_numpy(file["joints"][::step]).double()
    people = joints[:, [H36M_17.index(name) for name in MPI_15.joint_names]]
    return people @ canonical_from_world(people, MPI_15).mT
