"""Local frames: axes at right angles, the published definitions as slow twins, and both sides of every singularity."""

import math

import pytest
import torch

from maquette.geometry.local_frame import dot_rows, face_axes, least_turn, transport_axes, unit, unit_rows

RESTING = {"right": (0.0, -1.0, 0.0), "left": (0.0, 1.0, 0.0), "up": (0.0, 0.0, 1.0), "down": (0.0, 0.0, -1.0)}


def drawn(count, generator, dtype=torch.float64):
    return unit(torch.randn(count, 3, dtype=dtype, generator=generator))


def rows_of(vectors):
    """Vectors by column, as frames want them."""
    return torch.as_tensor(vectors, dtype=torch.float64).reshape(-1, 3).mT


def near(direction, offset_rad):
    """Directions about as far as this from the given one, all around it."""
    across = [torch.linalg.cross(direction, direction.roll(shift)) for shift in (1, 2)]
    around = [unit(sign * vector) for vector in across for sign in (1, -1)]
    return torch.stack([unit(direction + math.tan(offset_rad) * step) for step in around])


def matrices(axes):
    return torch.stack([axis.mT for axis in axes], dim=-1)


def assert_frames(axes, parents):
    """The axes are those of right-handed frames that point back along the parent bone."""
    frames = matrices(axes)
    eye = torch.eye(3, dtype=frames.dtype).expand_as(frames)
    assert torch.allclose(frames.mT @ frames, eye, atol=1e-12)
    assert torch.allclose(torch.linalg.det(frames), frames.new_ones(len(frames)))
    assert torch.equal(frames[..., 2], -parents)


@pytest.mark.parametrize("resting", RESTING.values(), ids=RESTING)
def test_transported_frames_are_resting_frames_turned_least(resting, generator):
    parents, rest = drawn(300, generator), torch.tensor(resting, dtype=torch.float64)
    axes = transport_axes(parents.mT, rest[:, None])
    ahead = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    at_rest = torch.stack([torch.linalg.cross(ahead, -rest), ahead, -rest], dim=-1)
    assert_frames(axes, parents)
    assert torch.allclose(matrices(axes), least_turn(rest, parents) @ at_rest, atol=1e-12)


def test_face_frames_are_built_as_published(generator):
    parents = drawn(300, generator)
    back, face = -parents, torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    upright = unit(face - (back @ face)[:, None] * back)
    axes = face_axes(parents.mT)
    assert_frames(axes, parents)
    assert torch.allclose(axes[1].mT, upright, atol=1e-12)
    assert torch.allclose(-axes[0].mT, torch.linalg.cross(back, upright), atol=1e-12)


@pytest.mark.parametrize("offset_rad", [0.0, 1e-9, 1e-3, 0.0099, 0.0101, 0.1])
def test_frames_are_whole_on_and_about_their_singularities(offset_rad):
    ahead = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    for direction in (ahead, -ahead):
        parents = near(direction, offset_rad)
        assert_frames(face_axes(parents.mT), parents)
    for resting in RESTING.values():
        parents = near(-torch.tensor(resting, dtype=torch.float64), offset_rad)
        assert_frames(transport_axes(parents.mT, rows_of(resting)), parents)


def test_the_stand_ins_lean_as_they_say():
    ahead, up = rows_of((1, 0, 0)), rows_of((0, 0, 1))
    assert torch.equal(face_axes(ahead)[1], up)
    assert torch.equal(face_axes(-ahead)[1], up)
    for resting in map(rows_of, RESTING.values()):
        sideways, front, _ = transport_axes(resting, resting)
        turned_sideways, turned_front, _ = transport_axes(-resting, resting)
        assert torch.equal(front, ahead) and torch.equal(turned_front, ahead)
        assert torch.equal(turned_sideways, -sideways)


def test_the_mirror_image_has_the_first_axis_turned_round(generator):
    parents, mirror = drawn(100, generator).mT, torch.tensor([[1.0], [-1.0], [1.0]], dtype=torch.float64)
    right, left = rows_of(RESTING["right"]), rows_of(RESTING["left"])
    pairs = [
        (transport_axes(parents, right), transport_axes(mirror * parents, left)),
        (face_axes(parents), face_axes(mirror * parents)),
    ]
    for own, image in pairs:
        for sign, axis, mirrored in zip((-1, 1, 1), own, image, strict=True):
            assert torch.allclose(mirrored, sign * mirror * axis, atol=1e-12)


def test_the_least_turn_is_least(generator):
    start, end = drawn(200, generator), drawn(200, generator)
    turn = least_turn(start, end)
    assert torch.allclose((turn @ start[..., None])[..., 0], end, atol=1e-12)
    assert torch.allclose(torch.linalg.det(turn), torch.ones(200, dtype=torch.float64))
    cosine = (turn.diagonal(dim1=-2, dim2=-1).sum(dim=-1) - 1) / 2
    assert torch.allclose(cosine, (start * end).sum(dim=-1), atol=1e-12)


@pytest.mark.parametrize("offset_rad", [0.0, 1e-9, 1e-3, 0.0099, 0.0101])
def test_opposite_directions_are_turned_half_round(offset_rad, generator):
    for start in (*torch.eye(3, dtype=torch.float64), *drawn(5, generator)):
        ends = near(-start, offset_rad)
        turn = least_turn(start, ends)
        assert torch.allclose(turn @ start, ends, atol=1e-12)
        assert torch.allclose(torch.linalg.det(turn), torch.ones(len(ends), dtype=torch.float64))


def test_opposite_directions_are_turned_about_the_axis_nearest_to_where_the_body_faces():
    up = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    assert torch.allclose(least_turn(up, -up), torch.diag(up.new_tensor([1.0, -1.0, -1.0])))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("offset_rad", [0.0, 1e-9, 1e-4, 0.0099, 0.0101])
def test_gradients_are_finite_everywhere(dtype, offset_rad):
    directions = [near(vector, offset_rad) for vector in torch.eye(3, dtype=torch.float64)]
    parents = torch.cat([*directions, *(-part for part in directions)]).to(dtype)
    resting = [torch.tensor(resting, dtype=dtype)[:, None] for resting in RESTING.values()]
    makers = [lambda rows, at=at: torch.stack(transport_axes(rows, at)) for at in resting]
    makers += [lambda rows: torch.stack(face_axes(rows))]
    makers += [lambda rows, at=at: least_turn(at[:, 0], rows.mT) for at in resting]
    for make in makers:
        rows = parents.mT.clone().requires_grad_()
        weights = torch.linspace(1, 2, make(rows).numel(), dtype=dtype).reshape(make(rows).shape)
        (make(rows) * weights).sum().backward()
        assert rows.grad is not None and rows.grad.isfinite().all()


def test_gradients_are_true(generator):
    parents = drawn(6, generator).mT.clone().requires_grad_()
    resting = rows_of(RESTING["right"])
    assert torch.autograd.gradcheck(lambda rows: transport_axes(rows, resting), parents)
    assert torch.autograd.gradcheck(face_axes, parents)
    assert torch.autograd.gradcheck(lambda rows: least_turn(resting[:, 0], rows.mT), parents)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_vectors_of_no_length_have_no_direction_and_no_gradient(dtype):
    tiny = torch.finfo(dtype).tiny
    vectors = torch.tensor([[0, 0, 0], [tiny, 0, 0], [0, 3e-4, 4e-4]], dtype=dtype, requires_grad=True)
    found = unit(vectors)
    assert torch.allclose(found, torch.tensor([[0, 0, 0], [0, 0, 0], [0, 0.6, 0.8]], dtype=dtype))
    found.sum().backward()
    assert vectors.grad is not None and vectors.grad.isfinite().all() and not vectors.grad[:2].any()
    instead = unit_rows(vectors.detach().mT, torch.tensor([[0.0], [0.0], [1.0]], dtype=dtype))
    assert torch.allclose(instead.mT, torch.tensor([[0, 0, 1], [0, 0, 1], [0, 0.6, 0.8]], dtype=dtype))


def test_rows_are_multiplied_as_vectors_are(generator):
    a, b = drawn(20, generator), drawn(20, generator)
    assert torch.allclose(dot_rows(a.mT, b.mT), (a * b).sum(dim=-1))
