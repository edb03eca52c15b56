"""Where the poses of an embedding come from: motion capture, or what joints allow."""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.motion.complete_poses import read_centred_poses
from maquette.errors import SettingError
from maquette.priors.limits.sampling import sample_limited_poses


def read_poses(
    poses: str, motion: Path | None, skeleton: Skeleton, *, count: int = 100_000, seed: int = 0
) -> Float[Tensor, "N J 3"]:
    """The poses to learn from, in single precision and any heading.

    Args:
        poses: ``mocap``, ``artificial`` or the path of motion capture.
        motion: Motion capture, for ``mocap``.
        skeleton: Whose joints.
        count: How many artificial ones.
        seed: Of artificial ones.

    Raises:
        SettingError: ``mocap`` comes without motion, or motion with something else.
        InputError: The motion cannot be read.
        ConventionError: It lacks a joint of the skeleton.
    """
    if poses != "mocap" and motion is not None:
        raise SettingError(f"--poses {poses} and the motion '{motion}' are two sources; give one of them")
    if poses == "artificial":
        generator = torch.Generator().manual_seed(seed)
        return sample_limited_poses(count, generator=generator, skeleton=skeleton, dtype=torch.float32)
    if poses == "mocap" and motion is None:
        raise SettingError(
            "--poses mocap needs --motion, a file or folder of motion capture; or say --poses artificial"
        )
    path = motion if poses == "mocap" and motion is not None else Path(poses)
    return torch.from_numpy(read_centred_poses(path, skeleton))
