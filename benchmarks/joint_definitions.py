"""How far apart COCO's annotators and rendered bodies put a joint, along the spine and along its limb.

What MoveNet Thunder, which was trained on COCO, finds in pictures of rendered people is taken for what annotators would
have clicked at. Both sides are fitted together; joints it is not sure of or that lie far off are left out.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from record import write_result
from torch.utils.data import DataLoader, Subset

from maquette.body.catalog import ANNY_41, COCO_17
from maquette.body.joint_definitions import LIMBS, body_vectors
from maquette.data.views.rendered_people import open_plain_samples
from maquette.fields.centred import read_centred
from maquette.methods.backbone.config import COMPACT
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.network import MobileBackbone
from maquette.methods.backbone.start import read_start
from maquette.nets.sizes import STRIDE

FARTHEST, LEAST_CONFIDENCE = 0.25, 0.3
"""Joints farther off than this share of the torso, or found with less confidence, say nothing of definitions."""
PACKAGED = Path(__file__).parents[1] / "src" / "maquette" / "body" / "joint_definitions.json"


class Pairs(NamedTuple):
    """Joints of the same people, in pixels."""

    found: Float[np.ndarray, "N 17 2"]
    rendered: Float[np.ndarray, "N 17 2"]
    counts: Bool[np.ndarray, "N 17"]


def main() -> None:
    """Fit, print, record, and write the shares into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, default=Path("runs/synthetic-v1/single-val"), help="rendered people")
    parser.add_argument("--thunder", type=Path, default=Path("../shared/pretrained/movenet_thunder.safetensors"))
    parser.add_argument("--count", type=int, default=1000, help="how many people to look at")
    options = parser.parse_args()
    pairs = find_pairs(options.people, options.thunder, options.count)
    rows = {joint: fit(pairs, joint) for joint in LIMBS}
    for joint, row in rows.items():
        print(joint, row)
    shares = {joint: {name: row[name] for name in ("spine", "limb")} for joint, row in rows.items()}
    write_result("joint_definitions", options, {"people": len(pairs.found), "joints": rows})
    PACKAGED.write_text(json.dumps(shares, indent=2) + "\n", encoding="utf-8")


@torch.inference_mode()
def find_pairs(people: Path, thunder: Path, count: int) -> Pairs:
    """What Thunder finds in the pictures as they were rendered, and where the joints are."""
    model = BackboneModel(COMPACT.sizes, len(SKELETON)).eval()
    model.load_state_dict(read_start(thunder, COMPACT).values, strict=False)
    assert isinstance(model.backbone, MobileBackbone)
    samples = open_plain_samples(people, COMPACT.size_px, ANNY_41)
    chosen = np.linspace(0, len(samples) - 1, min(count, len(samples))).round().astype(int).tolist()
    found, rendered, counts, rows = [], [], [], ANNY_41.indices(*COCO_17.joint_names)
    for batch in DataLoader(Subset(samples, chosen), batch_size=16):
        centred = model.backbone.look(batch.picture)[1]
        read = read_centred(centred.maps.heatmaps.sigmoid(), centred.guess, centred.maps.offset, stride=STRIDE)
        found.append(read.keypoints_px.numpy())
        rendered.append(batch.joints_px[:, rows].numpy())
        counts.append((batch.is_visible[:, rows] & (read.confidence > LEAST_CONFIDENCE)).numpy())
    return Pairs(*map(np.concatenate, (found, rendered, counts)))


def fit(pairs: Pairs, joint: str) -> dict[str, float]:
    """The shares of a joint by least squares, and its distance before and after, in percent of the torso."""
    sides = COCO_17.indices(f"l_{joint}", f"r_{joint}")
    spine, limbs = body_vectors(pairs.rendered, np.ones(pairs.rendered.shape[:2], bool))
    torso = np.maximum(np.linalg.norm(spine, axis=-1), 1.0)[:, None, None]
    off = ((pairs.found - pairs.rendered) / torso)[:, sides]
    along = np.stack([np.broadcast_to(spine[:, None], limbs.shape) / torso, limbs / torso], axis=-1)[:, sides]
    counts = pairs.counts[:, sides] & (np.linalg.norm(off, axis=-1) < FARTHEST)
    shares = np.linalg.lstsq(along[counts].reshape(-1, 2).astype(float), off[counts].reshape(-1), rcond=None)[0].round(
        3
    )
    left = off - along @ shares
    percent = [100 * float(np.linalg.norm(one[counts], axis=-1).mean()) for one in (off, left)]
    return {
        "spine": float(shares[0]),
        "limb": float(shares[1]),
        "joints": int(counts.sum()),
        "off_percent_of_torso": round(percent[0], 2),
        "off_after_percent_of_torso": round(percent[1], 2),
    }


if __name__ == "__main__":
    main()
