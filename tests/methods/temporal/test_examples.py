"""Windows to learn from: real and made up, joined, mirrored, seen by cameras; and what cannot be learnt from."""

import numpy as np
import pytest
import torch
from moving_people import made_capture, made_clips

from maquette.body.catalog import ANNY_41, H36M_17, MPII_16
from maquette.data.motion.mocap import MotionCapture
from maquette.errors import ConventionError, InputError
from maquette.methods.temporal.config import TINY, bidirectional
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.examples import (
    ClipExamples,
    JoinedExamples,
    MotionExamples,
    sample_camera_views,
    sample_clips,
)

ERRORS = plausible_errors(H36M_17, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


def examples(config=TINY, **capture):
    return MotionExamples(made_capture(**capture), ERRORS, config)


def others():
    return made_clips(4, 40, seed=9, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


def test_examples_are_root_relative_and_current_is_true(generator):
    for some in (examples(bidirectional(TINY, 6)), ClipExamples(others(), bidirectional(TINY, 6))):
        batch = some.batch(torch.arange(40), generator=generator)
        assert batch.windows.shape == (40, 6, 17, 3) and batch.truth.shape == (40, 17, 3)
        assert not batch.windows[..., 0, :].any() and not batch.truth[:, 0].any()
        off = (batch.windows - batch.truth[:, None]).norm(dim=-1).mean(dim=(0, 2))
        assert off.argmin() in (2, 3, 4)  # 3 is the current one


def test_joined_examples_are_those_of_their_parts(generator):
    clips, motion = ClipExamples(others(), TINY), examples()
    both = JoinedExamples(clips, motion)
    assert len(both) == len(clips) + len(motion)
    rows = torch.tensor([3, len(clips), 0, len(both) - 1, len(clips) - 1])
    drawn = both.batch(rows, generator=torch.Generator().manual_seed(1))
    seed = torch.Generator().manual_seed(1)
    alone = clips.batch(torch.tensor([3, 0, len(clips) - 1]), generator=seed)
    made = motion.batch(torch.tensor([0, len(motion) - 1]), generator=seed)
    assert torch.equal(drawn.windows, torch.cat([alone.windows, made.windows]))
    assert torch.equal(drawn.truth, torch.cat([alone.truth, made.truth]))
    for rows in (torch.arange(0), torch.arange(len(both) - 2, len(both))):
        assert both.batch(rows, generator=generator).windows.shape == (len(rows), 5, 17, 3)
    with pytest.raises(ConventionError, match="several skeletons"):
        JoinedExamples(clips, MotionExamples(made_capture(), plausible_errors(MPII_16), TINY))


def test_mirrored_people_keep_their_sides(generator):
    batch = examples(clips=2).batch(torch.arange(100), generator=generator)
    left, right, head, nose = H36M_17.indices("l_shoulder", "r_shoulder", "thorax", "nose")
    forward = torch.linalg.cross(batch.truth[:, left] - batch.truth[:, right], batch.truth[:, head])
    assert ((batch.truth[:, nose] - batch.truth[:, head]) * forward).sum(dim=-1).gt(0).all()


def test_cameras_see_people_upright_from_all_sides(generator):
    pose = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).expand(500, 1, 3, 3)
    seen = sample_camera_views(pose, generator=generator)[:, 0]
    torch.testing.assert_close(seen.norm(dim=-1)[:, 1:], torch.ones(500, 2))
    assert (seen[:, 2, 1] < -0.8).all()  # up is -y
    assert seen[:, 2, 2].mean() < -0.05  # more often from above: the head nearer than the feet
    assert seen[:, 1, 0].mean().abs() < 0.1 and seen[:, 1, 2].std() > 0.6


def test_clips_of_motion_capture_have_the_rate_of_the_net():
    clips = sample_clips(made_capture(3, 130), ERRORS, frames=40, generator=torch.Generator().manual_seed(0))
    assert clips.known.shape == (6, 40) and clips.fps == 25.0  # 48 of 130 frames each
    assert clips.subjects == ("subject_0",) * 2 + ("subject_1",) * 2 + ("subject_2",) * 2


def test_motion_that_cannot_be_learnt_from_is_refused():
    with pytest.raises(ConventionError, match="cannot give"):
        MotionExamples(made_capture(), plausible_errors(ANNY_41), TINY)
    with pytest.raises(InputError, match="lasts 40 s"):
        sample_clips(made_capture(), ERRORS, frames=1000, generator=torch.Generator())
    nobody = MotionCapture(H36M_17, np.full((60, 17, 3), np.nan), np.array([60]), 30.0)
    with pytest.raises(InputError, match="nothing to learn from"):
        MotionExamples(nobody, ERRORS, TINY)
