"""Training the track lifter: it gets better, goes on as if never stopped, and the same seed gives the same weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_runs import StoppedError, launch, run_settings, stop_at
from moving_people import made_capture

from maquette.arrays import no_progress
from maquette.errors import ConventionError, InputError, SettingError
from maquette.methods.track_lifting.config import TINY
from maquette.methods.track_lifting.options import TrackLiftingOptions
from maquette.methods.track_lifting.training import train_lifter
from maquette.methods.track_lifting.weights import lifter_to_bytes, read_lifter
from maquette.training.journal import read_journal

SHORT = replace(TINY, steps=12, validate_every=6)


def train_on(folder, config=SHORT, *, seed=0, progress=no_progress, capture=None, start=None, **more):
    settings = run_settings(
        folder, steps=config.steps, batch_size=config.batch, journal_every=config.validate_every, seed=seed, **more
    )
    others = made_capture(2, 40, seed=5)
    capture = capture or made_capture()
    return train_lifter(capture, config, settings, validation=others, start=start, progress=progress)


def test_it_gets_better(tmp_path):
    trained = train_on(tmp_path, replace(TINY, steps=150, validate_every=30))
    journal = read_journal(tmp_path)
    assert journal[-1]["exact_p_mpjpe_mm"] < 0.5 * journal[0]["exact_p_mpjpe_mm"]
    assert journal[-1]["joints"] < 0.7 * journal[0]["joints"]
    assert trained.figures["exact_p_mpjpe_mm"] == pytest.approx(journal[-1]["exact_p_mpjpe_mm"], rel=1e-4)
    assert trained.figures.keys() == {
        f"{name}_{figure}" for name in ("exact", "noisy", "noisy_with_depths") for figure in ("p_mpjpe_mm", "tilt_deg")
    }


def test_a_training_that_was_stopped_goes_on_as_if_it_never_was(tmp_path):
    whole = lifter_to_bytes(train_on(tmp_path / "whole").lifter)
    with pytest.raises(StoppedError):
        train_on(tmp_path / "parts", progress=stop_at(7), checkpoint_every_s=1e-9)
    assert lifter_to_bytes(train_on(tmp_path / "parts").lifter) == whole
    assert lifter_to_bytes(train_on(tmp_path / "other", seed=1).lifter) != whole


def test_it_goes_on_from_a_network_of_the_same_sizes_alone(tmp_path):
    first = train_on(tmp_path / "first").lifter
    (tmp_path / "first.safetensors").write_bytes(lifter_to_bytes(first))
    start = read_lifter(tmp_path / "first.safetensors")
    short = replace(SHORT, steps=1, learning_rate=1e-9, validate_every=1)
    on = train_on(tmp_path / "on", short, start=start)
    fresh = train_on(tmp_path / "fresh", short)
    assert on.figures["exact_p_mpjpe_mm"] < fresh.figures["exact_p_mpjpe_mm"]
    torch.testing.assert_close(on.lifter.net.mean, start.net.mean)
    with pytest.raises(SettingError, match=r"start is a network of \(5, 0.8, 32, 1\)"):
        train_on(tmp_path / "wider", replace(short, width=64), start=start)


def test_sizes_are_those_of_the_people_learnt_from(tmp_path):
    large = made_capture()
    twice = replace(large, joints=2 * large.joints)
    sizes = [train_on(tmp_path / name, capture=c).lifter.size_m.item() for name, c in (("one", large), ("two", twice))]
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=1e-5)


def test_as_a_user_asks_for_it(tmp_path):
    capture = made_capture()
    np.savez(tmp_path / "motion.npz", joints=capture.joints, lengths=capture.lengths, fps=np.array(30.0))
    launched = launch(
        "track-lifting", data=tmp_path / "motion.npz", steps=3, out=tmp_path / "net.safetensors", licence="CC0 1.0"
    )
    (tmp_path / "net.safetensors").write_bytes(launched.weights)
    assert read_lifter(tmp_path / "net.safetensors").config.offsets_s == TINY.offsets_s
    assert (launched.card["preset"], launched.card["steps"], launched.card["line"]) == ("tiny", 3, "clean")
    assert launched.card["window"] == {"poses": 5, "seconds": 0.8} and "CC0 1.0" in str(launched.card["training_data"])


def test_what_cannot_be_learnt_from_is_refused(tmp_path):
    capture = made_capture()
    with pytest.raises(InputError, match="no pose"):
        train_on(tmp_path / "unknown", capture=replace(capture, joints=np.full_like(capture.joints, np.nan)))
    headless = replace(capture.skeleton, joint_names=("pelvis", *(f"{n}_" for n in capture.skeleton.joint_names[1:])))
    with pytest.raises(ConventionError, match="lacks nose"):
        train_on(tmp_path / "headless", capture=replace(capture, skeleton=replace(headless, drawn_limbs=())))
    with pytest.raises(SettingError, match="--steps 0"):
        TrackLiftingOptions(data=tmp_path, steps=0)
