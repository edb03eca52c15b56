"""The ranges of angles within which joints bend: two for every limb, one for the hips' tilt.

The angles are those of `maquette.geometry.local_pose` in the ``transport`` frame. Ranges are those of the right side;
a left limb is judged as its mirror image.
"""

from dataclasses import dataclass
from math import isfinite

from maquette.errors import SettingError


@dataclass(frozen=True)
class BendRange:
    """What a limb of the right side may do against its parent limb, in degrees.

    Raises:
        SettingError: A bound is not finite or the bounds are swapped, gamma is not within 0 to 180 degrees, or theta
            begins outside -180 to 180 degrees or goes more than once round.
    """

    gamma: tuple[float, float]
    """Elevation, the angle between the limbs: 180 goes straight on."""
    theta: tuple[float, float]
    """Azimuth, the way it bends. The range goes from the first to the second, which may exceed 180: 120 to 240 goes
    through 180 to -120."""

    def __post_init__(self) -> None:
        for name, (low, high) in (("gamma", self.gamma), ("theta", self.theta)):
            if not (isfinite(low) and isfinite(high)):
                raise SettingError(f"{name} reaches from {low} to {high}; give two finite numbers of degrees")
            if low > high:
                raise SettingError(f"{name} reaches from {low:g} to {high:g} degrees; give the smaller bound first")
        if self.gamma[0] < 0 or self.gamma[1] > 180:
            raise SettingError(f"gamma reaches from {_words(self.gamma)} degrees; it lies within 0 and 180")
        if not -180 <= self.theta[0] <= 180 or self.theta[1] - self.theta[0] > 360:
            raise SettingError(
                f"theta reaches from {_words(self.theta)} degrees; let it begin within -180 and 180 and go round once "
                "at most"
            )


LIMITED_JOINTS = ("shoulder", "head_top", "elbow", "wrist", "knee", "ankle", "foot")
"""The joints at whose limb's end limits are given, without sides."""


@dataclass(frozen=True)
class Limits:
    """The ranges of all joints.

    Raises:
        SettingError: A joint is missing or is none of the `LIMITED_JOINTS`, or the tilt is not within 0 to 90 degrees.
    """

    ranges: dict[str, BendRange]
    """By the joint at the limb's end, without side: all of the `LIMITED_JOINTS`."""
    hip_tilt_deg: float
    """The hip line tilts so far against the trunk's normal, to either side."""

    def __post_init__(self) -> None:
        if strange := sorted(set(self.ranges) - set(LIMITED_JOINTS)):
            raise SettingError(f"'{strange[0][:40]}' is no joint with limits; those are {', '.join(LIMITED_JOINTS)}")
        if missing := [joint for joint in LIMITED_JOINTS if joint not in self.ranges]:
            raise SettingError(f"the limits of '{missing[0]}' are missing; give those of {', '.join(LIMITED_JOINTS)}")
        if not 0 <= self.hip_tilt_deg <= 90:
            raise SettingError(f"the hips tilt by {self.hip_tilt_deg} degrees; give a number from 0 to 90")


DEFAULT_LIMITS = Limits(
    {
        "shoulder": BendRange((70.0, 110.0), (120.0, 240.0)),
        "head_top": BendRange((125.0, 180.0), (-180.0, 180.0)),
        "elbow": BendRange((45.0, 180.0), (-15.0, 250.0)),
        "wrist": BendRange((30.0, 180.0), (0.0, 180.0)),
        "knee": BendRange((60.0, 140.0), (50.0, 210.0)),
        "ankle": BendRange((30.0, 180.0), (-140.0, -40.0)),
        "foot": BendRange((60.0, 170.0), (30.0, 150.0)),
    },
    hip_tilt_deg=12.0,
)
"""Ranges of clinical tables (AAOS, AMA), widened where motion capture goes beyond. Those of the shoulder are Kundu et
al.'s (ECCV 2020, supplement, section 3.1)."""

MEASURED_LIMITS = Limits(
    {
        "shoulder": BendRange((67.0, 113.0), (120.0, 240.0)),
        "head_top": BendRange((39.0, 180.0), (-180.0, 180.0)),
        "elbow": BendRange((45.0, 180.0), (-15.0, 296.0)),
        "wrist": BendRange((23.0, 180.0), (-49.0, 189.0)),
        "knee": BendRange((60.0, 161.0), (41.0, 217.0)),
        "ankle": BendRange((25.0, 180.0), (176.0, 323.0)),
        "foot": BendRange((44.0, 170.0), (11.0, 152.0)),
    },
    hip_tilt_deg=16.0,
)
"""Ranges measured on 76 648 recorded poses as joints of `KUNDU_17`, united with `DEFAULT_LIMITS` and rounded outwards.

The rule was fixed beforehand: each range holds 99.8 % (`maquette.priors.limits.fitting.fit_limits`). A pose can
leave a range in 27 ways, two for each limb and the hips' tilt; at 0.2 % each it does so once in twenty poses at most.
Other people had no part in it: of the 7 112 held-out poses 98 % keep to these in every joint, and 92 % to
`DEFAULT_LIMITS`. The ranges hold acrobats, and the noise of what recorded them, and so much that no body does."""


def _words(bounds: tuple[float, float]) -> str:
    """Bounds as messages say them."""
    return f"{bounds[0]:g} to {bounds[1]:g}"
