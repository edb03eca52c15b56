"""Proportions of bodies: sides alike, children among them, and every bone of a skeleton has a factor."""

import numpy as np
import torch

from maquette.body.catalog import H36M_17
from maquette.data.filming.proportions import read_proportions, sample_body_factors


def test_bodies_are_of_all_ages_and_proportions():
    names, factors = read_proportions()
    thighs = factors[:, names.index("knee")]
    assert thighs.min() < 0.75 and 1.05 < thighs.max() < 1.3 and len(factors) > 500
    beside = factors / thighs[:, None]
    assert (beside.std(axis=0)[[names.index(name) for name in ("ankle", "shoulder", "wrist")]] > 0.03).all()
    heads = beside[:, names.index("head_top")]
    assert heads[thighs < 0.8].mean() > heads[thighs > 1].mean() + 0.1  # children have larger heads


def test_sides_of_a_body_are_alike_and_bodies_are_not():
    drawn = sample_body_factors(50, H36M_17, generator=torch.Generator().manual_seed(0))
    children = [H36M_17.joint_names[child] for child, _ in H36M_17.bones]
    assert drawn.shape == (50, len(children)) and drawn.std(dim=0).min() > 0.02
    for bone, name in enumerate(children):
        if name.startswith("l_"):
            assert torch.equal(drawn[:, bone], drawn[:, children.index("r_" + name[2:])])
    again = sample_body_factors(50, H36M_17, generator=torch.Generator().manual_seed(0))
    np.testing.assert_array_equal(drawn, again)
