"""AMASS and its like: motions as parameters of the SMPL body model, which are named and answered but not read."""

from collections.abc import Collection
from pathlib import Path

from maquette.errors import InputError

_ROTATIONS = frozenset({"poses", "body_pose", "pose_body", "fullpose", "smpl_poses"})
_COMPANIONS = frozenset({"betas", "trans", "transl", "root_orient", "global_orient", "smpl_trans"})
BODY_PARAMETERS = (*sorted(_ROTATIONS), *sorted(_COMPANIONS))
"""Keys that tell such a file."""


def is_body_parameters(names: Collection[str]) -> bool:
    """Whether a file with such keys holds rotations of SMPL's joints with its shape or place, as AMASS does."""
    return bool(_ROTATIONS & set(names)) and bool(_COMPANIONS & set(names))


def body_parameters_error(path: Path) -> InputError:
    """The error for such a file: which way leads to joints."""
    return InputError(
        f"'{path}' holds parameters of the SMPL body model (AMASS), not joints, and that model is not ours to ship; "
        "pose your own copy of it, and save its joints in metres, z up, as an NPZ with 'joints' (N,24,3), "
        "'skeleton' smpl_24 and 'fps', for maquette train"
    )
