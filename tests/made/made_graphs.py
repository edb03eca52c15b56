"""Made-up TensorFlow.js folders: a list of weights and files of numbers, written from the format's description."""

import json

import numpy as np

STORED = {"float32": "<f4", "int32": "<i4", "bool": "|u1", "complex64": "<c8"}
SCOPE = "StatefulPartitionedCall/extractor/model_1"
HEADS = (("centre", "center_0"), ("heatmap", "kpt_heatmap_0"), ("regress", "kpt_regress_0"), ("offset", "kpt_offset_0"))


def described(name, values, *, quantised=None):
    """An entry of the list, and the bytes of a tensor."""
    entry = {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)}
    if quantised is None:
        return entry, values.astype(STORED[str(values.dtype)]).tobytes()
    if quantised == "float16":
        return entry | {"quantization": {"dtype": "float16"}}, values.astype("<f2").tobytes()
    low, steps = float(values.min()), np.iinfo(quantised).max
    scale = (float(values.max()) - low) / steps or 1.0
    stored = np.rint((values - low) / scale).astype(np.dtype(quantised).newbyteorder("<"))
    return entry | {"quantization": {"dtype": quantised, "scale": scale, "min": low}}, stored.tobytes()


def write_graph(folder, parts, *, shard_bytes=1000, name="model.json"):
    """A model of one group of such parts, cut into files of so many bytes wherever a number stands."""
    entries, numbers = [entry for entry, _ in parts], b"".join(part for _, part in parts)
    cuts = range(0, max(len(numbers), 1), shard_bytes)
    paths = [f"group1-shard{number + 1}of{len(cuts)}.bin" for number in range(len(cuts))]
    for path, start in zip(paths, cuts, strict=True):
        (folder / path).write_bytes(numbers[start : start + shard_bytes])
    content = {"format": "graph-model", "modelTopology": {"node": []}, "weightsManifest": []}
    content["weightsManifest"] = [{"paths": paths, "weights": entries}]
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder / name


def write_movenet(folder, tensors, *, quantised="float16", **more):
    """A graph like MoveNet's of tensors by our names in torch's layout, with some besides that are no filters."""
    parts = [described("StatefulPartitionedCall/stack_4", np.zeros((17, 2), np.int32))]
    parts += [described(f"{SCOPE}/up_sampling2d/mul", np.array([16, 16], np.int32))]
    for ours, value in tensors.items():
        values = np.asarray(value, np.float32)
        if values.ndim == 4:  # filters of single channels lie as (rows, columns, channels, 1)
            order = (2, 3, 0, 1) if ours.endswith("depthwise.weight") else (2, 3, 1, 0)
            values = np.ascontiguousarray(values.transpose(order))
        parts.append(described(_name(ours), values, quantised=quantised))
    return write_graph(folder, parts, **{"shard_bytes": 3000} | more)


def _name(ours):
    """As the published graph calls it, written down by hand."""
    part, *inner, kind = ours.split(".")
    folded = {"weight": "weights", "bias": "bn_offset"}[kind]
    plain = {"weight": "Conv2D/ReadVariableOp", "bias": "BiasAdd/ReadVariableOp"}[kind]
    if part in ("stem", "last"):
        return f"{SCOPE}/model/{'Conv1' if part == 'stem' else 'Conv_1'}/Conv2D_{folded}"
    if part == "blocks":
        block = "expanded_conv" if inner[0] == "0" else f"block_{inner[0]}"
        layer = "depthwise" if inner[1] == "depthwise" else "Conv2D"
        return f"{SCOPE}/model/{block}_{inner[1]}/{layer}_{folded}"
    number = "" if inner[0] == "0" else f"_{inner[0]}"
    if part == "lateral":
        return f"{SCOPE}/conv2d{number}/{plain}"
    if part == "smooth":
        end = "ReadVariableOp" if inner[1] == "depthwise" else f"separable_conv2d_{folded}"
        scope = f"{SCOPE}/separable_conv2d{number}"
        return f"{scope}/separable_conv2d/{end}" if inner[1] == "depthwise" else f"{scope}/{end}"
    place, head = next((place, theirs) for place, (name, theirs) in enumerate(HEADS) if name == inner[0])
    if inner[1] == "out":
        return f"StatefulPartitionedCall/{head}/conv2d_{4 + place}/{plain}"
    end = {
        "depthwise.weight": "separable_conv2d/ReadVariableOp",
        "pointwise.weight": "separable_conv2d/ReadVariableOp_1",
        "pointwise.bias": "BiasAdd/ReadVariableOp",
    }[f"{inner[1]}.{kind}"]
    return f"StatefulPartitionedCall/{head}/separable_conv2d_{3 + place}/{end}"
