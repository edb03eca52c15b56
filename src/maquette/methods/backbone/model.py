"""The backbone with a head for every label of rendered people."""

from typing import NamedTuple

from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.body.catalog import ANNY_41
from maquette.body.parts import PARTS_15
from maquette.nets.backbone import Backbone
from maquette.nets.sizes import HourglassSizes

SKELETON = ANNY_41
"""All joints that rendered people have."""

LABELS = 1 + len(PARTS_15)
"""Nobody, and the parts."""


class BackboneAnswer(NamedTuple):
    """All that the heads say; maps have a cell for every four pixels."""

    heatmaps: Float[Tensor, "B J H W"]
    """Logits over the cells."""
    depth_maps: Float[Tensor, "B J H W"]
    """Depth of the joint beyond the pelvis if it is in this cell; one is half the picture at the pelvis' distance."""
    part_logits: Float[Tensor, "B L H W"]
    yaw: Float[Tensor, "B 2"]
    """(cosine, sine) of the body yaw, of any length."""
    log_size: Float[Tensor, " B"]
    """Logarithm of the sum of all bone lengths in metres."""


class WholePerson(nn.Module):
    """A head that looks at the narrowest place: numbers that concern the whole person."""

    def __init__(self, features: int, numbers: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, numbers)

    def forward(self, coarse: Float[Tensor, "B C h w"]) -> Float[Tensor, "B N"]:
        """The numbers."""
        return self.linear(coarse.mean(dim=(-2, -1)))


class BackboneModel(nn.Module):
    """Pictures to everything that is known of rendered people.

    Args:
        sizes: Of the backbone.
        joints: How many joints there are.
    """

    def __init__(self, sizes: HourglassSizes, joints: int) -> None:
        super().__init__()
        self.backbone = Backbone(sizes, joints)
        self.depth_maps = nn.Conv2d(sizes.head_features, joints, 1)
        self.parts = nn.Conv2d(sizes.head_features, LABELS, 1)
        self.whole = WholePerson(sizes.features[-1], 3)

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> BackboneAnswer:
        """The answer of the last stack."""
        seen = self.backbone(pictures)[-1]
        whole = self.whole(seen.coarse)
        return BackboneAnswer(
            seen.heatmaps, self.depth_maps(seen.read), self.parts(seen.read), whole[:, :2], whole[:, 2]
        )
