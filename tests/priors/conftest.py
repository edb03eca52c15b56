"""People of known pose for the tests of priors: a standing person, and a crowd of its variations."""

import pytest
import torch
from torch import Tensor

from maquette.body.catalog import H36M_17

_MIDDLE = {"pelvis": (0, 0, 0.95), "spine": (0, 0, 1.2), "thorax": (0.01, 0, 1.45), "nose": (0.1, 0, 1.6)}
_MIDDLE["head_top"] = (0.02, 0, 1.75)
_LEFT = {
    "hip": (0, 0.13, 0.95), "knee": (0.05, 0.15, 0.52), "ankle": (-0.1, 0.15, 0.1),
    "shoulder": (0, 0.18, 1.45), "elbow": (-0.03, 0.22, 1.17), "wrist": (0.15, 0.21, 1.0),
}  # fmt: skip


@pytest.fixture
def standing() -> Tensor:
    """One person (17, 3) of human shape and legal joints: z up, facing +x, the right hand raised in front."""
    places = dict(_MIDDLE)
    for joint, (x, y, z) in _LEFT.items():
        places |= {f"l_{joint}": (x, y, z), f"r_{joint}": (x, -y, z)}
    places |= {"r_elbow": (0.15, -0.25, 1.25), "r_wrist": (0.3, -0.2, 1.45)}
    return torch.tensor([places[joint] for joint in H36M_17.joint_names], dtype=torch.float64)


@pytest.fixture
def crowd(standing, generator) -> Tensor:
    """Four hundred persons (400, 17, 3) who swing arms and legs forwards and backwards and all face +x."""
    swings = torch.zeros(4, 17, 3, dtype=torch.float64)
    for swing, (side, limb) in zip(swings, [("l", "arm"), ("r", "arm"), ("l", "leg"), ("r", "leg")], strict=True):
        middle, end = ("elbow", "wrist") if limb == "arm" else ("knee", "ankle")
        swing[H36M_17.indices(f"{side}_{middle}", f"{side}_{end}"), 0] = torch.tensor([0.06, 0.12]).double()
    amount = torch.randn(400, 4, generator=generator, dtype=torch.float64)
    noise = torch.randn(400, 17, 3, generator=generator, dtype=torch.float64)
    return standing + torch.einsum("ns,sld->nld", amount, swings) + 0.005 * noise
