"""Overfit tests: tiny networks fit four pictures exactly, so that all they are asked for can be learnt at once."""

from dataclasses import dataclass, replace

import pytest
import torch
from made_runs import run_settings
from painted_shards import PaintedSamples

from maquette.body.catalog import H36M_17
from maquette.data.views.rendered_people import RenderedPeople
from maquette.methods.backbone import config as backbone
from maquette.methods.backbone.batches import BatchSources
from maquette.methods.backbone.model import SKELETON
from maquette.methods.backbone.training import train_backbone
from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.structure_motion.supervision import Supervision
from maquette.methods.structure_motion.training import train_structure_motion
from maquette.training import precision
from maquette.training.journal import read_journal

SIZE_PX, EVERY = 32, 10


@pytest.fixture(autouse=True)
def _the_same_everywhere(monkeypatch):
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


@dataclass(frozen=True, kw_only=True)
class Painted(RenderedPeople):
    """Four painted people that are always the same."""

    def open_samples(self, size_px, *, skeleton=SKELETON, seed=0):
        return PaintedSamples(skeleton, count=4, size_px=size_px)


def test_the_backbone(tmp_path):
    config = replace(backbone.TINY, size_px=SIZE_PX, steps=100, learning_rate=5e-3, share_2d=0.0, weight_decay=0.0)
    settings = run_settings(tmp_path, steps=config.steps, journal_every=EVERY)
    train_backbone(BatchSources(people=Painted(people=tmp_path, workers=0)), config, settings)
    entries = read_journal(tmp_path)
    for term, share in (("heatmaps", 0.8), ("keypoints", 0.4), ("depths", 0.6), ("parts", 0.5), ("size", 0.3)):
        assert entries[-1][term] < share * entries[0][term], (term, entries[0], entries[-1])


def test_sap_net(tmp_path):
    """Keypoints first, then depths, then all; the two whose depths nobody tells keep sound bodies."""
    pace = {"heatmaps": (50, 5e-3), "depths": (60, 5e-3), "structure": (30, 5e-3), "symmetry": (10, 5e-4)}
    stages = [
        replace(stage, steps=pace[stage.name][0], learning_rate=pace[stage.name][1])
        for stage in structure_motion.HOURGLASS.stages
    ]
    config = replace(structure_motion.TINY, lifter_width=0, size_px=SIZE_PX, stages=tuple(stages), batch_size=2)
    samples = PaintedSamples(H36M_17, count=4, size_px=SIZE_PX)
    halves = {"items_3d": torch.tensor([0, 1]), "items_2d": torch.tensor([2, 3])}
    supervision = Supervision(skeleton=H36M_17, labelled_3d=samples, labelled_2d=samples, workers=0, **halves)
    train_structure_motion(supervision, config, run_settings(tmp_path, batch_size=2, journal_every=EVERY))
    keypoints, depths, structure, symmetry = (read_journal(folder) for folder in sorted(tmp_path.iterdir()))
    assert keypoints[-1]["heatmaps"] < 0.8 * keypoints[0]["heatmaps"]
    assert depths[-1]["depths"] < 0.25 * depths[0]["depths"]
    assert structure[-1]["structure"] < 0.3 * structure[0]["structure"]
    for last in (structure[-1], symmetry[-1]):
        assert last["heatmaps"] < keypoints[0]["heatmaps"] and last["depths"] < depths[0]["depths"]
