"""Ranges of angles: those that no body has are refused."""

from dataclasses import replace

import pytest
from limb_poses import with_range

from maquette.errors import SettingError
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, BendRange, Limits


def test_limits_that_no_body_has_are_refused():
    for gamma, theta, words in [
        ((90.0, 45.0), (0.0, 10.0), "smaller bound first"),
        ((45.0, 90.0), (10.0, -10.0), "smaller bound first"),
        ((-5.0, 90.0), (0.0, 10.0), "within 0 and 180"),
        ((5.0, 181.0), (0.0, 10.0), "within 0 and 180"),
        ((5.0, 90.0), (0.0, 361.0), "round once"),
        ((5.0, 90.0), (200.0, 210.0), "-180 and 180"),
        ((5.0, float("nan")), (0.0, 10.0), "finite"),
        ((5.0, 90.0), (0.0, float("inf")), "finite"),
    ]:
        with pytest.raises(SettingError, match=words):
            BendRange(gamma, theta)
    with pytest.raises(SettingError, match=r"'hand' .* shoulder, head_top"):
        with_range(hand=BendRange((0.0, 90.0), (0.0, 90.0)))
    with pytest.raises(SettingError, match="'wrist' are missing"):
        Limits({joint: bend for joint, bend in DEFAULT_LIMITS.ranges.items() if joint != "wrist"}, 12.0)
    for tilt in (-1.0, 91.0, float("nan")):
        with pytest.raises(SettingError, match="0 to 90"):
            replace(DEFAULT_LIMITS, hip_tilt_deg=tilt)
