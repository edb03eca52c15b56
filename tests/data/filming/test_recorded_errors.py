"""Recorded errors: the record that comes along, moments that look alike, mirror images, and the ends of clips."""

import numpy as np
import pytest
import torch

from maquette.data.filming.recorded_errors import ErrorRecord, RecordedErrors, read_error_record

NAMES = ("nose", "l_wrist", "r_wrist")


def made_record(lengths, joints):
    """Errors that tell the frame that they come from, and the joint: x is the frame, y the joint."""
    frames = sum(lengths)
    errors = np.stack(np.meshgrid(np.arange(frames), np.arange(3), indexing="ij"), axis=-1)
    return ErrorRecord(
        joint_names=NAMES,
        fps=10.0,
        lengths=np.array(lengths),
        joints=np.broadcast_to(joints, (frames, 3, 2)).astype(np.float16),
        errors=errors.astype(np.float16),
        depth_errors=errors[..., 1].astype(np.float16),
        depth_shares=np.ones(3),
        is_found=errors[..., 1] != 2,
    )


def test_the_record_that_comes_along_is_of_people():
    record = read_error_record()
    assert len(record.joint_names) == 13 and record.lengths.sum() == len(record.joints) == len(record.errors)
    assert len(record.lengths) >= 30 and record.is_found.mean() > 0.8 and np.isfinite(record.depth_errors).all()
    extent = np.sqrt(np.square(record.joints.astype(float)).sum(axis=-1).mean(axis=1))
    np.testing.assert_allclose(extent, 1, atol=0.01)
    off = np.linalg.norm(record.errors.astype(float), axis=-1)[record.is_found]
    assert 0.02 < np.median(off) < 0.2 and (record.depth_shares[1:] > 0).all()


def test_windows_are_followed_through_their_clip_and_back_at_its_ends():
    offsets = torch.tensor([-0.4, -0.2, 0.0, 0.2, 0.4])
    drawn = RecordedErrors(made_record([4, 5], np.zeros((3, 2))), offsets).sample(
        torch.randn(300, 3, 2), generator=torch.Generator().manual_seed(0)
    )
    frames = drawn.errors[:, :, 0, 0].abs()
    first = (frames < 4).all(dim=1)
    assert first.any() and (frames[~first] >= 4).all()
    for clip, last, start in ((frames[first], 3, 0), (frames[~first] - 4, 4, 4)):
        for window in clip.tolist():
            now = window[2]
            wanted = [last - abs(last - abs(now + step)) for step in (-4, -2, 0, 2, 4)]
            assert window == [abs(place) for place in wanted], (window, start)


def test_the_moment_that_looks_most_alike_is_taken_and_its_mirror_image_where_that_does():
    pose = np.array([[0.0, -1.0], [1.0, 0.5], [-0.2, 0.5]])
    pose -= pose.mean(axis=0)
    pose /= np.sqrt(np.square(pose).sum(axis=-1).mean())
    joints = 3 * np.random.default_rng(0).normal(size=(12, 3, 2))
    joints[7], joints[8] = pose, pose[[0, 2, 1]] * (-1, 1)
    record = made_record([12], joints)._replace(joints=joints.astype(np.float16), is_found=np.ones((12, 3), bool))
    looked_for = torch.from_numpy(5 * pose + 100).float().expand(400, 3, 2)
    drawn = RecordedErrors(record, torch.zeros(1)).sample(looked_for, generator=torch.Generator().manual_seed(1))
    frame, joint = drawn.errors[:, 0, 0, 0], drawn.errors[:, 0, :, 1]
    assert (frame == 7).float().mean() > 0.3 and (frame == -8).float().mean() > 0.3  # x is turned in mirror images
    assert (frame == 7).sum() > 2 * (frame == 8).sum() and (frame == -8).sum() > 2 * (frame == -7).sum()
    assert (joint[frame > 0] == torch.tensor([0.0, 1.0, 2.0])).all()
    assert (joint[frame < 0] == torch.tensor([0.0, 2.0, 1.0])).all()
    assert (drawn.depth_errors[:, 0][frame < 0] == torch.tensor([0.0, 2.0, 1.0])).all()


@pytest.mark.parametrize("length", [1, 2])
def test_clips_of_a_frame_or_two_serve_as_well(length):
    recorded = RecordedErrors(made_record([length], np.zeros((3, 2))), torch.linspace(-1, 1, 5))
    drawn = recorded.sample(torch.randn(9, 3, 2), generator=torch.Generator().manual_seed(0))
    assert (drawn.errors[..., 0].abs() < length).all() and not drawn.is_found.all()
