"""TP-Net's first weights."""

import torch

from maquette.body.catalog import MPII_16
from maquette.methods.temporal.config import PAPER
from maquette.methods.temporal.model import with_fresh_weights


def test_fresh_weights_come_from_the_generator_alone():
    first, second = (
        with_fresh_weights(MPII_16, PAPER, generator=torch.Generator().manual_seed(4)).state_dict() for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
