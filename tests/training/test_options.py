"""What may be set of every training: numbers and names without sense are refused by the option's own name."""

from pathlib import Path

import pytest

from maquette.errors import SettingError
from maquette.training.options import PictureOptions, ResumableOptions, TrainingOptions, require_steps


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"out": Path("w.pt")}, r"--out 'w\.pt' must end in \.safetensors; weights are written in no other format"),
        ({"out": Path("w")}, "must end in"),
        ({"seed": -1}, "--seed -1 is out of range; give a whole number from 0 up"),
        ({"seed": 2**63}, "is out of range"),
        ({"threads": 0}, "--threads 0 makes no sense; give a number from 1 up"),
        ({"threads": 2000}, "--threads 2000 makes no sense"),
    ],
)
@pytest.mark.parametrize("kind", [TrainingOptions, ResumableOptions, PictureOptions])
def test_settings_without_sense_are_refused_by_every_kind(kind, change, words):
    data = {"data": Path("people")} if kind is PictureOptions else {}
    with pytest.raises(SettingError, match=words):
        kind(**data, **change)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_checkpoints_are_some_time_apart(seconds):
    with pytest.raises(SettingError, match=r"--checkpoint-every .* makes no sense; give seconds above 0"):
        ResumableOptions(checkpoint_every=seconds)
    with pytest.raises(SettingError, match="--checkpoint-every"):
        PictureOptions(data=Path("people"), checkpoint_every=seconds)


def test_loaders_are_none_or_more():
    assert PictureOptions(data=Path("people"), workers=0).workers == 0
    with pytest.raises(SettingError, match="--workers -1 makes no sense; give a number from 0 to 256"):
        PictureOptions(data=Path("people"), workers=-1)


@pytest.mark.parametrize("side", [0, -32, 100, 2048])
def test_pictures_have_sides_that_a_network_can_halve(side):
    assert PictureOptions(data=Path("people"), picture_px=192).picture_px == 192
    with pytest.raises(SettingError, match=f"--picture-px {side} makes no sense; give a multiple of 32 up to 1024"):
        PictureOptions(data=Path("people"), picture_px=side)


@pytest.mark.parametrize("steps", [0, -5])
def test_a_training_has_steps(steps):
    require_steps(None)
    require_steps(1)
    with pytest.raises(SettingError, match=f"--steps {steps} makes no sense; give a number from 1 up"):
        require_steps(steps)


def test_the_largest_seed_and_most_threads_are_fine():
    assert TrainingOptions(seed=2**63 - 1, threads=1024).seed == 2**63 - 1
