"""The backbone with a head for every label of rendered people."""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.body.catalog import ANNY_41
from maquette.body.parts import PARTS_15
from maquette.methods.backbone.network import CentredReading, MobileBackbone, build_backbone
from maquette.nets.sizes import BackboneSizes, MobileSizes

SKELETON = ANNY_41
"""All joints that rendered people have."""

LABELS = 1 + len(PARTS_15)
"""Nobody, and the parts."""


class DetailOutput(NamedTuple):
    """What further heads say of joints; maps have a cell for every four pixels."""

    offsets: Float[Tensor, "B J 2 H W"]
    """From this cell to the joint if it is near, (x, y) in cells."""
    visibility_maps: Float[Tensor, "B J H W"]
    """Logit that the joint is seen, hidden by nothing, if it is in this cell."""
    centre: Float[Tensor, "B H W"]
    """Logits over the cells: where the person's middle is."""


class BackboneOutput(NamedTuple):
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
    details: DetailOutput | None = None
    centred: CentredReading | None = None
    """What heads that a pre-trained network brought say of COCO's joints."""

    def of_ours(self, change: Callable[[Tensor], Tensor]) -> "BackboneOutput":
        """What our own heads say, every tensor changed in the same way, such as some rows taken."""
        first, details = (change(part) for part in self[:5]), self.details
        return BackboneOutput(*first, details=None if details is None else DetailOutput(*map(change, details)))


class WholePerson(nn.Module):
    """A head that looks at the narrowest place: numbers that concern the whole person."""

    def __init__(self, features: int, numbers: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, numbers)

    def forward(self, coarse: Float[Tensor, "B C h w"]) -> Float[Tensor, "B N"]:
        """The numbers."""
        return self.linear(coarse.mean(dim=(-2, -1)))


class DetailHeads(nn.Module):
    """Heads for what goes beyond the place, depth and part of joints."""

    def __init__(self, features: int, joints: int) -> None:
        super().__init__()
        self.offsets = nn.Conv2d(features, 2 * joints, 1)
        self.visibility = nn.Conv2d(features, joints, 1)
        self.centre = nn.Conv2d(features, 1, 1)

    def forward(self, read: Float[Tensor, "B R H W"]) -> DetailOutput:
        """What the features say."""
        return DetailOutput(self.offsets(read).unflatten(1, (-1, 2)), self.visibility(read), self.centre(read)[:, 0])


class BackboneModel(nn.Module):
    """Pictures to everything that is known of rendered people.

    Args:
        sizes: Of the backbone.
        joints: How many joints there are.
    """

    def __init__(self, sizes: BackboneSizes, joints: int) -> None:
        super().__init__()
        self.backbone = build_backbone(sizes, joints)
        self.depth_maps = nn.Conv2d(sizes.head_features, joints, 1)
        self.parts = nn.Conv2d(sizes.head_features, LABELS, 1)
        self.details = DetailHeads(sizes.head_features, joints) if isinstance(sizes, MobileSizes) else None
        self.whole = WholePerson(sizes.coarse_features, 3)

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> BackboneOutput:
        """The output of the last stack."""
        centred = None
        if isinstance(self.backbone, MobileBackbone):
            seen, centred = self.backbone.look(pictures)
        else:
            seen = self.backbone(pictures)[-1]
        whole = self.whole(seen.coarse)
        return BackboneOutput(
            heatmaps=seen.heatmaps,
            depth_maps=self.depth_maps(seen.read),
            part_logits=self.parts(seen.read),
            yaw=whole[:, :2],
            log_size=whole[:, 2],
            details=None if self.details is None else self.details(seen.read),
            centred=centred,
        )
