"""Fingerprints: what differs is found and told in few words, data are known by what they hold."""

import json
from dataclasses import dataclass, field

import pytest
import torch

from maquette.data.identity import DataIdentity
from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.fingerprint import differences, digest, identify_arrays, take_fingerprint


@dataclass(frozen=True)
class Sizes:
    """Of a network."""

    features: tuple[int, ...] = (8, 16)


@dataclass(frozen=True)
class Config:
    """Of a training."""

    steps: int = 10
    rate: float = 0.1
    sizes: Sizes = field(default_factory=Sizes)


PA, PB = DataIdentity("pa", "a" * 64), DataIdentity("pb", "b" * 64)


def taken(config=Config(), **choices):
    return take_fingerprint("backbone", config, without=("steps",), **{"seed": 0, "data": PA, "start": None, **choices})


def test_it_holds_all_that_decides_and_nothing_else():
    assert taken() == {
        "recipe": "backbone",
        "seed": 0,
        "data": {"name": "pa", "sha256": "a" * 64},
        "start": None,
        "config": {"rate": 0.1, "sizes": {"features": [8, 16]}},
    }


def test_it_stays_the_same_in_json_and_in_a_checkpoint(tmp_path):
    write_checkpoint(tmp_path / "c.safetensors", {"fingerprint": taken()})
    assert json.loads(json.dumps(taken())) == read_checkpoint(tmp_path / "c.safetensors")["fingerprint"] == taken()


def test_the_length_does_not_count():
    assert differences(taken(), taken(Config(steps=99))) == [] and digest(taken()) == digest(taken(Config(steps=99)))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (taken(seed=1), "seed (0 there, 1 here)"),
        (taken(data=PB), "data ('pa' there, 'pb' here)"),
        (taken(data=None), "data ('pa' there, none here)"),
        (taken(start=PB), "start (none there, 'pb' here)"),
        (taken(data=DataIdentity("pa", "c" * 64)), "data ('pa' aaaaaaaa there, 'pa' cccccccc here)"),
        (taken(Config(rate=0.5)), "rate (0.1 there, 0.5 here)"),
        (taken(Config(sizes=Sizes((8,)))), "sizes.features ([8, 16] there, [8] here)"),
        (taken(backgrounds=PB), "backgrounds (none there, 'pb' here)"),
        (taken() | {"stage": {"name": "depths"}}, "stage (none there, {'name': 'depths'} here)"),
    ],
)
def test_what_differs_is_told_with_both_values(other, words):
    assert differences(taken(), other) == [words] and digest(other) != digest(taken())


def test_from_the_other_side_here_and_there_change_places():
    assert differences(taken(data=PB, seed=1), taken()) == ["seed (1 there, 0 here)", "data ('pb' there, 'pa' here)"]


def test_several_differences_are_all_told_choices_first():
    other = taken(Config(rate=0.5), seed=3, data=PB)
    assert [one.split(" ")[0] for one in differences(taken(), other)] == ["seed", "data", "rate"]


def test_data_that_were_only_renamed_are_the_same():
    renamed = taken(data=DataIdentity("elsewhere", PA.sha256))
    assert differences(taken(), renamed) == [] and digest(taken()) == digest(renamed)


def test_the_digest_does_not_care_for_order():
    backwards = dict(reversed(taken().items()))
    assert len(digest(taken())) == 64 and digest(backwards) == digest(taken())


class TestArrays:
    def test_the_same_numbers_are_the_same_in_any_order_and_layout(self):
        one, other = torch.arange(6.0).reshape(2, 3), torch.ones(2)
        turned = torch.arange(6.0).reshape(2, 3).T.contiguous().T
        assert identify_arrays({"a": one, "b": other}) == identify_arrays({"b": other, "a": turned})

    @pytest.mark.parametrize(
        "other",
        [
            {"a": torch.tensor([0.0, 1.0, 2.5])},
            {"b": torch.arange(3.0)},
            {"a": torch.arange(3.0)[:, None]},
            {"a": torch.arange(3.0).double()},
            {"a": torch.arange(3.0), "b": torch.zeros(0)},
            {},
        ],
        ids=["value", "name", "shape", "kind", "more", "none"],
    )
    def test_other_numbers_names_shapes_or_kinds_are_others(self, other):
        assert identify_arrays(other) != identify_arrays({"a": torch.arange(3.0)})

    def test_weights_that_learn_are_known_as_well(self):
        assert identify_arrays({"a": torch.ones(2, requires_grad=True)}) == identify_arrays({"a": torch.ones(2)})
