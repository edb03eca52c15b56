"""The table of methods: what is there by name, refined through time or not, and what is refused by name."""

import json
from pathlib import Path

import pytest
import torch
from dotted_people import DotEstimator
from made_methods import made_method

from maquette.body.catalog import H36M_17, MPII_16
from maquette.errors import ConventionError, InputError, SettingError
from maquette.inference.estimator import AnyKeypoints, Estimator
from maquette.methods.bundled import CLEAN_LINE, find_bundled
from maquette.methods.lifting.weights import prior_to_bytes
from maquette.methods.table import DEFAULT_METHOD, METHODS, REFINEMENTS, find_default, open_estimator
from maquette.methods.temporal import predict as temporal
from maquette.methods.temporal.config import TINY, bidirectional
from maquette.methods.temporal.model import with_fresh_weights
from maquette.methods.temporal.predict import Refined
from maquette.methods.temporal.weights import model_to_bytes, read_model

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def require_bundled(name):
    if not find_bundled(name).is_file():
        pytest.skip(f"no weights '{name}' are bundled yet")


@pytest.fixture
def nets(monkeypatch, tmp_path):
    """Temporal nets that have learned nothing, in the place of those that come along; answers what was asked for."""
    asked = []

    def place(name):
        asked.append(name)
        config = bidirectional(TINY, 6) if "bidirectional" in name else TINY
        model = with_fresh_weights(H36M_17, config, generator=torch.Generator().manual_seed(0))
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(model_to_bytes(model))
        return path

    monkeypatch.setattr(temporal, "find_bundled", place)
    return asked


@pytest.mark.parametrize("name", METHODS)
def test_every_method_opens_as_an_estimator_of_its_own_name(name):
    estimator = open_estimator(name)
    assert isinstance(estimator, Estimator) and estimator.name == name


def test_weights_of_a_file_are_used(prior, tmp_path):
    (tmp_path / "own.safetensors").write_bytes(prior_to_bytes(prior))
    assert open_estimator("lifting", tmp_path / "own.safetensors").skeleton == H36M_17
    with pytest.raises(InputError, match=r"absent\.safetensors"):
        open_estimator("lifting", tmp_path / "absent.safetensors")


@pytest.mark.parametrize("name", ["magic", "magic+tp", "", "+tp"])
def test_an_unknown_method_is_refused_with_those_there_are(name):
    with pytest.raises(SettingError, match=r"no method '(magic)?'; known are track-lifting, lifting, structure-motion"):
        open_estimator(name)


@pytest.mark.parametrize("refiner", ["", "magic", "tp+tp", "TP", " tp"])
def test_an_unknown_refinement_is_refused_with_those_there_are(refiner):
    with pytest.raises(SettingError, match=r"no refinement '\+.*'; known are \+tp, \+bi-tp"):
        open_estimator(f"lifting+{refiner}")


@pytest.mark.parametrize(
    ("refiner", "weights"), [("tp", "temporal_assisted"), ("bi-tp", "temporal_bidirectional_assisted")]
)
def test_a_method_is_refined_by_the_net_of_that_name(nets, refiner, weights):
    estimator = open_estimator(f"lifting+{refiner}")
    assert type(estimator) is Refined and estimator.name == f"lifting+{refiner}" and nets == [weights]
    assert estimator.reads == AnyKeypoints()


@pytest.mark.parametrize("refiner", REFINEMENTS)
def test_a_method_that_reads_pictures_goes_on_reading_them(nets, monkeypatch, refiner):
    monkeypatch.setitem(METHODS, "dots", made_method(lambda weights: DotEstimator()))
    estimator = open_estimator(f"dots+{refiner}")
    assert estimator.reads.needs_pictures and estimator.name == f"dots+{refiner}"


def test_weights_are_those_of_the_method_not_of_the_refinement(nets, monkeypatch, tmp_path):
    given = []
    monkeypatch.setitem(METHODS, "dots", made_method(lambda weights: given.append(weights) or DotEstimator()))
    open_estimator("dots+tp", tmp_path / "own.safetensors")
    open_estimator("dots+tp")
    assert given == [tmp_path / "own.safetensors", find_default("dots")]


@pytest.mark.parametrize(("refiner", "net"), [("tp", "temporal"), ("bi-tp", "temporal_bidirectional")])
def test_the_clean_network_is_refined_by_a_net_that_knows_its_errors(nets, monkeypatch, refiner, net):
    monkeypatch.setitem(METHODS, "dots", made_method(lambda weights: DotEstimator()))
    open_estimator(f"dots+{refiner}", find_bundled(CLEAN_LINE))
    assert nets == [net]


def test_a_net_for_other_joints_is_refused(nets, monkeypatch):
    other = DotEstimator()
    other.skeleton = MPII_16
    monkeypatch.setitem(METHODS, "dots", made_method(lambda weights: other))
    with pytest.raises(ConventionError, match="'dots' answers on mpii_16"):
        open_estimator("dots+tp")


@pytest.mark.parametrize(
    ("refiner", "weights"),
    [(name, weights) for name, one in REFINEMENTS.items() for weights in (one.weights, one.clean)],
)
def test_the_net_that_comes_along_is_of_the_kind_that_its_name_says(refiner, weights):
    require_bundled(weights)
    net = read_model(find_bundled(weights))
    assert (net.config.future == 0) == (refiner == "tp") and net.config.window == 20
    assert open_estimator(f"structure-motion+{refiner}").reads.needs_pictures


@pytest.mark.parametrize("method", METHODS)
def test_the_figure_of_a_method_is_that_of_the_real_trial(method):
    record = json.loads((RESULTS / f"real_multiview_{method}.json").read_text(encoding="utf-8"))
    error = record["figures"][f"{method}, blazepose, default"]["mean"]["p_mpjpe_mm"]
    assert f"P-MPJPE {error:.0f} mm" in METHODS[method].sentence
    assert METHODS[method].sentence.startswith("experimental") == (method not in (DEFAULT_METHOD, "lifting"))


def test_the_figure_of_the_clean_line_is_that_of_the_real_trial():
    record = json.loads((RESULTS / "real_multiview_structure-motion_clean.json").read_text(encoding="utf-8"))
    judged = record["figures"][f"structure-motion of {CLEAN_LINE}, blazepose, default"]
    words = f"{judged['mean']['p_mpjpe_mm']:.0f} mm with --weights {CLEAN_LINE}"
    assert words in METHODS["structure-motion"].sentence
