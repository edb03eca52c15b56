"""The presets of SAP-Net: the published numbers of every stage, and what holds for all presets."""

from dataclasses import replace

import pytest

from maquette.body.catalog import MPII_16, find_skeleton
from maquette.errors import SettingError
from maquette.methods.presets import PRESETS, find_preset
from maquette.methods.structure_motion import config as presets
from maquette.methods.structure_motion.config import (
    COMPACT,
    HOURGLASS,
    LITE,
    PAPER,
    TINY,
    SapStage,
    StructureMotionConfig,
)

ALL = pytest.mark.parametrize("config", [PAPER, COMPACT, LITE, HOURGLASS, TINY], ids=list(PRESETS))


def test_the_published_network():
    assert (PAPER.size_px, PAPER.skeleton, PAPER.batch_size) == (256, MPII_16.name, 6)
    assert (PAPER.heatmaps, PAPER.depth) == ("gaussians", "regression")
    sizes = PAPER.sizes
    assert (sizes.features, sizes.residuals, sizes.stacks, sizes.block) == ((256,) * 5, 2, 2, "bottleneck")


@pytest.mark.parametrize(
    ("number", "trains", "pictures", "steps", "rate"),
    [
        (0, "heatmaps", "all", 240_000, 2.5e-4),  # 60 epochs of 4000 iterations
        (1, "depths", "labelled", 240_000, 2.5e-4),
        (2, "all", "all", 160_000, 2.5e-4),
        (3, "all", "all", 40_000, 2.5e-5),
    ],
)
def test_the_published_stages(number, trains, pictures, steps, rate):
    stage = PAPER.stages[number]
    assert (stage.trains, stage.pictures, stage.steps, stage.learning_rate) == (trains, pictures, steps, rate)


def test_the_published_weights():
    """lambda_reg = 0.1 (Zhou et al.), lambda_g = lambda_a = 0.03 from stage 3, lambda_s = 0.05 in stage 4."""
    assert [stage.heatmaps for stage in PAPER.stages] == [1.0, 0.0, 1.0, 1.0]
    assert [stage.depths for stage in PAPER.stages] == [0.0, 0.1, 0.1, 0.1]
    assert [stage.ratio for stage in PAPER.stages] == [stage.angle for stage in PAPER.stages] == [0, 0, 0.03, 0.03]
    assert [stage.symmetry for stage in PAPER.stages] == [0, 0, 0, 0.05]


@ALL
def test_every_preset_has_the_four_stages_in_order(config):
    own = [stage for stage in config.stages if stage.name not in ("look", "lifting")]
    assert [stage.name for stage in own] == ["heatmaps", "depths", "structure", "symmetry"]
    last = "depths" if own[-1].is_kept else "all"
    assert [stage.trains for stage in own] == ["heatmaps", "depths", last, last]
    assert [stage.pictures for stage in own] == ["all", "labelled", "all", "all"]
    for stage in own:
        assert stage.steps > 0 and stage.learning_rate > 0 and (stage.heatmaps or stage.depths)
        assert bool(stage.ratio) == bool(stage.angle) == (stage.name in ("structure", "symmetry"))
        assert bool(stage.symmetry) == (stage.name == "symmetry")


@ALL
def test_what_is_kept_was_looked_at_before_and_only_a_lifter_is_taught_lifting(config):
    names = [stage.name for stage in config.stages]
    kept = [stage.name for stage in config.stages if stage.is_kept]
    assert kept == names[names.index("look") + 1 :] if "look" in names else not kept
    assert ("lifting" in names) == bool(config.lifter_width)


@pytest.mark.parametrize(
    ("trains", "is_kept"), [("heatmaps", True), ("all", True), ("nothing", True), ("lifter", False)]
)
def test_stages_that_make_no_sense_are_refused(trains, is_kept):
    with pytest.raises(SettingError, match=f"the stage 'odd' trains {trains}: is_kept={is_kept} makes no sense"):
        SapStage(name="odd", trains=trains, pictures="all", steps=1, learning_rate=1.0, is_kept=is_kept)


@ALL
def test_every_preset_can_be_built_and_fed(config):
    assert config.size_px % config.sizes.coarsest_stride == 0
    assert config.batch_size % 2 == 0  # half and half
    find_skeleton(config.skeleton)


@ALL
def test_the_weak_losses_stand_to_each_other_as_published(config):
    last = config.stages[-1]
    assert last.ratio == last.angle and last.symmetry / last.ratio == pytest.approx(0.05 / 0.03)


def test_tiny_is_compact_but_short():
    for tiny, compact in zip(TINY.stages, COMPACT.stages, strict=True):
        assert replace(tiny, steps=0, learning_rate=0.0) == replace(
            compact, steps=0, learning_rate=0.0, batch_size=None
        )
        assert tiny.steps < 10


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_found_by_name(preset):
    assert isinstance(find_preset(presets, StructureMotionConfig, preset), StructureMotionConfig)


@pytest.mark.parametrize("preset", ["", "huge", "Stage", "__name__", "structuremotionconfig", "annotations", "tiny "])
def test_other_names_are_refused(preset):
    with pytest.raises(SettingError, match=r"there is no preset .*known are paper, compact, lite, hourglass, tiny"):
        find_preset(presets, StructureMotionConfig, preset)
