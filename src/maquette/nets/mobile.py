"""A backbone of inverted residuals (MobileNetV2), laid out so that weights of MoveNet and EfficientNet-Lite fit.

Their batch normalisation is folded into the convolutions, which therefore have biases, and pictures are padded as
TensorFlow does it.
"""

from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, cat, nn
from torch.nn.functional import interpolate, pad, relu6

from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

CENTRED_JOINTS = 17
"""Those of COCO, which MoveNet's own heads find."""


class SameConvolution(nn.Conv2d):
    """A convolution padded as TensorFlow's ``SAME``: where cells are left out, the far sides get more.

    Maps whose cells are left out have even sides.
    """

    def __init__(self, incoming: int, outgoing: int, sizes: tuple[int, int], **more: Any) -> None:
        kernel, stride = sizes
        super().__init__(incoming, outgoing, kernel, stride, padding=kernel // 2 if stride == 1 else 0, **more)

    def forward(self, input: Float[Tensor, "B _ H W"]) -> Float[Tensor, "B _ h w"]:  # noqa: A002 (torch's name)
        """The convolved maps."""
        if self.stride[0] == 1:
            return super().forward(input)
        whole = self.kernel_size[0] - self.stride[0]
        return super().forward(pad(input, (whole // 2, whole - whole // 2) * 2))


class InvertedResidualBlock(nn.Module):
    """Widen, look around in every channel, narrow; what came in is added where sizes agree (Sandler et al., CVPR 2018).

    Args:
        incoming: Channels that come in.
        sizes: All other numbers.
    """

    def __init__(self, incoming: int, sizes: InvertedResidual) -> None:
        super().__init__()
        middle = incoming * sizes.expansion
        self.expand = nn.Conv2d(incoming, middle, 1) if sizes.expansion > 1 else None
        self.depthwise = SameConvolution(middle, middle, (sizes.kernel, sizes.stride), groups=middle)
        self.project = nn.Conv2d(middle, sizes.features, 1)
        self._adds = sizes.stride == 1 and incoming == sizes.features

    def forward(self, maps: Float[Tensor, "B _ H W"]) -> Float[Tensor, "B _ h w"]:
        """What comes of the maps."""
        middle = maps if self.expand is None else relu6(self.expand(maps), inplace=True)
        out = self.project(relu6(self.depthwise(middle), inplace=True))
        return maps + out if self._adds else out


class InvertedResiduals(nn.Module):
    """From pictures, colours from -1 to 1, to the maps of every block and of the last convolution.

    Args:
        sizes: How large it is.
    """

    def __init__(self, sizes: MobileSizes) -> None:
        super().__init__()
        widths = [sizes.stem, *(block.features for block in sizes.blocks)]
        self.stem = SameConvolution(3, sizes.stem, (3, 2))
        self.blocks = nn.ModuleList(
            InvertedResidualBlock(incoming, block) for incoming, block in zip(widths, sizes.blocks, strict=False)
        )
        self.last = nn.Conv2d(widths[-1], sizes.last, 1)

    def forward(
        self, colours: Float[Tensor, "B 3 H W"], known: tuple[Float[Tensor, "B _ _ _"], ...] = ()
    ) -> tuple[Float[Tensor, "B _ _ _"], ...]:
        """A map for each block, and that of the last convolution; sides of pictures are multiples of 32.

        Args:
            colours: Of the pictures.
            known: The maps of the first blocks, if they have been made already.
        """
        maps = [known[-1] if known else relu6(self.stem(colours), inplace=True)]
        for block in self.blocks[len(known) :]:
            maps.append(block(maps[-1]))
        return *known, *maps[1:], relu6(self.last(maps[-1]), inplace=True)


class CentredMaps(NamedTuple):
    """What MoveNet's own heads say; lengths are in cells, pairs are (y, x), as they come."""

    heatmaps: Float[Tensor, "B 17 H W"]
    """How likely the joint of anybody is in this cell, as logits."""
    centre: Float[Tensor, "B 1 H W"]
    """How likely somebody's middle is in this cell, as logits."""
    regress: Float[Tensor, "B 34 H W"]
    """From the middle of a person in this cell to the joints."""
    offset: Float[Tensor, "B 34 H W"]
    """From this cell's place to the joint, if that is in it."""
    read: Float[Tensor, "B R H W"]
    """What the heads read."""


class CentredHead(nn.Module):
    """One of MoveNet's heads."""

    def __init__(self, features: int, hidden: int, outgoing: int) -> None:
        super().__init__()
        self.depthwise = SameConvolution(features, features, (3, 1), groups=features, bias=False)
        self.pointwise = nn.Conv2d(features, hidden, 1)
        self.out = nn.Conv2d(hidden, outgoing, 1)

    def forward(self, maps: Float[Tensor, "B C H W"]) -> Float[Tensor, "B _ H W"]:
        """What the maps say."""
        return self.out(self.pointwise(self.depthwise(maps)).relu())


class Smoothing(nn.Module):
    """What a level of MoveNet's pyramid goes through on the way up."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.depthwise = SameConvolution(incoming, incoming, (3, 1), groups=incoming, bias=False)
        self.pointwise = nn.Conv2d(incoming, outgoing, 1)

    def forward(self, maps: Float[Tensor, "B C H W"]) -> Float[Tensor, "B _ H W"]:
        """Smoother maps of other width."""
        return self.pointwise(self.depthwise(maps)).relu()


class CentredPyramid(nn.Module):
    """MoveNet's feature pyramid and heads.

    Args:
        sizes: Of the blocks that it reads.
        pyramid: Of itself.
    """

    def __init__(self, sizes: MobileSizes, pyramid: KeypointPyramid) -> None:
        super().__init__()
        self._reads = pyramid.reads
        incoming = [sizes.last, *(sizes.blocks[number].features for number in pyramid.reads)]
        self.lateral = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip(incoming, pyramid.lateral, strict=True))
        self.smooth = nn.ModuleList(Smoothing(a, b) for a, b in zip(pyramid.lateral[1:], pyramid.smooth, strict=True))
        outgoing = {"heatmap": CENTRED_JOINTS, "centre": 1, "regress": 2 * CENTRED_JOINTS, "offset": 2 * CENTRED_JOINTS}
        self.heads = nn.ModuleDict(
            {name: CentredHead(pyramid.smooth[-1], pyramid.hidden, count) for name, count in outgoing.items()}
        )

    def forward(self, maps: tuple[Float[Tensor, "B _ _ _"], ...]) -> CentredMaps:
        """What the maps of `InvertedResiduals` say."""
        read = self.lateral[0](maps[-1])
        for number, lateral, smooth in zip(self._reads, list(self.lateral)[1:], self.smooth, strict=True):
            read = smooth(enlarge(read) + lateral(maps[number]))
        heatmap, centre, regress, offset = (head(read) for head in self.heads.values())
        return CentredMaps(heatmap, centre, regress, offset, read)


class MobileTop(nn.Module):
    """Our own top: it reads all levels, from the coarsest up, and what other heads say of the finest.

    Args:
        sizes: Of the blocks that it reads, and of itself.
        beside: Channels at the finest level that are read too.
    """

    def __init__(self, sizes: MobileSizes, beside: int) -> None:
        super().__init__()
        self._levels, width = sizes.levels, sizes.top_features
        incoming = [*(sizes.blocks[number].features for number in self._levels[:-1]), sizes.last]
        self.lateral = nn.ModuleList(nn.Conv2d(features, width, 1) for features in incoming)
        self.smooth = nn.ModuleList(_make_smooth(width, width) for _ in incoming[1:-1])
        self.read = _make_smooth(width + beside, sizes.head_features)

    def forward(
        self, maps: tuple[Float[Tensor, "B _ _ _"], ...], beside: tuple[Float[Tensor, "B _ H W"], ...]
    ) -> Float[Tensor, "B R H W"]:
        """Maps at a quarter of the picture's size."""
        levels = [*(maps[number] for number in self._levels[:-1]), maps[-1]]
        finer = [lateral(level) for lateral, level in zip(self.lateral, levels, strict=True)]
        top = finer.pop()
        for smooth in self.smooth:
            top = smooth(enlarge(top) + finer.pop())
        return self.read(cat([enlarge(top) + finer.pop(), *beside], dim=1))


def enlarge(maps: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C H W"]:
    """Maps of twice the rows and columns."""
    return interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)


def _make_smooth(incoming: int, outgoing: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(incoming, outgoing, 3, padding=1, bias=False), nn.BatchNorm2d(outgoing), nn.ReLU(inplace=True)
    )
