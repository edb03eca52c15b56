"""SAP-Net as a file, and how one starts from a trained backbone."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from maquette.body.catalog import find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError
from maquette.inference.proportions import adult_bone_lengths_m
from maquette.methods.backbone.model import SKELETON as BACKBONE_SKELETON
from maquette.methods.presets import find_preset
from maquette.methods.structure_motion import config as presets
from maquette.methods.structure_motion.config import StructureMotionConfig
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.weights import Weights, read_network, weights_to_bytes
from maquette.metrics.reliability import AS_IT_IS, Calibration
from maquette.training.checkpoint import to_half

KIND = "maquette.sap_net"
"""What the header of its file says."""
_TRAINING = "structure-motion-compact"


def sap_to_bytes(values: dict[str, Tensor], preset: str, calibration: Calibration = AS_IT_IS) -> bytes:
    """A network's weights as the content of a safetensors file, floating point numbers in 16 bits.

    Args:
        values: The state of a `SapNet`.
        preset: Name of the preset that it was made by.
        calibration: Of its confidence.
    """
    config = find_preset(presets, StructureMotionConfig, preset)
    about = {"kind": KIND, "preset": preset, "skeleton": config.skeleton, "sizes": json.dumps(asdict(config.sizes))}
    about["calibration"] = json.dumps(calibration._asdict())
    return weights_to_bytes(Weights(to_half(values), about))


def read_sap(path: Path) -> SapNet:
    """The network of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or does not fit its preset.
    """
    return read_network(path, _build, kind=KIND, training=_TRAINING)


def sap_from_backbone(values: dict[str, Tensor], config: StructureMotionConfig) -> dict[str, Tensor]:
    """The state of a `SapNet` that knows what a backbone knows: joints are found by name.

    Args:
        values: The state of a `maquette.methods.backbone.model.BackboneModel` of the same sizes.
        config: Of the network; it reads depths from maps, or else its depth module starts at random.

    Raises:
        SettingError: The backbone is of other sizes.
    """
    skeleton = find_skeleton(config.skeleton)
    rows = torch.tensor(_rows(skeleton))
    fresh = _fresh(config, skeleton)
    taken = {name: value.float() for name, value in values.items() if name.startswith("backbone.")}
    for name in [name for name in taken if ".heatmaps." in name or ".centred_to_heatmaps." in name]:
        taken[name] = taken[name][rows]
    for name in [name for name in taken if name.endswith("return_heatmaps.weight")]:
        taken[name] = taken[name][:, rows]
    if config.depth == "joints":
        taken["depth.depths.weight"] = values["depth_maps.weight"].float()[rows, :, 0]
        taken["depth.depths.bias"] = values["depth_maps.bias"].float()[rows, None]
    taken["size.weight"] = values["whole.linear.weight"].float()[-1:]
    taken["size.bias"] = values["whole.linear.bias"].float()[-1:] + _log_ratio(skeleton)
    wanted = [name for name in fresh if name in taken or name.startswith("backbone.")]
    misfits = [name for name in wanted if name not in taken or fresh[name].shape != taken[name].shape]
    misfits += [name for name in taken if name not in fresh]
    if misfits:
        raise SettingError(f"the backbone is of other sizes than the network ({misfits[0]}); train one of these sizes")
    return fresh | {name: value.to(fresh[name].dtype) for name, value in taken.items()}


def _fresh(config: StructureMotionConfig, skeleton: Skeleton) -> dict[str, Tensor]:
    """The state of a network that has learnt nothing, always the same one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return SapNet(config, len(skeleton)).state_dict()


def _log_ratio(skeleton: Skeleton) -> float:
    """By how much the logarithm of all bones' summed length is larger than on the backbone's skeleton, for an adult."""
    own, backbone = (float(adult_bone_lengths_m(one).sum()) for one in (skeleton, BACKBONE_SKELETON))
    return math.log(own / backbone)


def _rows(skeleton: Skeleton) -> list[int]:
    missing = [joint for joint in skeleton.joint_names if joint not in BACKBONE_SKELETON]
    if missing:
        raise ConventionError(f"the backbone does not know {', '.join(missing)} of {skeleton}")
    return BACKBONE_SKELETON.indices(*skeleton.joint_names)


def _build(about: dict[str, str]) -> SapNet:
    config = find_preset(presets, StructureMotionConfig, about.get("preset", ""))
    model = SapNet(config, len(find_skeleton(config.skeleton)))
    model.calibration = _read_calibration(about.get("calibration", "{}"))
    return model


def _read_calibration(text: str) -> Calibration:
    """The calibration in a header; without one, as it is.

    Raises:
        SettingError: It is none.
    """
    try:
        calibration = Calibration(**{name: float(value) for name, value in json.loads(text).items()})
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SettingError(f"its calibration '{text[:40]}' is none; train the network again") from error
    if not (math.isfinite(calibration.offset) and 0 <= calibration.slope < math.inf):
        raise SettingError(f"its calibration '{text[:40]}' makes no sense; train the network again")
    return calibration
