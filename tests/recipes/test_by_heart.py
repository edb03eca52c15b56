"""Tiny networks learn four pictures by heart: what the recipes ask for can be learnt, all of it at once."""

from dataclasses import dataclass, replace
from functools import partial

import pytest
import torch
from painted_shards import PaintedViews

from maquette.body.catalog import H36M_17
from maquette.methods.backbone import config as backbone
from maquette.methods.backbone import recipe as backbone_recipe
from maquette.methods.backbone.model import SKELETON
from maquette.methods.backbone.recipe import ViewSource, train_backbone
from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.structure_motion import recipe as structure_motion_recipe
from maquette.methods.structure_motion.recipe import train_structure_motion
from maquette.methods.structure_motion.supervision import Supervision
from maquette.training import precision
from maquette.training.journal import read_journal
from maquette.training.run import RunSettings

SIZE_PX, EVERY = 32, 10


@pytest.fixture(autouse=True)
def _often_and_the_same_everywhere(monkeypatch):
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")
    for recipe in (backbone_recipe, structure_motion_recipe):
        monkeypatch.setattr(recipe, "RunSettings", partial(RunSettings, journal_every=EVERY))


@dataclass(frozen=True, kw_only=True)
class Painted(ViewSource):
    """Four painted people that are always the same."""

    def views(self, size_px, *, skeleton=SKELETON, seed=0):
        return PaintedViews(skeleton, count=4, size_px=size_px)


def test_the_backbone(tmp_path):
    config = replace(backbone.TINY, size_px=SIZE_PX, steps=100, learning_rate=5e-3, flat_share=0.0, weight_decay=0.0)
    train_backbone(Painted(people=tmp_path, workers=0), config, tmp_path)
    entries = read_journal(tmp_path)
    for term, share in (("heatmaps", 0.8), ("places", 0.4), ("depths", 0.6), ("parts", 0.5), ("size", 0.3)):
        assert entries[-1][term] < share * entries[0][term], (term, entries[0], entries[-1])


def test_sap_net(tmp_path):
    """Places first, then depths, then all; the two whose depths nobody tells keep sound bodies."""
    pace = {"heatmaps": (50, 5e-3), "depths": (60, 5e-3), "structure": (30, 5e-3), "symmetry": (10, 5e-4)}
    stages = [
        replace(stage, steps=pace[stage.name][0], learning_rate=pace[stage.name][1])
        for stage in structure_motion.TINY.stages
    ]
    config = replace(structure_motion.TINY, size_px=SIZE_PX, stages=tuple(stages), batch_size=2)
    views = PaintedViews(H36M_17, count=4, size_px=SIZE_PX)
    some, others = torch.tensor([0, 1]), torch.tensor([2, 3])
    supervision = Supervision(labelled=views, labelled_items=some, flat=views, flat_items=others, workers=0)
    train_structure_motion(supervision, config, tmp_path)
    places, depths, structure, symmetry = (read_journal(folder) for folder in sorted(tmp_path.iterdir()))
    assert places[-1]["heatmaps"] < 0.8 * places[0]["heatmaps"]
    assert depths[-1]["depths"] < 0.25 * depths[0]["depths"]
    assert structure[-1]["structure"] < 0.3 * structure[0]["structure"]
    for last in (structure[-1], symmetry[-1]):
        assert last["heatmaps"] < places[0]["heatmaps"] and last["depths"] < depths[0]["depths"]
