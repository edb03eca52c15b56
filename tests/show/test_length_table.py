from dataclasses import replace

import numpy as np
import pytest

from maquette.body.estimate import SCALE_NOTE
from maquette.show.length_table import length_tables


def breathing(estimate):
    factors = 1 + 0.1 * np.arange(estimate.poses.frame_count)[:, None]
    return replace(estimate, poses=estimate.poses.scaled(factors))


def with_uncertainty(estimate, deviation=0.04):
    return replace(estimate, poses=replace(estimate.poses, uncertainty=np.full(estimate.poses.mask.shape, deviation)))


def test_lengths_that_hold_by_construction_are_called_held_constant_and_not_exact(make_estimate):
    table = length_tables(make_estimate(), "")
    assert '<th scope="row">Thigh <span class="quiet">held constant, sides made equal</span></th><td>45.0</td>' in table
    assert '<th scope="row">Trunk <span class="quiet">held constant</span></th>' in table
    assert "± 0.0" not in table


def test_lengths_that_change_say_how_far(make_estimate):
    table = length_tables(breathing(make_estimate()), "")
    assert "held constant" not in table and "<td>51.8 ± 4.6</td>" in table and "middle 68 %" in table


def test_a_single_picture_is_held_to_nothing_but_equal_sides(make_estimate):
    table = length_tables(make_estimate(frames=1), "")
    assert "held constant" not in table and "sides made equal" in table and "Lengths in this picture." in table


def test_uncertainty_of_the_joints_comes_behind_the_lengths(make_estimate):
    table = length_tables(with_uncertainty(make_estimate()), "")
    own = 0.04 * 100 / np.sqrt(3) / 4  # a knee as unsure as its hip errs by a quarter on its own
    assert f"<td>45.0 ± {own:.1f}</td>" in table and "held constant" in table
    assert "Median over the frames ± one standard deviation, as far as the method knows its own errors." in table


@pytest.mark.parametrize(
    ("note", "scale", "is_around"),
    [
        ("the given height of 1.9 m", "Scale: from the given height of 1.9 m.", True),
        ("the given bone lengths, which every person has", "Scale: from the given bone lengths, which every", False),
        (None, "", True),
    ],
)
def test_what_sets_the_scale_is_said_and_what_was_given_is_not_unsure(make_estimate, note, scale, is_around):
    estimate = with_uncertainty(make_estimate(notes=() if note is None else ("x", SCALE_NOTE + note)))
    table = length_tables(replace(estimate, poses=replace(estimate.poses, scale_known=True)), "")
    assert scale in table and ("±" in table) == is_around and "as if" not in table


def test_nobody_has_no_lengths(make_estimate):
    estimate = make_estimate()
    hidden = replace(estimate.poses, mask=np.zeros_like(estimate.poses.mask))
    assert "nobody" in length_tables(replace(estimate, poses=hidden), "")
    gone = replace(
        estimate.poses, mask=estimate.poses.mask & ~np.eye(17, dtype=bool)[estimate.poses.skeleton.index("l_ankle")]
    )
    assert "<td>&ndash;</td><td>45.0</td>" in length_tables(replace(estimate, poses=gone), "")
