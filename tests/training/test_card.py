"""Cards: every field comes from the record of the training, and the line from that of the ancestors."""

import json
from hashlib import sha256

import pytest

from maquette.data.identity import DataIdentity
from maquette.errors import InputError
from maquette.training.card import Ancestor, Trained, find_ancestor, line_of, make_card
from maquette.training.fingerprint import digest, take_fingerprint
from maquette.training.record import RunRecord

DATA, START, WALLS, OTHERS = (
    DataIdentity(name, name[0] * 64) for name in ("people", "start.safetensors", "walls", "others")
)


def fingerprint(**choices):
    """Of a training with a start and two sources of data; its config is any dataclass."""
    sources = {"data": DATA, "backgrounds": WALLS, "start": START, "validation": OTHERS}
    given = {"preset": "tiny", "seed": 4, "threads": 2, **sources, **choices}
    return take_fingerprint("backbone", RunRecord(fingerprint={}), **given)


def record(**changes):
    fields = {
        "fingerprint": fingerprint(), "steps": 30, "samples": 240, "seconds": 5400.0, "lengths": ((0, 20), (20, 30)),
        "machines": ("one, 2 cores", "two"), "commits": ("c1", "c2+"),
    }  # fmt: skip
    return RunRecord(**fields | changes)


def ancestor(line="clean", how="started from"):
    return Ancestor(how, "start.safetensors", "s" * 64, line)


def card(trained=None, **more):
    made = trained or Trained(b"weights", {"kind": "a net", "unit": "pixels"}, record(), (ancestor(),))
    return make_card("mine", made, version="1.2.3", licence="CC0", **more)


def test_every_field():
    assert card() == {
        "name": "mine",
        "kind": "a net",
        "unit": "pixels",
        "recipe": "backbone",
        "preset": "tiny",
        "steps": 30,
        "lengths": [[0, 20], [20, 30]],
        "samples": 240,
        "hours": 1.5,
        "machine": ["one, 2 cores", "two"],
        "commit": ["c1", "c2+"],
        "seed": 4,
        "maquette": "1.2.3",
        "sha256": sha256(b"weights").hexdigest(),
        "fingerprint": digest(fingerprint()),
        "lineage": [{"how": "started from", "name": "start.safetensors", "sha256": "s" * 64, "line": "clean"}],
        "line": "clean",
        "training_data": [
            {"file": "people", "sha256": "p" * 64, "licence": "CC0"},
            {"file": "walls", "sha256": "w" * 64, "licence": "CC0"},
        ],
        "validation_data": [{"file": "others", "sha256": "o" * 64}],
    }


def test_it_can_be_written_and_read():
    assert json.loads(json.dumps(card())) == card()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"steps": 31}, {"steps"}),
        ({"samples": 1}, {"samples"}),
        ({"seconds": 36.0}, {"hours"}),
        ({"lengths": ((0, 30),)}, {"lengths"}),
        ({"machines": ()}, {"machine"}),
        ({"commits": ()}, {"commit"}),
        ({"fingerprint": fingerprint(seed=5)}, {"seed", "fingerprint"}),
        ({"fingerprint": fingerprint(preset="paper")}, {"preset", "fingerprint"}),
        ({"fingerprint": fingerprint(data=DataIdentity("pb", "b" * 64))}, {"training_data", "fingerprint"}),
        ({"fingerprint": fingerprint(threads=3)}, {"fingerprint"}),
    ],
    ids=lambda value: "-".join(sorted(value)),
)
def test_what_the_record_says_changes_its_own_fields_alone(change, names):
    other = card(Trained(b"weights", {"kind": "a net", "unit": "pixels"}, record(**change), (ancestor(),)))
    assert {name for name in other if other[name] != card()[name]} == names


def test_seconds_become_hours_that_are_not_rounded_away():
    assert card(Trained(b"", {}, record(seconds=4.0)))["hours"] == pytest.approx(0.0011)


def test_without_data_or_ancestors_there_are_none():
    made = Trained(b"", {}, record(fingerprint=fingerprint(data=None, backgrounds=None, start=None)))
    assert card(made)["training_data"] == card(made)["lineage"] == [] and card(made)["line"] == "clean"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ((), "clean"),
        (("clean",), "clean"),
        (("clean", "clean"), "clean"),
        (("not known",), "not known"),
        (("clean", "not known"), "not known"),
        (("assisted",), "assisted"),
        (("clean", "assisted"), "assisted"),
        (("not known", "assisted"), "assisted"),
    ],
)
def test_the_line_is_that_of_the_least_free_ancestor(lines, wanted):
    lineage = tuple(ancestor(line) for line in lines)
    assert line_of(lineage) == line_of(lineage[::-1]) == wanted
    assert card(Trained(b"", {}, record(), lineage))["line"] == wanted


class TestAncestors:
    @pytest.fixture
    def weights(self, tmp_path):
        (tmp_path / "start.safetensors").write_bytes(b"numbers")
        return tmp_path / "start.safetensors"

    @pytest.mark.parametrize("line", ["clean", "assisted", "not known"])
    @pytest.mark.parametrize("how", ["started from", "taught by"])
    def test_the_line_is_that_of_the_card_beside_the_weights(self, weights, line, how):
        weights.with_suffix(".json").write_text(json.dumps({"line": line}), encoding="utf-8")
        wanted = Ancestor(how, "start.safetensors", sha256(b"numbers").hexdigest(), line)
        assert find_ancestor(weights, how) == wanted

    @pytest.mark.parametrize(
        "content",
        [None, b"", b"{", b"[]", b"5", b"null", b"{}", b'{"line": "free"}', b'{"line": ["clean"]}', b'{"line": {}}',
         b"\xff\xfe\x00", b"[" * 100_000],
        ids=range(12),
    )  # fmt: skip
    def test_without_a_card_that_says_so_it_is_not_known(self, weights, content):
        if content is not None:
            weights.with_suffix(".json").write_bytes(content)
        assert find_ancestor(weights, "started from").line == "not known"

    def test_a_card_that_is_a_folder_says_nothing(self, weights):
        weights.with_suffix(".json").mkdir()
        assert find_ancestor(weights, "taught by").line == "not known"

    def test_weights_that_are_not_there_are_refused(self, tmp_path):
        with pytest.raises(InputError, match="does not exist"):
            find_ancestor(tmp_path / "absent.safetensors", "started from")
