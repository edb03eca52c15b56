"""Chance that belongs to a step: the same again, and another for everything else."""

from itertools import product

import torch

from maquette.training.randomness import step_generator


def test_the_same_step_has_the_same_chance_and_no_other_has():
    drawn = {
        key: torch.randint(2**62, (2,), generator=step_generator(*key)).tolist()
        for key in product((0, 1, 12), (0, 1, 2), ("batch", "slices"))
    }
    assert len({tuple(values) for values in drawn.values()}) == len(drawn)
    again = torch.randint(2**62, (2,), generator=step_generator(1, 2, "batch")).tolist()
    assert again == drawn[1, 2, "batch"]


def test_seeds_and_steps_do_not_run_into_each_other():
    one, other = (torch.rand(1, generator=step_generator(*key, "x")).item() for key in ((1, 11), (11, 1)))
    assert one != other


def test_the_chance_of_the_process_is_left_alone():
    before = torch.get_rng_state()
    torch.rand(3, generator=step_generator(0, 0, "batch"))
    assert torch.equal(torch.get_rng_state(), before)
