import math

import numpy as np
import pytest
import roma
import torch
from torch import Tensor

from maquette.errors import ConventionError
from maquette.metrics.position import acceleration_error, joint_distances, mpjpe, mpjpe_2d, mpjve, n_mpjpe, p_mpjpe

POSE_METRICS = [mpjpe, n_mpjpe, p_mpjpe]
SEQUENCE_METRICS = [mpjve, acceleration_error]
ALL_METRICS = POSE_METRICS + SEQUENCE_METRICS

every_pose_metric = pytest.mark.parametrize("metric", POSE_METRICS)
every_sequence_metric = pytest.mark.parametrize("metric", SEQUENCE_METRICS)
every_metric = pytest.mark.parametrize("metric", ALL_METRICS)


def sample_poses(*shape: int, generator: torch.Generator) -> Tensor:
    return torch.randn(*shape, 3, generator=generator, dtype=torch.float64)


def sample_mask(*shape: int, generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator) > 0.3


def sample_rotations(count: int, generator: torch.Generator) -> Tensor:
    return roma.rotvec_to_rotmat(torch.randn(count, 3, generator=generator, dtype=torch.float64))


def twin_mpjpe(predicted: np.ndarray, truth: np.ndarray) -> float:
    return sum(math.dist(a, b) for a, b in zip(predicted, truth, strict=True)) / len(truth)


def twin_n_mpjpe(predicted: np.ndarray, truth: np.ndarray) -> float:
    return twin_mpjpe(predicted * np.vdot(predicted, truth) / np.vdot(predicted, predicted), truth)


def twin_p_mpjpe(predicted: np.ndarray, truth: np.ndarray) -> float:
    P, G = predicted - predicted.mean(axis=0), truth - truth.mean(axis=0)
    P_norm, G_norm = np.linalg.norm(P), np.linalg.norm(G)
    U, D, Vt = np.linalg.svd((G / G_norm).T @ (P / P_norm))
    if np.linalg.det(Vt.T @ U.T) < 0:
        Vt[-1] *= -1
        D[-1] *= -1
    turned_rows = P @ Vt.T @ U.T
    return twin_mpjpe(turned_rows * D.sum() * G_norm / P_norm, G)


TWINS = [(mpjpe, twin_mpjpe), (n_mpjpe, twin_n_mpjpe), (p_mpjpe, twin_p_mpjpe)]


@pytest.mark.parametrize(("metric", "twin"), TWINS)
def test_equals_the_slow_twin(metric, twin, generator):
    truth = sample_poses(40, 17, generator=generator)
    predicted = truth + 0.5 * sample_poses(40, 17, generator=generator)
    predicted[20:, :, 0] *= -1  # half of them nearer to a mirror image
    wanted = [twin(p.numpy(), g.numpy()) for p, g in zip(predicted, truth, strict=True)]
    np.testing.assert_allclose(metric(predicted, truth).numpy(), wanted, rtol=1e-9)


@pytest.mark.parametrize(("metric", "twin"), TWINS)
def test_equals_the_slow_twin_of_the_known_joints(metric, twin, generator):
    predicted, truth = sample_poses(2, 40, 17, generator=generator)
    mask = sample_mask(40, 17, generator=generator)
    wanted = [twin(p[m].numpy(), g[m].numpy()) for p, g, m in zip(predicted, truth, mask, strict=True)]
    np.testing.assert_allclose(metric(predicted, truth, mask=mask).numpy(), wanted, rtol=1e-9)


class TestByHand:
    TRUTH = torch.tensor([[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 6.0]]])
    ONE_MOVED = torch.tensor([[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [3.0, 4.0, 6.0]]])

    def test_one_joint_five_away_among_four(self):
        assert mpjpe(self.ONE_MOVED, self.TRUTH).tolist() == [1.25]

    def test_hidden_joints_leave_the_mean(self):
        mask = torch.tensor([[True, False, False, True]])
        assert mpjpe(self.ONE_MOVED, self.TRUTH, mask=mask).tolist() == [2.5]

    def test_a_shift_is_its_length_and_nothing_after_alignment(self):
        shifted = self.TRUTH + torch.tensor([1.0, 2.0, 2.0])
        assert mpjpe(shifted, self.TRUTH).tolist() == [3.0]
        assert mpjpe(shifted, self.TRUTH, root_index=2).tolist() == [0.0]
        torch.testing.assert_close(p_mpjpe(shifted, self.TRUTH), torch.zeros(1), rtol=0, atol=1e-5)

    def test_the_root_counts_with_its_error_of_zero(self):
        predicted = self.TRUTH.clone()
        predicted[0, 0] = torch.tensor([0.0, 0.0, 1.0])  # every other joint is then one off
        assert mpjpe(predicted, self.TRUTH, root_index=0).tolist() == [0.75]

    def test_a_root_may_be_counted_from_the_end(self):
        predicted = self.TRUTH + 1
        assert mpjpe(predicted, self.TRUTH, root_index=-1).tolist() == [0.0]

    def test_double_size_is_seen_by_mpjpe_only(self):
        assert mpjpe(2 * self.TRUTH, self.TRUTH).tolist() == [3.0]
        assert n_mpjpe(2 * self.TRUTH, self.TRUTH).tolist() == [0.0]
        torch.testing.assert_close(p_mpjpe(2 * self.TRUTH, self.TRUTH), torch.zeros(1), rtol=0, atol=1e-5)

    def test_best_scale_of_two_joints(self):
        predicted = torch.tensor([[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]])
        truth = torch.tensor([[[1.0, 0.0, 0.0], [3.0, 0.0, 0.0]]])  # s = (1 + 3) / (1 + 1) = 2
        assert n_mpjpe(predicted, truth).tolist() == [1.0]

    def test_scale_is_taken_about_the_root(self):
        far = torch.tensor([5.0, -7.0, 100.0])
        torch.testing.assert_close(n_mpjpe(2 * self.TRUTH + far, self.TRUTH - far, root_index=1), torch.zeros(1))

    def test_a_turned_pose_is_right_after_alignment(self):
        turned = self.TRUTH[..., [1, 2, 0]]  # a third of a turn about the diagonal
        assert mpjpe(turned, self.TRUTH).item() > 1
        torch.testing.assert_close(p_mpjpe(turned, self.TRUTH), torch.zeros(1), rtol=0, atol=1e-5)

    def test_a_mirror_image_stays_wrong(self):
        mirrored = self.TRUTH * torch.tensor([-1.0, 1.0, 1.0])
        assert p_mpjpe(mirrored, self.TRUTH).item() > 0.5

    def test_velocity_of_a_joint_that_runs_away(self):
        truth = torch.zeros(4, 2, 3)
        predicted = truth.clone()
        predicted[:, 0, 1] = torch.tensor([0.0, 1.0, 3.0, 3.0])
        assert mpjve(predicted, truth).tolist() == [0.5, 1.0, 0.0]
        assert mpjve(predicted, truth, times=torch.tensor([0.0, 0.5, 1.0, 3.0])).tolist() == [1.0, 2.0, 0.0]
        assert acceleration_error(predicted, truth).tolist() == [0.5, 1.0]

    def test_acceleration_in_seconds(self):
        times = torch.arange(5) / 10.0
        truth = torch.zeros(5, 1, 3)
        predicted = truth.clone()
        predicted[:, 0, 2] = 4.9 * times**2
        wanted = torch.full((3,), 9.8)
        torch.testing.assert_close(acceleration_error(predicted, truth, times=times), wanted, rtol=1e-4, atol=0)

    def test_acceleration_of_a_parabola_is_right_on_uneven_times(self):
        times = torch.tensor([0.0, 0.1, 0.4, 0.5, 1.3], dtype=torch.float64)
        truth = torch.zeros(5, 1, 3, dtype=torch.float64)
        predicted = truth.clone()
        predicted[:, 0, 0] = 3 * times**2 - 2 * times + 1
        wanted = torch.full((3,), 6.0, dtype=torch.float64)
        torch.testing.assert_close(acceleration_error(predicted, truth, times=times), wanted)


def test_velocity_error_equals_the_twin(generator):
    predicted, truth = sample_poses(2, 6, 5, generator=generator)
    mask = sample_mask(6, 5, generator=generator)
    wanted = []
    for frame in range(5):
        joints = [j for j in range(5) if mask[frame, j] and mask[frame + 1, j]]
        steps = [[(pose[frame + 1, j] - pose[frame, j]).tolist() for j in joints] for pose in (predicted, truth)]
        wanted.append(sum(map(math.dist, *steps)) / len(joints) if joints else math.nan)
    np.testing.assert_allclose(mpjve(predicted, truth, mask=mask).numpy(), wanted)


def test_acceleration_error_equals_the_twin(generator):
    predicted, truth = sample_poses(2, 6, 5, generator=generator)
    mask = sample_mask(6, 5, generator=generator)
    wanted = []
    for frame in range(1, 5):
        errors = [
            np.linalg.norm([1, -2, 1] @ (predicted - truth)[frame - 1 : frame + 2, j].numpy())
            for j in range(5)
            if mask[frame - 1 : frame + 2, j].all()
        ]
        wanted.append(np.mean(errors) if errors else math.nan)
    np.testing.assert_allclose(acceleration_error(predicted, truth, mask=mask).numpy(), wanted)


@every_metric
def test_zero_at_truth_and_never_negative(metric, generator):
    predicted, truth = sample_poses(2, 8, 14, generator=generator)
    assert (metric(predicted, truth) > 0).all()
    at_truth = metric(truth, truth)
    torch.testing.assert_close(at_truth, torch.zeros_like(at_truth), rtol=0, atol=1e-9)


@every_metric
def test_batch_is_one_by_one(metric, generator):
    predicted, truth = sample_poses(2, 2, 3, 5, 9, generator=generator)
    mask = sample_mask(2, 3, 5, 9, generator=generator)
    together = metric(predicted, truth, mask=mask)
    for i in range(2):
        for k in range(3):
            alone = metric(predicted[i, k], truth[i, k], mask=mask[i, k])
            torch.testing.assert_close(together[i, k], alone, equal_nan=True)


@every_pose_metric
def test_one_pose_gives_one_number(metric, generator):
    predicted, truth = sample_poses(2, 9, generator=generator)
    assert metric(predicted, truth).shape == ()


@every_sequence_metric
@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_short_sequences_give_few_numbers(metric, frames, generator):
    predicted, truth = sample_poses(2, 4, frames, 9, generator=generator)
    lost = 1 if metric is mpjve else 2
    assert metric(predicted, truth).shape == (4, max(frames - lost, 0))


@every_metric
@pytest.mark.parametrize("garbage", [1e9, float("nan"), float("inf")])
def test_hidden_joints_may_hold_anything(metric, garbage, generator):
    predicted, truth = sample_poses(2, 5, 12, generator=generator)
    mask = torch.ones(5, 12, dtype=torch.bool)
    mask[:, [3, 8]] = False
    wanted = metric(predicted[:, mask[0]], truth[:, mask[0]])
    predicted[:, 3], truth[:, 8] = garbage, garbage
    torch.testing.assert_close(metric(predicted, truth, mask=mask), wanted)


@every_metric
def test_order_of_joints_does_not_matter(metric, generator):
    predicted, truth = sample_poses(2, 5, 12, generator=generator)
    mask = sample_mask(5, 12, generator=generator)
    order = torch.randperm(12, generator=generator)
    reordered = metric(predicted[:, order], truth[:, order], mask=mask[:, order])
    torch.testing.assert_close(reordered, metric(predicted, truth, mask=mask), equal_nan=True)


@every_metric
def test_answer_is_in_the_unit_of_the_input(metric, generator):
    predicted, truth = sample_poses(2, 5, 12, generator=generator)
    torch.testing.assert_close(metric(1000 * predicted, 1000 * truth), 1000 * metric(predicted, truth))


@every_metric
def test_single_precision_agrees_with_double(metric, generator):
    predicted, truth = sample_poses(2, 50, 17, generator=generator)
    single = metric(predicted.float(), truth.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), metric(predicted, truth), rtol=1e-4, atol=1e-5)


def test_aligned_error_ignores_any_similarity_of_the_prediction(generator):
    predicted, truth = sample_poses(2, 30, 17, generator=generator)
    moved = 0.3 * predicted @ sample_rotations(30, generator).mT + sample_poses(30, 1, generator=generator)
    torch.testing.assert_close(p_mpjpe(moved, truth), p_mpjpe(predicted, truth))


def test_scaled_error_ignores_the_size_of_the_prediction(generator):
    predicted, truth = sample_poses(2, 30, 17, generator=generator)
    torch.testing.assert_close(n_mpjpe(0.01 * predicted, truth), n_mpjpe(predicted, truth))


def test_turning_both_poses_changes_nothing(generator):
    predicted, truth = sample_poses(2, 30, 17, generator=generator)
    turn = sample_rotations(30, generator).mT
    for metric in POSE_METRICS:
        torch.testing.assert_close(metric(predicted @ turn, truth @ turn), metric(predicted, truth))


def test_velocity_forgives_a_constant_shift_and_acceleration_a_steady_drift(generator):
    predicted, truth = sample_poses(2, 6, 9, generator=generator)
    shift = sample_poses(1, 9, generator=generator)
    drift = torch.arange(6, dtype=torch.float64)[:, None, None] * shift
    torch.testing.assert_close(mpjve(predicted + shift, truth), mpjve(predicted, truth))
    torch.testing.assert_close(acceleration_error(predicted + drift, truth), acceleration_error(predicted, truth))


@every_pose_metric
def test_no_known_joint_gives_nan_and_spares_the_others(metric, generator):
    predicted, truth = sample_poses(2, 3, 9, generator=generator)
    mask = torch.ones(3, 9, dtype=torch.bool)
    mask[1] = False
    assert metric(predicted, truth, mask=mask).isnan().tolist() == [False, True, False]


@every_sequence_metric
def test_steps_without_a_joint_known_throughout_give_nan(metric, generator):
    predicted, truth = sample_poses(2, 6, 9, generator=generator)
    mask = torch.ones(6, 9, dtype=torch.bool)
    mask[0] = False
    error = metric(predicted, truth, mask=mask)
    assert error.isnan().tolist() == [True] + [False] * (len(error) - 1)


@pytest.mark.parametrize("metric", [mpjpe, n_mpjpe])
def test_a_hidden_root_gives_nan(metric, generator):
    predicted, truth = sample_poses(2, 3, 9, generator=generator)
    mask = torch.ones(3, 9, dtype=torch.bool)
    mask[2, 4] = False
    predicted[2, 4] = torch.nan
    assert metric(predicted, truth, mask=mask, root_index=4).isnan().tolist() == [False, False, True]


def test_one_known_joint_is_always_right_after_alignment(generator):
    predicted, truth = sample_poses(2, 3, 9, generator=generator)
    mask = torch.zeros(3, 9, dtype=torch.bool)
    mask[:, 5] = True
    torch.testing.assert_close(p_mpjpe(predicted, truth, mask=mask), torch.zeros(3, dtype=torch.float64))


def test_a_prediction_in_one_place_is_put_at_the_centre_of_the_truth(generator):
    truth = sample_poses(3, 9, generator=generator)
    predicted = torch.full_like(truth, 0.7)
    wanted = torch.linalg.vector_norm(truth - truth.mean(dim=-2, keepdim=True), dim=-1).mean(dim=-1)
    torch.testing.assert_close(p_mpjpe(predicted, truth), wanted)


def test_a_prediction_at_the_origin_cannot_be_scaled(generator):
    truth = sample_poses(3, 9, generator=generator)
    torch.testing.assert_close(n_mpjpe(torch.zeros_like(truth), truth), mpjpe(torch.zeros_like(truth), truth))


@every_metric
@pytest.mark.parametrize(
    ("truth", "mask"),
    [((4, 9, 2), None), ((1, 9, 3), None), ((9, 3), None), ((4, 8, 3), None), ((4, 9, 3), (9,)), ((4, 9, 3), (4, 1))],
)
def test_shapes_that_disagree_are_refused(metric, truth, mask, unchecked_shapes):
    hidden = None if mask is None else torch.zeros(mask, dtype=torch.bool)
    with pytest.raises(ConventionError, match="shape"):
        metric(torch.zeros(4, 9, 3), torch.zeros(truth), mask=hidden)


@every_sequence_metric
@pytest.mark.parametrize(
    ("times", "sentence"),
    [([0.0, 1.0], "as many times"), ([0.0, 1.0, 1.0, 2.0], "must rise"), ([0.0, 1.0, math.nan, 2.0], "must rise")],
)
def test_times_that_make_no_sense_are_refused(metric, times, sentence, unchecked_shapes):
    poses = torch.zeros(4, 9, 3)
    with pytest.raises(ConventionError, match=sentence):
        metric(poses, poses, times=torch.tensor(times))


def test_distances_are_those_of_the_joints_and_their_mean_is_the_error(generator):
    predicted, truth = sample_poses(2, 6, 9, generator=generator)
    mask = sample_mask(6, 9, generator=generator)
    distances = joint_distances(predicted, truth, mask=mask, root_index=2)
    assert distances.isnan().tolist() == (~(mask & mask[:, 2:3])).tolist()
    torch.testing.assert_close(
        distances.nanmean(dim=-1), mpjpe(predicted, truth, mask=mask, root_index=2), equal_nan=True
    )


def test_distances_in_the_picture():
    truth = torch.zeros(1, 3, 2)
    predicted = torch.tensor([[[3.0, 4.0], [0.0, 1.0], [math.nan, 9.0]]])
    mask = torch.tensor([[True, True, False]])
    torch.testing.assert_close(
        joint_distances(predicted, truth, mask=mask), torch.tensor([[5.0, 1.0, math.nan]]), equal_nan=True
    )
    assert mpjpe_2d(predicted, truth, mask=mask).tolist() == [3.0]
