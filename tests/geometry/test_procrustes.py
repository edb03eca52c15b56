import numpy as np
import pytest
import roma
import torch
from torch import Tensor

from maquette.errors import ConventionError
from maquette.geometry.procrustes import Similarity, align


def sample_similarity(batch: tuple[int, ...], generator: torch.Generator) -> Similarity:
    quaternion = torch.randn(*batch, 4, generator=generator, dtype=torch.float64)
    rotation = roma.unitquat_to_rotmat(quaternion / quaternion.norm(dim=-1, keepdim=True))
    scale = torch.rand(batch, generator=generator, dtype=torch.float64) + 0.5
    return Similarity(rotation, scale, torch.randn(*batch, 3, generator=generator, dtype=torch.float64))


def sample_points(*shape: int, generator: torch.Generator) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def squared_error(similarity: Similarity, source: Tensor, target: Tensor) -> Tensor:
    return (similarity.apply(source) - target).square().sum(dim=(-2, -1))


def umeyama_twin(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """One pair of point sets, straight from the paper's equations (40) to (43)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    variance = ((source - source_mean) ** 2).sum() / len(source)
    covariance = (target - target_mean).T @ (source - source_mean) / len(source)
    U, D, Vt = np.linalg.svd(covariance)
    S = np.diag([1.0, 1.0, np.sign(np.linalg.det(U) * np.linalg.det(Vt))])
    rotation = U @ S @ Vt
    scale = np.trace(np.diag(D) @ S) / variance
    return rotation, scale, target_mean - scale * rotation @ source_mean


def test_known_similarity_is_found(generator):
    wanted = sample_similarity((4, 5), generator)
    source = sample_points(4, 5, 17, 3, generator=generator)
    found = align(source, wanted.apply(source))
    for part, want in zip(found, wanted, strict=True):
        torch.testing.assert_close(part, want, rtol=1e-9, atol=1e-9)


def test_quarter_turn_by_hand():
    source = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5]])
    target = torch.tensor([[3.0, 6.0], [3.0, 2.0], [2.0, 4.0]])  # turned by +90 degrees, doubled, moved by (3, 4)
    found = align(source, target)
    torch.testing.assert_close(found.rotation, torch.tensor([[0.0, -1.0], [1.0, 0.0]]))
    torch.testing.assert_close(found.scale, torch.tensor(2.0))
    torch.testing.assert_close(found.translation, torch.tensor([3.0, 4.0]))


@pytest.mark.parametrize("mirrored", [False, True])
def test_equals_the_slow_twin(generator, mirrored):
    source = sample_points(20, 14, 3, generator=generator)
    noise = 0.3 * sample_points(20, 14, 3, generator=generator)
    target = source * torch.tensor([-1.0 if mirrored else 1.0, 1.0, 1.0], dtype=torch.float64) + noise
    found = align(source, target)
    for i in range(20):
        rotation, scale, translation = umeyama_twin(source[i].numpy(), target[i].numpy())
        np.testing.assert_allclose(found.rotation[i], rotation, atol=1e-9)
        np.testing.assert_allclose(found.scale[i], scale, rtol=1e-9)
        np.testing.assert_allclose(found.translation[i], translation, atol=1e-9)


def test_never_reflects(generator):
    source = sample_points(200, 6, 3, generator=generator)
    found = align(source, -source)
    torch.testing.assert_close(torch.linalg.det(found.rotation), torch.ones(200, dtype=torch.float64))
    assert (found.scale >= 0).all()
    assert (squared_error(found, source, -source) > 1e-3).all()


@pytest.mark.parametrize("scale", [True, False])
def test_no_neighbouring_similarity_is_better(generator, scale):
    source, target = sample_points(2, 50, 8, 3, generator=generator)
    found = align(source, target, scale=scale)
    best = squared_error(found, source, target)
    for step in (1e-3, 1e-1):
        turn = roma.rotvec_to_rotmat(step * sample_points(50, 3, generator=generator))
        growth = 1 + step * sample_points(50, generator=generator) * scale
        move = step * sample_points(50, 3, generator=generator)
        other = Similarity(turn @ found.rotation, growth * found.scale, found.translation + move)
        assert (squared_error(other, source, target) >= best).all()


def test_without_scale_lengths_stay(generator):
    source = sample_points(3, 9, 3, generator=generator)
    found = align(source, 2 * source + 1, scale=False)
    assert torch.equal(found.scale, torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(found.rotation, torch.eye(3, dtype=torch.float64).expand(3, 3, 3))


def test_batch_is_one_by_one(generator):
    source, target = sample_points(2, 6, 7, 3, generator=generator)
    mask = torch.rand(6, 7, generator=generator) > 0.3
    together = align(source, target, mask=mask)
    for i in range(6):
        alone = align(source[i], target[i], mask=mask[i])
        for part, want in zip(alone, together, strict=True):
            torch.testing.assert_close(part, want[i])


@pytest.mark.parametrize("garbage", [1e6, float("nan"), float("inf")])
def test_hidden_points_do_not_count(generator, garbage):
    source, target = sample_points(2, 5, 9, 3, generator=generator)
    mask = torch.ones(5, 9, dtype=torch.bool)
    mask[:, [2, 7]] = False
    wanted = align(source[:, mask[0]], target[:, mask[0]])
    source[:, 2], target[:, 7] = garbage, garbage
    for part, want in zip(align(source, target, mask=mask), wanted, strict=True):
        torch.testing.assert_close(part, want)


def test_order_of_points_does_not_matter(generator):
    source, target = sample_points(2, 5, 9, 3, generator=generator)
    order = torch.randperm(9, generator=generator)
    for part, want in zip(align(source[:, order], target[:, order]), align(source, target), strict=True):
        torch.testing.assert_close(part, want)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_single_precision_is_enough_at_any_size(generator, size):
    source = size * sample_points(30, 17, 3, generator=generator)
    rotation, scale, translation = sample_similarity((30,), generator)
    wanted = Similarity(rotation, scale, size * translation)
    target = wanted.apply(source)
    found = align(source.float(), target.float())
    torch.testing.assert_close(found.rotation.double(), wanted.rotation, rtol=0, atol=1e-5)
    torch.testing.assert_close(found.scale.double(), wanted.scale, rtol=1e-5, atol=0)
    assert (found.apply(source.float()) - target).abs().max() < 1e-5 * size


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
class TestDegenerate:
    """Points that do not determine the similarity: still finite, still proper, still the best there is."""

    @staticmethod
    def points(dtype: torch.dtype) -> Tensor:
        return torch.tensor([[0.1, 0.2, 0.3], [1.1, -0.4, 0.9], [0.7, 2.0, -1.0], [0.0, 0.3, 5.0]], dtype=dtype)

    @staticmethod
    def assert_proper(found: Similarity) -> None:
        assert all(part.isfinite().all() for part in found)
        torch.testing.assert_close(torch.linalg.det(found.rotation), torch.ones_like(found.scale))

    def test_no_known_point_is_the_identity(self, dtype):
        points = self.points(dtype)
        found = align(points, points + 1, mask=torch.zeros(4, dtype=torch.bool))
        assert torch.equal(found.apply(points), points)

    def test_one_known_point_only_moves(self, dtype):
        points = self.points(dtype)
        found = align(points, 3 * points, mask=torch.tensor([False, True, False, False]))
        assert torch.equal(found.rotation, torch.eye(3, dtype=dtype))
        assert found.scale == 1
        torch.testing.assert_close(found.translation, 2 * points[1])

    def test_source_in_one_place_only_moves(self, dtype):
        points = self.points(dtype)
        found = align(points[:1].expand(4, 3), points)
        assert torch.equal(found.rotation, torch.eye(3, dtype=dtype))
        assert found.scale == 1
        torch.testing.assert_close(found.translation, points.mean(dim=0) - points[0])

    def test_target_in_one_place_takes_all_size(self, dtype):
        points = self.points(dtype)
        found = align(points, points[:1].expand(4, 3))
        self.assert_proper(found)
        assert found.scale == 0
        torch.testing.assert_close(found.apply(points), points[:1].expand(4, 3))

    def test_both_in_one_place(self, dtype):
        points = self.points(dtype)
        found = align(points[:1].expand(4, 3), points[1:2].expand(4, 3))
        torch.testing.assert_close(found.apply(points[0, None]), points[1, None])

    def test_points_on_one_line_still_fit(self, dtype):
        along = torch.tensor([-1.0, 0.0, 2.0, 5.0], dtype=dtype)[:, None]
        source = along * torch.tensor([0.0, 0.6, 0.8], dtype=dtype)
        target = 2 * along * torch.tensor([1.0, 0.0, 0.0], dtype=dtype) - 3
        found = align(source, target)
        self.assert_proper(found)
        torch.testing.assert_close(found.apply(source), target, rtol=1e-5, atol=1e-5)

    def test_two_points_still_fit(self, dtype):
        points = self.points(dtype)[:2]
        found = align(points, -points)
        self.assert_proper(found)
        torch.testing.assert_close(found.apply(points), -points, rtol=1e-5, atol=1e-6)

    def test_points_in_one_plane_fit_their_mirror_image_by_turning_over(self, dtype):
        points = self.points(dtype) * torch.tensor([1.0, 1.0, 0.0], dtype=dtype)
        mirrored = points * torch.tensor([-1.0, 1.0, 1.0], dtype=dtype)
        found = align(points, mirrored)
        self.assert_proper(found)
        torch.testing.assert_close(found.apply(points), mirrored, rtol=1e-5, atol=1e-6)


def test_no_poses_give_no_similarities():
    found = align(torch.zeros(0, 17, 3), torch.zeros(0, 17, 3))
    assert [tuple(part.shape) for part in found] == [(0, 3, 3), (0,), (0, 3)]


@pytest.mark.slow
def test_gradient_equals_finite_differences(generator):
    source, target = sample_points(2, 3, 6, 3, generator=generator)
    mask = torch.ones(3, 6, dtype=torch.bool)
    mask[1, 4] = False
    source.requires_grad_()
    assert torch.autograd.gradcheck(lambda points: align(points, target, mask=mask).apply(points), source)


def test_gradient_is_finite_where_the_answer_is_open(generator):
    source, target = sample_points(2, 3, 6, 3, generator=generator)
    source[0] = source[0, :1]
    mask = torch.ones(3, 6, dtype=torch.bool)
    mask[1], mask[2, 1:] = False, False
    source.requires_grad_()
    align(source, target, mask=mask).apply(source).sum().backward()
    assert source.grad is not None
    assert source.grad.isfinite().all()


@pytest.mark.parametrize(
    ("source", "target", "mask"),
    [
        ((5, 3), (4, 3), None),
        ((2, 5, 3), (1, 5, 3), None),
        ((5, 3), (2, 5, 3), None),
        ((2, 5, 3), (2, 5, 3), (5,)),
        ((2, 5, 3), (2, 5, 3), (2, 1)),
    ],
)
def test_shapes_that_disagree_are_refused(source, target, mask, unchecked_shapes):
    hidden = None if mask is None else torch.zeros(mask, dtype=torch.bool)
    with pytest.raises(ConventionError, match="their shapes are"):
        align(torch.zeros(source), torch.zeros(target), mask=hidden)
