"""Joint angles as files hold them: in degrees, with NaN where unknown."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.body.joint_angles import joint_angles
from maquette.body.people import Poses3d


class AngleTable(NamedTuple):
    """The angles of `joint_angles` in degrees; NaN where unknown."""

    names: tuple[str, ...]
    values_deg: Float[np.ndarray, "F P A"]
    deviations_deg: Float[np.ndarray, "F P A"] | None
    """Standard deviations; None where the poses do not say how sure they are."""


def angle_table(poses: Poses3d) -> AngleTable:
    """The angles of all persons in all frames."""
    angles = joint_angles(poses)
    values = np.where(angles.mask, np.rad2deg(angles.values_rad), np.nan)
    if angles.deviation_rad is None:
        return AngleTable(angles.names, values, None)
    return AngleTable(angles.names, values, np.where(angles.mask, np.rad2deg(angles.deviation_rad), np.nan))
