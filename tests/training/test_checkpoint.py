"""Checkpoints: nested states come back bit for bit, foreign files are refused, and a kill harms nothing."""

import json
import math
import os
import pickle
import signal
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file, save
from torch import nn

from maquette.errors import InputError, OutputError
from maquette.training.checkpoint import read_checkpoint, to_half, write_checkpoint


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.safetensors"


def same(one, other):
    """Equal in kind, number type and every bit; tuples come back as lists."""
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def learning(kind, **settings):
    """A network, and an optimiser that has made some steps with it."""
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    optimiser = kind(network.parameters(), lr=0.1, **settings)
    for _ in range(3):
        optimiser.zero_grad()
        network(torch.ones(1, 3)).square().sum().backward()
        optimiser.step()
    return network, optimiser


NESTED = {
    "text": "größer ✓", "none": None, "yes": True, "whole": -(2**62), "tiny": 5e-324, "inf": math.inf, "nan": math.nan,
    "empty": {}, "nothing": [], "deep": {"a": [{"b": (1, [2.5, {"c": torch.arange(3)}])}]}, 7: {0: "int keys", -1: 2},
    "@tensor": "not one", "dict": [["looks", "like ours"]], "": "no name",
}  # fmt: skip
TENSORS = {
    "bfloat16": torch.tensor([1.1, -math.inf]).bfloat16(), "half": torch.tensor([6e-8]).half(),
    "float": torch.tensor([0.1, math.inf]), "double": torch.tensor(0.1, dtype=torch.float64), "int": torch.tensor(7),
    "bool": torch.tensor([True, False]), "bytes": torch.arange(5, dtype=torch.uint8), "empty": torch.zeros(0, 4),
    "turned": torch.arange(6.0).reshape(2, 3).T, "cut": torch.arange(10)[::3],
    "last": torch.arange(48.0).reshape(1, 3, 4, 4).contiguous(memory_format=torch.channels_last),
    "leaf": torch.ones(2, requires_grad=True), "shared": [shared := torch.ones(3), shared],
}  # fmt: skip


@pytest.mark.parametrize(
    "state", [{}, NESTED, TENSORS, {"both": [NESTED, TENSORS]}], ids=["empty", "nested", "tensors", "both"]
)
def test_nested_states_come_back_bit_for_bit(path, state):
    write_checkpoint(path, state)
    assert same(state, read_checkpoint(path))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [(torch.optim.AdamW, {"weight_decay": 0.02}), (torch.optim.RMSprop, {"alpha": 0.99}), (torch.optim.SGD, {})],
)
def test_an_optimiser_goes_on_as_if_nothing_had_been(path, kind, settings):
    network, optimiser = learning(kind, **settings)
    write_checkpoint(path, {"network": network.state_dict(), "optimiser": optimiser.state_dict()})
    state = read_checkpoint(path)
    assert same(optimiser.state_dict(), state["optimiser"])
    again = nn.Linear(3, 2)
    other = kind(again.parameters(), lr=99.0, **settings)
    again.load_state_dict(state["network"])
    other.load_state_dict(state["optimiser"])
    for one, its_optimiser in ((network, optimiser), (again, other)):
        its_optimiser.zero_grad()
        one(torch.ones(1, 3)).square().sum().backward()
        its_optimiser.step()
    assert same(network.state_dict(), again.state_dict()) and same(optimiser.state_dict(), other.state_dict())


def test_what_was_read_stays_when_the_file_is_replaced(path):
    write_checkpoint(path, {"a": torch.zeros(1000)})
    read = read_checkpoint(path)
    write_checkpoint(path, {"a": torch.ones(1000)})
    assert not read["a"].any()


def test_it_is_plain_safetensors(path):
    write_checkpoint(path, {"a": torch.ones(2)})
    assert [value.tolist() for value in load_file(path).values()] == [[1.0, 1.0]]


class Trap:
    """Raises an alarm when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a user's file was unpickled",))


def stated(tree, **tensors):
    return save(tensors, metadata={"state": tree if isinstance(tree, str) else json.dumps(tree)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"12345678",
        bytes(range(256)) * 4,
        (2**63).to_bytes(8, "little") + b"{}",
        pickle.dumps(Trap()),
        b"PK\x03\x04" + pickle.dumps(Trap()),
        save({"a": torch.ones(1)}),
        save({"a": torch.ones(1)}, metadata={"kind": "maquette.backbone"}),
        stated("no json"),
        stated("[" * 100_000),
        stated({"dict": [["a", {"dict": 5}]]}),
        stated({"dict": [["a"]]}),
        stated({"dict": [[["a"], 1]]}),
        stated({"dict": [["a", {"@tensor": "000000"}]]}),
        stated({"dict": [["a", {"@tensor": ["000000"]}]]}, a=torch.ones(1)),
        stated({"other": 1}),
        stated([1, 2]),
        stated("5"),
        stated("null"),
        stated({"@tensor": "a"}, a=torch.ones(1)),
    ],
    ids=lambda content: content[:12].hex() + str(len(content)),
)
def test_what_is_no_checkpoint_is_refused(path, content, unchecked_shapes):
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"some\.safetensors.* is no checkpoint .*remove it to start anew"):
        read_checkpoint(path)


def test_every_truncation_is_refused(path):
    write_checkpoint(path, TENSORS)
    content = path.read_bytes()
    for length in (1, 7, 8, 9, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(InputError):
            read_checkpoint(path)


def test_missing_files_and_folders_are_refused(tmp_path):
    for place in (tmp_path / "absent.safetensors", tmp_path):
        with pytest.raises(InputError, match="is no checkpoint"):
            read_checkpoint(place)


def test_a_failure_while_writing_leaves_the_old_one_and_nothing_else(path, monkeypatch):
    write_checkpoint(path, {"step": 1})

    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_checkpoint(path, {"step": 2})
    assert read_checkpoint(path) == {"step": 1} and list(path.parent.iterdir()) == [path]


@pytest.mark.slow
def test_a_kill_at_any_time_leaves_a_whole_checkpoint(path):
    code = (
        "import sys, torch; from pathlib import Path; from maquette.training.checkpoint import write_checkpoint\n"
        "for step in range(10**6):\n"
        "    write_checkpoint(Path(sys.argv[1]), {'step': step, 'a': torch.full((300_000,), float(step))})\n"
        "    print(step, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(5):
            last = int(writer.stdout.readline())
        time.sleep(0.003)
        os.kill(writer.pid, signal.SIGKILL)
    state = read_checkpoint(path)
    assert state["step"] >= last and (state["a"] == state["step"]).all()


def test_half_of_the_bits_for_all_that_is_no_count():
    values = {"a": torch.tensor([[1.0, 2.5]]).T, "b": torch.tensor(3), "c": torch.tensor([1.0], dtype=torch.float64)}
    halved = to_half(values)
    assert [value.dtype for value in halved.values()] == [torch.float16, torch.int64, torch.float16]
    assert all(torch.equal(halved[name].double(), value.double()) for name, value in values.items())


def test_what_is_too_large_for_half_of_the_bits_keeps_all():
    values = {"large": torch.tensor([1.0, 1e5]), "small": torch.tensor([65504.0, 1e-9])}
    halved = to_half(values)
    assert torch.equal(halved["large"], values["large"]) and halved["small"].dtype == torch.float16
