"""The networks of the pose embedding: published sizes, unit vectors whatever comes, batches, and both skeletons."""

import pytest
import torch

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.errors import ConventionError, SettingError
from maquette.methods.embedding.config import PAPER, TINY
from maquette.nets.embedding_sizes import CriticSizes, EmbeddingSizes
from maquette.nets.pose_embedding import GROUPS, PoseCritic, PoseDecoder, PoseEncoder

LIMBS = {
    skeleton.name: tuple(joint for joint in skeleton.joint_names if joint not in ("pelvis", "thorax", "l_hip", "r_hip"))
    for skeleton in (KUNDU_17, MPI_15)
}
KUNDU_LIMBS = LIMBS["kundu_17"]


@pytest.fixture
def codes(generator):
    return 2 * torch.rand(7, 32, generator=generator) - 1


def encoder(limbs=KUNDU_LIMBS, sizes=TINY.sizes):
    torch.manual_seed(0)
    return PoseEncoder(limbs, sizes)


def decoder(limbs=KUNDU_LIMBS, sizes=TINY.sizes):
    torch.manual_seed(0)
    return PoseDecoder(limbs, sizes)


@pytest.mark.parametrize(("skeleton", "count"), [("kundu_17", 13), ("mpi_15", 11)])
@pytest.mark.parametrize("sizes", [TINY.sizes, PAPER.sizes])
def test_codes_become_unit_vectors_and_those_codes(skeleton, count, sizes, codes):
    pose = decoder(LIMBS[skeleton], sizes)(codes)
    assert pose.directions.shape == (7, count, 3) and pose.hip_tilt_rad.shape == (7,)
    torch.testing.assert_close(pose.directions.norm(dim=-1), torch.ones(7, count))
    again = encoder(LIMBS[skeleton], sizes)(*pose)
    assert again.shape == (7, 32) and again.abs().max() < 1


def test_published_widths():
    made = PoseEncoder(KUNDU_LIMBS, PAPER.sizes)
    assert [layer.out_features for layer in made.groups] == [32] * 5
    assert [layer.out_features for layer in made.pairs] == [64] * 4
    assert [layer.out_features for layer in made.halves] == [128] * 2
    assert [tuple(layer.weight.shape) for layer in made.whole[::2]] == [(512, 256)]
    assert tuple(made.code.weight.shape) == (32, 512)
    back = PoseDecoder(KUNDU_LIMBS, PAPER.sizes)
    assert [tuple(layer.weight.shape) for layer in back.whole[::2]] == [(512, 32), (512, 512), (512, 512)]
    assert [layer.out_features for layer in back.groups] == [9, 9, 9, 9, 3]


def test_the_published_discriminator_gives_23_verdicts(generator):
    critic = PoseCritic(KUNDU_17.joint_names, PAPER.critic)
    assert critic(torch.randn(2, 3, 17, 3, generator=generator)).shape == (2, 3, 23)
    torch.testing.assert_close(critic.weights, torch.tensor([1 / 51] * 17 + [1 / 15] * 5 + [1 / 3]))
    assert PoseCritic(MPI_15.joint_names, TINY.critic).weights.sum() == pytest.approx(1.0)


def test_batch_is_one_by_one(codes, generator):
    net, back = encoder(), decoder()
    critic = PoseCritic(KUNDU_17.joint_names, TINY.critic)
    pose = back(codes.reshape(7, 1, 32))
    for at, code in enumerate(codes):
        alone = back(code)
        torch.testing.assert_close(pose.directions[at, 0], alone.directions)
        torch.testing.assert_close(pose.hip_tilt_rad[at, 0], alone.hip_tilt_rad)
        torch.testing.assert_close(net(*pose)[at, 0], net(*alone))
    joints = torch.randn(4, 17, 3, generator=generator)
    torch.testing.assert_close(critic(joints), torch.stack([critic(one) for one in joints]))


def test_limbs_come_out_in_the_order_asked_for(codes):
    """The same weights with the limbs listed backwards say the same of every limb."""
    backwards = KUNDU_LIMBS[::-1]
    pose, turned = decoder()(codes), decoder(backwards)(codes)
    legs = [KUNDU_LIMBS.index("l_knee"), backwards.index("l_knee")]
    torch.testing.assert_close(pose.directions[:, legs[0]], turned.directions[:, legs[1]])
    torch.testing.assert_close(encoder()(*pose), encoder(backwards)(pose.directions.flip(1), pose.hip_tilt_rad))


def test_every_number_of_a_pose_reaches_the_code(codes):
    pose = decoder()(codes)
    directions, tilt = pose.directions.detach().requires_grad_(), pose.hip_tilt_rad.detach().requires_grad_()
    encoder()(directions, tilt).sum().backward()
    assert directions.grad.abs().amin() > 0 and tilt.grad.abs().amin() > 0


def test_a_joint_is_judged_by_itself(generator):
    critic = PoseCritic(KUNDU_17.joint_names, TINY.critic)
    joints = torch.randn(17, 3, generator=generator)
    moved = joints.clone()
    at = KUNDU_17.index("l_wrist")
    moved[at] += 0.5
    differs = (critic(joints) - critic(moved)).abs() > 1e-7
    groups = [17 + place for place, group in enumerate(GROUPS.values()) if "l_wrist" in group]
    assert differs.nonzero().flatten().tolist() == [at, *groups, 22]


def test_vectors_of_no_length_have_a_direction_and_a_finite_gradient(codes):
    net = decoder()
    for parameter in net.groups.parameters():
        torch.nn.init.zeros_(parameter)
    pose = net(codes)
    torch.testing.assert_close(pose.directions.norm(dim=-1), torch.ones(7, 13))
    pose.directions.square().sum().backward()
    assert all(parameter.grad is None or parameter.grad.isfinite().all() for parameter in net.parameters())


def test_the_hip_line_never_stands_upright(codes):
    net = decoder()
    for layer in net.hips:
        torch.nn.init.constant_(layer.bias, 100.0)
    assert net(codes).hip_tilt_rad.abs().max() < 0.8


@pytest.mark.parametrize("limbs", [("r_wrist", "head_top"), (*KUNDU_LIMBS, "tail")])
def test_other_bodies_are_refused(limbs):
    with pytest.raises(ConventionError, match="two arms, two legs and a head"):
        PoseEncoder(limbs, TINY.sizes)


def test_sizes_without_sense_are_refused():
    with pytest.raises(SettingError, match="positive"):
        EmbeddingSizes(group=0, pair=1, half=1, whole=1, decoder_layers=1)
    with pytest.raises(SettingError, match="positive"):
        CriticSizes(joint=1, group=1, whole=-1)
