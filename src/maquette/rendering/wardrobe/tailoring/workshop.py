"""What all clothes of all people share: the chart of the body and the two sheets that garments are cut from."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from maquette.rendering.bodies.basemesh import face_groups
from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.bodies.shape import PHENOTYPES
from maquette.rendering.wardrobe.tailoring.chart import BodyChart, body_chart
from maquette.rendering.wardrobe.tailoring.sheet import Sheet, sheet
from maquette.threads import use_threads


class Workshop(NamedTuple):
    """Chart and sheets of a body model."""

    chart: BodyChart
    """Of all base vertices."""
    tights: Sheet
    """Around all but head and hands."""
    tights_chart: BodyChart
    """Of the vertices of `tights`."""
    skirt: Sheet
    """From waist to ankles."""
    skirt_chart: BodyChart
    """Of the vertices of `skirt`."""


@lru_cache(maxsize=2)
@use_threads(1)
def workshop(body: AnnyBody) -> Workshop:
    """The workshop of a body model, made on first use in a fraction of a second."""
    mean = np.full(len(PHENOTYPES), 0.5, np.float32)
    mean[PHENOTYPES.index("age")] = 0.6  # between child and young adult: 1.75 m tall
    rest = body.rest(mean)
    chart = body_chart(rest.vertices, rest.bone_heads, body.bone_names)
    groups = face_groups()
    tights = sheet(body, chart, groups["helper-tights"])
    skirt = sheet(body, chart, groups["helper-skirt"], beneath=tights)
    return Workshop(chart, tights, chart.of(tights.members), skirt, chart.of(skirt.members))
