import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from maquette.body.catalog import MPI_15
from maquette.priors.limits.border import resting_pose
from maquette.show.body_sheet import BodyRow, body_traces, draw_bodies
from maquette.show.palette import person_family
from maquette.show.sheet import new_sheet

POSE = resting_pose(MPI_15)


def drawn(poses, is_implausible):
    """The axis, and of each body its coloured limbs as (limb, end, xy) with their colours."""
    axis = new_sheet(4.0, 2.0).subplots(1, 1)
    draw_bodies(axis, BodyRow(poses, is_implausible), MPI_15, ratio=4.0)
    limbs = [lines for lines in axis.collections if isinstance(lines, LineCollection)]
    return axis, [(np.array(lines.get_segments())[1::2], lines.get_colors()[1::2]) for lines in limbs]


def test_bodies_stand_side_by_side_at_one_scale():
    axis, ((first, _), (second, _)) = drawn(np.stack([POSE, 0.5 * POSE]), np.array([False, True]))
    spans = [np.ptp(limbs.reshape(-1, 2), axis=0) for limbs in (first, second)]
    assert np.allclose(spans[0], 2 * spans[1]) and first[..., 0].max() < second[..., 0].min()
    (left, right), (low, high) = axis.get_xlim(), axis.get_ylim()
    ends = np.concatenate([first, second])
    assert left < ends[..., 0].min() and ends[..., 0].max() < right
    assert low < ends[..., 1].min() and ends[..., 1].max() < high
    assert (right - left) / (high - low) == pytest.approx(4)
    ((x, y),) = axis.collections[-1].get_offsets()
    assert second[..., 0].max() < x < right and second[..., 1].max() < y < high


def test_who_faces_us_has_the_left_at_our_right():
    _, ((limbs, colours),) = drawn(POSE[None], np.array([False]))
    sides = {side: to_rgba(person_family(0).of(side)) for side in ("left", "right")}
    middles = {
        side: limbs[[np.allclose(own, colour) for own in colours], :, 0].mean() for side, colour in sides.items()
    }
    assert middles["left"] > middles["right"]


def test_traces_hold_every_limb_once():
    traces = body_traces(POSE, MPI_15)
    ends = [sum(value is not None for value in trace["x"]) for trace in traces]
    assert len(traces) == 3 and sum(ends) == 2 * len(MPI_15.limbs)
