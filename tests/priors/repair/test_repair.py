"""Corrupted poses repaired by limits, mixture and embedding: swaps, noise, missing limbs; refusals."""

import pytest
import roma
import torch
from costly import slow_but

from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.body.mapping import source_to_target
from maquette.errors import ConventionError, InputError
from maquette.geometry.canonical import to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.methods.embedding.config import TINY
from maquette.methods.embedding.weights import read_bundled_embedding
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.limits.energy import is_within_limits, limits_energy
from maquette.priors.limits.plausibility import sample_plausible
from maquette.priors.limits.sampling import sample_limited_poses
from maquette.priors.repair import limits as limits_repair
from maquette.priors.repair.embedding import repair_by_embedding
from maquette.priors.repair.limits import repair_by_limits
from maquette.priors.repair.mixture import repair_by_mixture
from maquette.priors.repair.partial_pose import fill_in_standing
from maquette.priors.repair.swap import swap_orders

ARM = ("l_elbow", "l_wrist")


@pytest.fixture(scope="module")
def knowledge():
    """What each way knows; this embedding learnt nothing."""
    torch.manual_seed(0)
    return {
        repair_by_limits: (),
        repair_by_mixture: (read_bundled_prior(),),
        repair_by_embedding: (PoseEmbedding(KUNDU_17, TINY.sizes).double().eval(),),
    }


@pytest.fixture
def in_few_steps(monkeypatch):
    """For laws that hold at every step of the descent."""
    monkeypatch.setattr(limits_repair, "_STEPS", 8)


WAYS = [repair_by_limits, repair_by_mixture, repair_by_embedding]


@pytest.fixture(scope="module")
def bodies():
    """Twelve plausible people within the limits, canonical, float64."""
    generator = torch.Generator().manual_seed(3)
    return sample_plausible(12, lambda count: sample_limited_poses(count, generator=generator), KUNDU_17)


@pytest.fixture(scope="module")
def likely():
    """Thirty people of the bundled mixture on the skeleton without feet, float64, with heads of about one."""
    poses = read_bundled_prior().sample_poses(30, generator=torch.Generator().manual_seed(1))
    weights = torch.from_numpy(source_to_target(H36M_17, MPI_15).weights)
    poses = torch.einsum("ts,nsd->ntd", weights, poses)
    return 6 * (poses - poses[:, MPI_15.index("pelvis"), None])


def lacking(poses, skeleton, joints=ARM):
    known = torch.ones_like(poses[..., 0], dtype=torch.bool)
    known[..., skeleton.indices(*joints)] = False
    return known


def error(found, truth):
    return (found - truth).norm(dim=-1).mean().item()


@pytest.mark.slow
def test_limits_leave_bodies_alone_that_keep_to_them(bodies):
    assert error(repair_by_limits(bodies, KUNDU_17), bodies) < 1e-6


@pytest.mark.parametrize("way", slow_but([0], range(4)))
def test_limits_undo_exchanged_arms_and_legs(bodies, way):
    came = bodies[:, swap_orders(KUNDU_17)[way]]
    assert error(repair_by_limits(came, KUNDU_17), bodies) < 1e-6


@pytest.mark.slow
def test_limits_bring_limbs_near_their_ranges(bodies, generator):
    came = bodies + 0.3 * torch.randn(bodies.shape, generator=generator, dtype=bodies.dtype)
    before, after = (limits_energy(poses, KUNDU_17).sum(dim=-1) for poses in (came, repair_by_limits(came, KUNDU_17)))
    assert after.mean() < 0.2 * before.mean()


@pytest.mark.slow
def test_limits_keep_left_and_right_bones_alike(bodies, generator):
    came = bodies + 0.1 * torch.randn(bodies.shape, generator=generator, dtype=bodies.dtype)
    lengths = KinematicTree(KUNDU_17).bone_lengths(repair_by_limits(came, KUNDU_17))
    children = [child for child, _ in KUNDU_17.bones]
    twin = [children.index(int(KUNDU_17.mirror[child])) for child in children]
    torch.testing.assert_close(lengths, lengths[:, twin])


def test_mixture_lessens_noise(likely, generator):
    came = likely + 0.15 * torch.randn(likely.shape, generator=generator, dtype=likely.dtype)
    found = repair_by_mixture(came, MPI_15, read_bundled_prior(), noise=0.15)
    assert error(found, likely) < 0.8 * error(came, likely)


@pytest.mark.parametrize("way", [1, 2])
def test_mixture_undoes_exchanged_arms_and_legs(likely, way):
    prior = read_bundled_prior()
    came = likely[:, swap_orders(MPI_15)[way]]
    torch.testing.assert_close(
        repair_by_mixture(came, MPI_15, prior), repair_by_mixture(likely, MPI_15, prior), atol=1e-6, rtol=0
    )


def test_mixture_knows_better_where_a_missing_arm_is(likely):
    known = lacking(likely, MPI_15)
    standing = fill_in_standing(likely, MPI_15, mask=known)
    assert error(repair_by_mixture(likely, MPI_15, read_bundled_prior(), mask=known), likely) < error(standing, likely)


def test_feet_move_along_with_ankles(bodies, knowledge, generator):
    came = bodies + 0.1 * torch.randn(bodies.shape, generator=generator, dtype=bodies.dtype)
    found = repair_by_mixture(came, KUNDU_17, *knowledge[repair_by_mixture])
    foot, ankle = KUNDU_17.indices("l_foot", "l_ankle")
    torch.testing.assert_close((found - came)[:, foot], (found - came)[:, ankle])


def test_people_of_an_embedding_stay(knowledge, generator):
    (embedding,) = knowledge[repair_by_embedding]
    people = embedding.sample_poses(20, generator=generator)
    assert error(repair_by_embedding(people, KUNDU_17, embedding, noise=1e-3), people) < 0.02


@pytest.mark.slow
def test_the_bundled_embedding_undoes_swaps_and_fills_in(shared_data):
    try:
        embedding = read_bundled_embedding()
    except InputError:
        pytest.skip("this installation lacks the embedding")
    people = embedding.sample_poses(60, generator=torch.Generator().manual_seed(0)).double()
    for order in swap_orders(KUNDU_17)[1:3]:
        assert error(repair_by_embedding(people[:, order], KUNDU_17, embedding), people) < 0.15
    known = lacking(people, KUNDU_17)
    standing = fill_in_standing(people, KUNDU_17, mask=known)
    assert error(repair_by_embedding(people, KUNDU_17, embedding, mask=known), people) < error(standing, people)


@pytest.mark.parametrize("way", WAYS)
def test_place_heading_and_size_do_not_matter(way, knowledge, bodies, generator, in_few_steps):
    people = bodies[:8] + 0.1 * torch.randn(8, 17, 3, generator=generator, dtype=torch.float64)
    known = lacking(people, KUNDU_17)
    turn = roma.random_rotmat(8, dtype=torch.float64, generator=generator)

    def moved(poses):
        return 0.21 * poses @ turn.mT + torch.tensor([1.0, -2.0, 5.0])

    torch.testing.assert_close(
        way(moved(people), KUNDU_17, *knowledge[way], mask=known),
        moved(way(people, KUNDU_17, *knowledge[way], mask=known)),
        atol=1e-4,
        rtol=0,
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_any_batch_and_whatever_stands_in_unknown_joints(way, dtype, knowledge, bodies, in_few_steps):
    poses = bodies[:6].to(dtype)
    known = lacking(poses, KUNDU_17)
    alike = way(poses, KUNDU_17, *knowledge[way], mask=known)
    poses = torch.where(known[..., None], poses, torch.nan)
    found = way(poses.reshape(2, 3, 17, 3), KUNDU_17, *knowledge[way], mask=known.reshape(2, 3, 17))
    assert found.dtype == dtype and found.isfinite().all()
    torch.testing.assert_close(found.reshape(6, 17, 3), alike)
    assert way(poses[:0], KUNDU_17, *knowledge[way]).shape == (0, 17, 3)


def test_missing_limbs_hang_and_are_as_long_as_their_twins(bodies):
    poses = bodies.clone()
    known = lacking(poses, KUNDU_17, (*ARM, "r_knee", "r_ankle", "r_foot"))
    filled = fill_in_standing(poses, KUNDU_17, mask=known)
    torch.testing.assert_close(filled[known], poses[known])
    tree = KinematicTree(KUNDU_17)
    torch.testing.assert_close(tree.bone_lengths(filled), tree.bone_lengths(poses))
    trunk = torch.zeros_like(known)
    trunk[:, KUNDU_17.indices("pelvis", "thorax", "l_hip", "r_hip")] = True
    standing = to_canonical(fill_in_standing(poses, KUNDU_17, mask=trunk), KUNDU_17).joints
    left = standing[:, KUNDU_17.indices("l_shoulder", "l_elbow", "l_wrist", "l_hip", "l_knee", "l_ankle", "l_foot")]
    down = torch.tensor([0.0, 0.0, -1.0]).double()
    places = (down * length for length in (0, 1.4, 2.6))
    for joint, place in zip(left[:, :3].unbind(dim=1), places, strict=True):
        torch.testing.assert_close(joint - left[:, 0], place.expand(12, 3), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        left[:, 6] - left[:, 5], torch.tensor([1.0, 0, 0]).double().expand(12, 3), atol=1e-6, rtol=0
    )
    assert is_within_limits(standing, KUNDU_17)[:, KUNDU_17.index("l_elbow")].all()


@pytest.mark.parametrize("way", WAYS)
def test_bad_input_is_refused_in_one_sentence(way, knowledge, bodies, unchecked_shapes):
    poses, known = bodies[:3], torch.ones(3, 17, dtype=torch.bool)
    without_hip, broken, flat = known.clone(), poses.clone(), poses.clone()
    without_hip[1, KUNDU_17.index("l_hip")] = False
    broken[2, 4] = torch.inf
    flat[0, KUNDU_17.indices("l_hip", "r_hip")] = 0
    cases = [
        (poses[:, :15], None, ConventionError, "15 joints came for kundu_17"),
        (poses, known[:2], ConventionError, "the mask has the shape"),
        (poses, without_hip, InputError, "faces anywhere"),
        (broken, None, InputError, "not finite"),
        (flat, None, InputError, "span no plane"),
    ]
    for bad, mask, kind, words in cases:
        with pytest.raises(kind, match=words):
            way(bad, KUNDU_17, *knowledge[way], mask=mask)


def test_an_embedding_of_another_skeleton_is_refused(knowledge, likely):
    with pytest.raises(ConventionError, match="embedding is of kundu_17"):
        repair_by_embedding(likely, MPI_15, *knowledge[repair_by_embedding])
