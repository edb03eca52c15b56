"""The pose embedding in use: exact bones, any place and heading, the nearest pose, ways between poses, refusals."""

import math

import pytest
import roma
import torch

from maquette.body.anatomy import bone_ratios
from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.body.mapping import source_to_target
from maquette.errors import ConventionError, InputError
from maquette.geometry.canonical import to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.methods.embedding.config import TINY
from maquette.priors.embedding.model import PoseEmbedding

SIZES = TINY.sizes


def made(skeleton=KUNDU_17, spread=3.0):
    """An embedding that learnt nothing; its last layers are widened so that codes differ in pose."""
    torch.manual_seed(0)
    embedding = PoseEmbedding(skeleton, SIZES)
    with torch.no_grad():
        for layer in embedding.decoder.groups:
            layer.weight.mul_(spread)
    return embedding.eval()


@pytest.fixture(scope="module")
def embedding():
    return made()


@pytest.fixture
def people(embedding, generator):
    """Twelve people of the embedding itself, each somewhere, turned and of a size of its own; float64."""
    poses = embedding.sample_poses(12, generator=generator).double()
    turn = roma.random_rotmat(12, dtype=torch.float64, generator=generator)
    size = 0.15 + 0.2 * torch.rand(12, 1, 1, generator=generator, dtype=torch.float64)
    return size * poses @ turn.mT + torch.randn(12, 1, 3, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("skeleton", [KUNDU_17, MPI_15], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bones_of_every_decode_are_exact(skeleton, dtype, generator):
    embedding = made(skeleton).to(dtype)
    tree = KinematicTree(skeleton)
    poses = embedding.sample_poses(500, generator=generator)
    assert poses.dtype == dtype
    ratios = torch.tensor(bone_ratios(skeleton), dtype=dtype).expand(500, -1)
    torch.testing.assert_close(tree.bone_lengths(poses), ratios, atol=1e-5, rtol=0)
    lengths = ratios * (0.5 + torch.rand(500, 1, generator=generator, dtype=dtype))
    given = embedding.decode(embedding.sample_codes(500, generator=generator), lengths)
    torch.testing.assert_close(tree.bone_lengths(given), lengths, atol=1e-5, rtol=0)


def test_decoded_poses_are_canonical(embedding, generator):
    poses = embedding.sample_poses(200, generator=generator)
    turn = to_canonical(poses, KUNDU_17).rotation
    torch.testing.assert_close(turn, torch.eye(3).expand(200, 3, 3), atol=1e-5, rtol=0)
    assert poses[:, KUNDU_17.index("pelvis")].abs().max() == 0


@pytest.mark.parametrize("batch", [(), (0,), (3,), (2, 3)])
def test_any_batch(embedding, batch, generator):
    codes = 2 * torch.rand(*batch, 32, generator=generator) - 1
    poses = embedding.decode(codes)
    assert poses.shape == (*batch, 17, 3) and embedding.encode(poses).shape == (*batch, 32)
    if batch and 0 not in batch:
        torch.testing.assert_close(embedding.decode(codes[-1]), poses[-1])
        torch.testing.assert_close(embedding.encode(poses[-1]), embedding.encode(poses)[-1])


def test_many_rows_are_taken_in_parts(embedding, generator):
    codes = embedding.sample_codes(10_000, generator=generator)
    poses = embedding.decode(codes)
    torch.testing.assert_close(poses[[0, 8191, 8192, 9999]], embedding.decode(codes[[0, 8191, 8192, 9999]]))


def test_codes_do_not_know_bone_lengths(embedding, generator):
    codes = embedding.sample_codes(20, generator=generator)
    lengths = torch.tensor(bone_ratios(KUNDU_17)) * (0.5 + torch.rand(20, 1, generator=generator))
    torch.testing.assert_close(
        embedding.encode(embedding.decode(codes)), embedding.encode(embedding.decode(codes, lengths)), atol=1e-4, rtol=0
    )


def test_random_people_belong_to_the_generator(embedding):
    first, again, other = (
        embedding.sample_poses(5, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.equal(again) and not first.equal(other)
    codes = embedding.sample_codes(1000, generator=torch.Generator().manual_seed(0))
    assert codes.min() < -0.99 and codes.max() > 0.99 and codes.mean().abs() < 0.02


class TestNearest:
    @pytest.mark.slow
    def test_people_of_the_embedding_are_found(self, embedding, people):
        first, found = embedding.find_nearest(people, rounds=0), embedding.find_nearest(people, rounds=40)
        before, after = ((one.poses - people).norm(dim=-1).mean(dim=-1) for one in (first, found))
        assert found.poses.dtype == torch.float64 and found.codes.abs().max() <= 1
        assert (after <= before + 1e-6).all() and after.median() < 0.1 * before.median()

    def test_batch_is_one_by_one(self, people):
        embedding = made().double()
        together = embedding.find_nearest(people.unflatten(0, (3, 4)))
        alone = embedding.find_nearest(people[5])
        torch.testing.assert_close(together.poses[1, 1], alone.poses)
        torch.testing.assert_close(together.codes[1, 1], alone.codes)

    def test_found_poses_are_those_of_their_codes(self, embedding, people):
        found = embedding.find_nearest(people)
        canonical = to_canonical(found.poses, KUNDU_17).joints.float()
        lengths = KinematicTree(KUNDU_17).bone_lengths(people).float()
        torch.testing.assert_close(canonical, embedding.decode(found.codes, lengths), atol=1e-4, rtol=0)

    def test_place_heading_and_size_do_not_matter(self, embedding, people):
        turn = roma.rotvec_to_rotmat(torch.tensor([0.3, -2.0, 1.0], dtype=torch.float64))
        moved = 3.0 * people @ turn.mT + torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        first, second = embedding.double().find_nearest(people), embedding.find_nearest(moved)
        embedding.float()
        expected = 3.0 * first.poses @ turn.mT + torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
        torch.testing.assert_close(second.poses, expected, atol=1e-5, rtol=0)

    def test_unknown_joints_are_not_looked_at_and_are_made_up(self, embedding, people):
        mask = torch.ones(12, 17, dtype=torch.bool)
        mask[:, KUNDU_17.indices("l_elbow", "l_wrist")] = False
        first = embedding.find_nearest(people, mask=mask)
        spoilt = people.clone()
        spoilt[~mask] = math.nan
        second = embedding.find_nearest(spoilt, mask=mask)
        assert first.poses.equal(second.poses) and first.poses.isfinite().all()
        lengths = KinematicTree(KUNDU_17).bone_lengths(first.poses)
        wanted = KinematicTree(KUNDU_17).bone_lengths(people)
        torch.testing.assert_close(lengths, wanted, rtol=1e-3, atol=0)

    @pytest.mark.parametrize("joint", ["pelvis", "thorax", "l_hip", "r_hip"])
    def test_a_trunk_must_be_known(self, embedding, people, joint):
        mask = torch.ones(12, 17, dtype=torch.bool)
        mask[3, KUNDU_17.index(joint)] = False
        with pytest.raises(InputError, match="lack one of pelvis"):
            embedding.find_nearest(people, mask=mask)


class TestEnergy:
    def test_it_is_the_distance_from_the_pose_decoded_again(self, embedding, people):
        canonical = to_canonical(people.float(), KUNDU_17).joints
        pose = embedding.tree.assemble(embedding.tree.localise(canonical), embedding.ratios)
        off = pose - embedding.decode(embedding.encode(canonical))
        expected = off.square().sum(dim=-1).mean(dim=-1)
        torch.testing.assert_close(embedding.energy(people).float(), expected, rtol=1e-3, atol=1e-5)

    def test_neither_place_nor_heading_nor_size_matters(self, people):
        embedding = made().double()
        turn = roma.rotvec_to_rotmat(torch.tensor([1.0, 2.0, -0.5], dtype=torch.float64))
        torch.testing.assert_close(embedding.energy(5 * people @ turn.mT - 7), embedding.energy(people))

    @pytest.mark.slow
    def test_its_gradient_is_right(self, people):
        embedding = made().double()
        pose = people[:1].clone().requires_grad_()
        assert torch.autograd.gradcheck(embedding.energy, (pose,), atol=1e-4, rtol=1e-3)

    def test_its_gradient_is_finite_where_limbs_point_anywhere(self, embedding, people):
        poses = people.clone()
        at, parent = KUNDU_17.indices("l_elbow", "l_shoulder")
        for row, way in enumerate([(1, 0, 0), (0, 0, -1), (0, 1, 0), (0, -1, 0), (0, 0, 0)]):
            poses[row, at] = poses[row, parent] + 0.3 * torch.tensor(way).double()
        poses.requires_grad_()
        embedding.energy(poses).sum().backward()
        assert poses.grad.isfinite().all()


class TestInterpolation:
    @pytest.mark.slow
    def test_it_starts_and_ends_at_the_nearest_poses(self, embedding, people):
        way = embedding.interpolate(people[:4], people[4:8], 5)
        assert way.shape == (4, 5, 17, 3) and way.dtype == torch.float64
        torch.testing.assert_close(way[:, 0], embedding.find_nearest(people[:4]).poses, atol=1e-4, rtol=0)
        torch.testing.assert_close(way[:, -1], embedding.find_nearest(people[4:8]).poses, atol=1e-4, rtol=0)

    def test_bones_grow_evenly_and_the_pelvis_goes_straight(self, embedding, people):
        way = embedding.interpolate(people[0], people[1], 3)
        lengths = KinematicTree(KUNDU_17).bone_lengths(way)
        torch.testing.assert_close(lengths[1], (lengths[0] + lengths[2]) / 2, atol=1e-4, rtol=0)
        root = way[:, KUNDU_17.index("pelvis")]
        torch.testing.assert_close(root[1], (root[0] + root[2]) / 2, atol=1e-4, rtol=0)


@pytest.mark.parametrize("use", ["find_nearest", "energy"])
class TestBadBodies:
    def test_poses_that_are_no_numbers(self, embedding, people, use):
        people[2, 5, 1] = math.nan
        with pytest.raises(InputError, match="pose 2 of 12"):
            getattr(embedding, use)(people)

    def test_hips_in_one_place(self, embedding, people, use):
        people[1, KUNDU_17.index("l_hip")] = people[1, KUNDU_17.index("r_hip")]
        with pytest.raises(InputError, match="faces nowhere"):
            getattr(embedding, use)(people)


def test_left_handed_people_are_refused(embedding, crowd):
    feetless = made(MPI_15)
    poses = torch.from_numpy(source_to_target(H36M_17, MPI_15).joints(crowd.numpy()))
    assert feetless.find_nearest(poses[:5]).poses.shape == (5, 15, 3)
    with pytest.raises(ConventionError, match="left-handed"):
        feetless.find_nearest(poses * torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64))
