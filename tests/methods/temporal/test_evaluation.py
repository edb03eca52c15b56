"""Refined clips and their errors: size and unknown frames do not matter."""

import numpy as np
import torch
from moving_people import clips_with, made_capture, made_clips, train_on

from maquette.body.catalog import H36M_17
from maquette.methods.temporal.config import TINY
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.evaluation import clip_errors, refine_clips
from maquette.methods.temporal.examples import MotionExamples


def test_refined_clips_do_not_care_for_size_or_for_unknown_frames(tmp_path):
    errors = plausible_errors(H36M_17, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)
    model = train_on(MotionExamples(made_capture(), errors, TINY), tmp_path).model
    clips = made_clips(4, 40, seed=9, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)
    twice = clips_with(2 * clips.predicted, 2 * clips.true)
    torch.testing.assert_close(refine_clips(model, twice), 2 * refine_clips(model, clips), rtol=1e-4, atol=1e-5)
    known = clips.known.copy()
    known[:, 20:] = False
    spoilt = clips_with(np.where(known[..., None, None], clips.predicted, np.nan), clips.true, known=known)
    torch.testing.assert_close(refine_clips(model, spoilt)[:, :20], refine_clips(model, clips)[:, :20])
    assert not refine_clips(model, spoilt)[:, 20:].any() and clip_errors(model, spoilt)[:, 20:].isnan().all()
