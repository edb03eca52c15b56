"""Settings are called in messages as the command line calls them."""

import json

import pytest
from refusal import check_refusal

from maquette.cli.option_names import name_options


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("`height_m` and `bone_lengths` both set the scale", "--height and --bone-lengths both set the scale"),
        ("add `motion`, `assets`", "add --motion, --assets"),
        ("'a b.npz' is no file", "'a b.npz' is no file"),
        ("run `make docs`", "run `make docs`"),
    ],
)
def test_settings_in_backquotes_become_options(sentence, said):
    assert name_options(sentence) == said


def test_messages_from_deep_inside_are_translated_too(run, bench):
    shares = {"people": [{"pose_keypoints_2d": [0.5, 0.25, 0.9] * 25}]}
    path = bench.text("shares_000_keypoints.json", json.dumps(shares))
    check_refusal(run, bench, ("lift", path), ("give the picture's size as --image-size",))
