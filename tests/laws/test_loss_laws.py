"""What holds for every loss: zero at the truth, never negative, a batch as one by one, hidden is hidden, and more."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from maquette.body.catalog import H36M_17, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.losses.angle import illegal_angle_energy
from maquette.losses.bone import bone_asymmetry, bone_ratio_variance
from maquette.losses.field import direction_error, heatmap_cross_entropy, heatmap_square_error, part_cross_entropy
from maquette.losses.position import depth_distance, depth_error, location_error, position_error
from maquette.losses.structure import structural_energy

Draw = Callable[[int, torch.Generator], tuple[Tensor, ...]]


@dataclass(frozen=True)
class Law:
    """A loss and what it is tried on. The first input is the prediction, the only one with a gradient."""

    loss: Callable[..., Tensor]
    draw: Draw
    """Inputs of so many samples, in double precision."""
    perfect: Draw
    """The same where nothing is wrong."""
    mirrored: Callable[..., tuple[Tensor, ...]]
    """The inputs with left and right exchanged, picture and names."""
    mask_axes: int
    """How many axes the mask has, that of samples included."""
    answers: Callable[[Tensor], Tensor] = lambda answer: answer
    """The answer of a mirrored person, as the person's own answer would be."""


def mirror(skeleton: Skeleton) -> Tensor:
    return torch.from_numpy(skeleton.mirror)


def flipped(joints: Tensor, skeleton: Skeleton = MPII_16) -> Tensor:
    sign = joints.new_tensor([-1.0, 1.0, 1.0])[: joints.shape[-1]]
    return joints[:, mirror(skeleton)] * sign


def model_person(skeleton: Skeleton = MPII_16) -> Tensor:
    """Facing the camera, legs and arms in the canonical ratio, elbows and knees bent a little the right way."""
    right = {"thorax": (0.0, -0.5, 0.0), "upper_neck": (0.0, -0.5, 0.0), "pelvis": (0.0, 0.0, 0.0)}
    right |= {"r_shoulder": (-0.18, -0.5, 0.0), "r_elbow": (-0.18, -0.2, 0.0)}
    right |= {"r_hip": (-0.12, 0.0, 0.0), "r_knee": (-0.12, 0.4, 0.0)}
    forearm, shin = 0.3 / 1.1375361, 0.4 / 1.0085885
    right |= {"r_wrist": (-0.18, -0.2 + forearm * math.cos(0.5), -forearm * math.sin(0.5))}
    right |= {"r_ankle": (-0.12, 0.4 + shin * math.cos(0.5), shin * math.sin(0.5))}
    places = right | {"l_" + name[2:]: (-x, y, z) for name, (x, y, z) in right.items() if name.startswith("r_")}
    return torch.tensor([places.get(name, (0.0, -0.7, 0.0)) for name in skeleton.joint_names], dtype=torch.float64)


def on(skeleton: Skeleton, loss: Callable[..., Tensor], **settings: bool) -> Callable[..., Tensor]:
    return lambda joints, mask=None: loss(joints, skeleton, mask=mask, **settings)


def body_law(loss: Callable[..., Tensor], swap: bool = False, skeleton: Skeleton = MPII_16, **settings: bool) -> Law:
    """A loss of poses alone; ``swap`` where it answers right, left, right, left."""
    return Law(
        on(skeleton, loss, **settings),
        lambda count, generator: (rand(count, len(skeleton), 3, generator=generator),),
        lambda count, _: (model_person(skeleton).expand(count, -1, -1),),
        lambda joints: (flipped(joints, skeleton),),
        2,
        (lambda answer: answer[:, [1, 0, 3, 2]]) if swap else (lambda answer: answer),
    )


def rand(*shape: int, generator: torch.Generator) -> Tensor:
    return torch.rand(*shape, generator=generator, dtype=torch.float64) * 2 - 1


def pair_law(loss: Callable[..., Tensor], *shape: int) -> Law:
    """A loss of predicted and true joints."""

    def mirrored(*pair: Tensor) -> tuple[Tensor, ...]:
        return tuple(flipped(part) if len(shape) == 2 else part[:, mirror(MPII_16)] for part in pair)

    def perfect(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        truth = rand(count, *shape, generator=generator)
        return truth, truth.clone()

    return Law(
        loss,
        lambda count, generator: tuple(rand(count, *shape, generator=generator) for _ in range(2)),
        perfect,
        mirrored,
        2,
    )


def map_law(loss: Callable[..., Tensor], sharpness: float) -> Law:
    """A loss of one map a joint; sharp maps of one lit cell, times ``sharpness``, are perfect."""

    def draw(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        return tuple(rand(count, 16, 3, 4, generator=generator).abs() for _ in range(2))

    def perfect(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        lit = torch.eye(12, dtype=torch.float64)[torch.randint(12, (count, 16), generator=generator)]
        return sharpness * lit.unflatten(-1, (3, 4)), lit.unflatten(-1, (3, 4))

    def mirrored(*maps: Tensor) -> tuple[Tensor, ...]:
        return tuple(part[:, mirror(MPII_16)].flip(-1) for part in maps)

    return Law(loss, draw, perfect, mirrored, 2, lambda answer: answer[:, mirror(MPII_16)])


def part_law() -> Law:
    swap = torch.tensor([0, 2, 1])

    def draw(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        labels = torch.randint(3, (count, 4, 5), generator=generator, dtype=torch.uint8)
        return rand(count, 3, 4, 5, generator=generator), labels

    def perfect(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        _, labels = draw(count, generator)
        return 1e3 * torch.eye(3, dtype=torch.float64)[labels.long()].movedim(-1, 1), labels

    def mirrored(logits: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        return logits[:, swap].flip(-1), swap[labels.long()].flip(-1)

    return Law(part_cross_entropy, draw, perfect, mirrored, 3)


def direction_law() -> Law:
    def draw(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        return rand(count, 2, generator=generator), 4 * rand(count, generator=generator)

    def perfect(count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
        angle = 4 * rand(count, generator=generator)
        return 0.3 * torch.stack([angle.cos(), angle.sin()], dim=-1), angle

    def mirrored(direction: Tensor, angle: Tensor) -> tuple[Tensor, ...]:
        return direction * torch.tensor([1.0, -1.0]), -angle

    return Law(direction_error, draw, perfect, mirrored, 1)


LAWS = {
    "illegal_angle_energy": body_law(illegal_angle_energy, swap=True),
    "illegal_angle_energy, scale-free": body_law(illegal_angle_energy, swap=True, is_scale_free=True),
    "bone_asymmetry": body_law(bone_asymmetry),
    "bone_ratio_variance": body_law(bone_ratio_variance),
    "structural_energy": body_law(structural_energy),
    "structural_energy, another skeleton": body_law(structural_energy, skeleton=H36M_17),
    "location_error": pair_law(location_error, 16, 2),
    "depth_error": pair_law(depth_error, 16),
    "depth_distance": pair_law(depth_distance, 16),
    "position_error": pair_law(position_error, 16, 3),
    "heatmap_square_error": map_law(heatmap_square_error, 1.0),
    "heatmap_cross_entropy": map_law(heatmap_cross_entropy, 1e3),
    "part_cross_entropy": part_law(),
    "direction_error": direction_law(),
}
every_loss = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


def some_hidden(law: Law, inputs: tuple[Tensor, ...], generator: torch.Generator) -> Tensor:
    """A mask of the loss's own shape; the last sample is hidden altogether."""
    shape = inputs[-1].shape[: law.mask_axes]
    mask = torch.rand(shape, generator=generator) > 0.2
    mask[-1] = False
    return mask


def hidden_filled(law: Law, inputs: tuple[Tensor, ...], mask: Tensor, rubbish: float) -> tuple[Tensor, ...]:
    """The inputs with rubbish where hidden; a map of labels takes one that does not exist."""
    filled = []
    for part in inputs:
        laid = part.movedim(1, -1) if part.ndim == 4 and law.mask_axes == 3 else part
        hidden = ~mask.reshape(mask.shape + (1,) * (laid.ndim - mask.ndim))
        laid = laid.masked_fill(hidden, rubbish if laid.is_floating_point() else 255)
        filled.append(laid.movedim(-1, 1) if part.ndim == 4 and law.mask_axes == 3 else laid)
    return tuple(filled)


def with_gradient(law: Law, inputs: tuple[Tensor, ...], mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    prediction = inputs[0].clone().requires_grad_()
    answer = law.loss(prediction, *inputs[1:], mask=mask)
    (gradient,) = torch.autograd.grad(answer.sum(), prediction)
    return answer.detach(), gradient


@every_loss
def test_nothing_is_wrong_with_the_truth(law, generator):
    answer, gradient = with_gradient(law, law.perfect(3, generator))
    torch.testing.assert_close(answer, torch.zeros_like(answer), rtol=0, atol=1e-12)
    assert gradient.isfinite().all()


@every_loss
def test_never_negative_and_one_answer_for_each_sample(law, generator):
    answer = law.loss(*law.draw(7, generator))
    assert answer.shape[0] == 7 and (answer >= 0).all() and answer.sum() > 0


@every_loss
def test_a_batch_is_one_by_one(law, generator):
    inputs = law.draw(6, generator)
    whole = law.loss(*inputs)
    single = torch.cat([law.loss(*(part[i : i + 1] for part in inputs)) for i in range(6)])
    torch.testing.assert_close(whole, single, rtol=1e-12, atol=1e-14)
    folded = law.loss(*(part.unflatten(0, (2, 3)) for part in inputs))
    torch.testing.assert_close(folded.flatten(end_dim=1), whole, rtol=1e-12, atol=1e-14)
    bare = law.loss(*(part[0] for part in inputs))
    torch.testing.assert_close(bare, whole[0], rtol=1e-12, atol=1e-14)
    assert law.loss(*(part[:0] for part in inputs)).shape == (0, *whole.shape[1:])


@every_loss
def test_the_gradient_is_that_of_the_value(law, generator):
    prediction, *rest = law.draw(2, generator)
    assert torch.autograd.gradcheck(lambda value: law.loss(value, *rest), prediction.requires_grad_())
    mask = some_hidden(law, (prediction, *rest), generator)
    assert torch.autograd.gradcheck(lambda value: law.loss(value, *rest, mask=mask), prediction)


@every_loss
@pytest.mark.parametrize("rubbish", [math.nan, math.inf, 1e6])
def test_what_is_hidden_has_no_say(law, generator, rubbish):
    inputs = law.draw(5, generator)
    mask = some_hidden(law, inputs, generator)
    answer, gradient = with_gradient(law, inputs, mask)
    other, other_gradient = with_gradient(law, hidden_filled(law, inputs, mask, rubbish), mask)
    assert torch.equal(answer, other) and torch.equal(gradient, other_gradient)
    assert answer.isfinite().all() and not answer[-1].any() and not gradient[-1].any()


@every_loss
def test_a_mask_of_ones_hides_nothing(law, generator):
    inputs = law.draw(4, generator)
    mask = torch.ones_like(some_hidden(law, inputs, generator))
    torch.testing.assert_close(law.loss(*inputs, mask=mask), law.loss(*inputs), rtol=1e-12, atol=1e-14)


@every_loss
def test_left_and_right_are_worth_the_same(law, generator):
    inputs = law.draw(5, generator)
    answer = law.loss(*inputs)
    torch.testing.assert_close(law.loss(*law.mirrored(*inputs)), law.answers(answer), rtol=1e-10, atol=1e-13)


@every_loss
def test_single_precision_agrees_with_double(law, generator):
    inputs = law.draw(5, generator)
    single = law.loss(*(part.float() if part.is_floating_point() else part for part in inputs))
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), law.loss(*inputs), rtol=1e-4, atol=1e-5)


@every_loss
def test_nothing_is_broadcast_in_silence(law, generator, unchecked_shapes):
    inputs = law.draw(4, generator)
    mask = torch.ones_like(some_hidden(law, inputs, generator))
    for wrong in (mask[:1], mask[..., :1], mask[None], mask[0]):
        if wrong.shape != mask.shape:
            with pytest.raises(ConventionError, match="shape"):
                law.loss(*inputs, mask=wrong)
    if len(inputs) == 2:
        with pytest.raises(ConventionError, match="shape"):
            law.loss(inputs[0], inputs[1][:1])
        with pytest.raises(ConventionError, match="shape"):
            law.loss(inputs[0][:1], inputs[1])
    elif law.mask_axes == 2:
        with pytest.raises(ConventionError, match="shape"):
            law.loss(inputs[0][:, :1])


@every_loss
def test_looking_first_does_not_spoil_learning(law, generator):
    inputs = law.draw(2, generator)
    with torch.inference_mode():
        law.loss(*inputs)
    assert with_gradient(law, inputs)[1].isfinite().all()
