"""Bone lengths of rendered bodies of all ages, as shares of an average adult's; written into the package.

Motion capture comes from a few adults. What lifts tracks must know children and long legs too. The bones to hips,
knees, ankles, shoulders, elbows and wrists are rigid, and so is the head; the trunk is measured from hips to shoulders.
"""

import argparse
from pathlib import Path

import numpy as np
from jaxtyping import Float
from record import write_card, write_result

from maquette.body.catalog import ANNY_41
from maquette.data.filming import proportions
from maquette.data.shards.reader import read_shards

PACKAGED = Path(proportions.__file__).with_name("proportions.npz")
BONES = {
    "hip": ("l_hip", "r_hip"),
    "knee": ("l_hip", "l_knee"),
    "ankle": ("l_knee", "l_ankle"),
    "thorax": ("pelvis", "thorax"),
    "shoulder": ("l_shoulder", "r_shoulder"),
    "elbow": ("l_shoulder", "l_elbow"),
    "wrist": ("l_elbow", "l_wrist"),
    "head_top": ("nose", "head_top"),
}
"""The joint that a bone leads to, without its side, and between which joints it is measured."""


def main() -> None:
    """Measure, print, record, and write the factors into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, default=Path("runs/synthetic-v1/single-train"), help="rendered people")
    parser.add_argument("--count", type=int, default=1500)
    options = parser.parse_args()
    lengths = measure(options.people, options.count)
    grown = lengths[:, list(BONES).index("knee")] >= np.median(lengths[:, list(BONES).index("knee")])
    factors = lengths / lengths[grown].mean(axis=0)
    names = [*BONES, "spine", "nose"]  # the trunk's two halves are alike, and so are head and neck
    factors = np.concatenate(
        [factors, factors[:, [list(BONES).index("thorax"), list(BONES).index("head_top")]]], axis=1
    )
    np.savez_compressed(PACKAGED, joint_names=np.array(names), factors=factors.astype(np.float16))
    write_card(PACKAGED, "bone lengths of bodies of all ages", "lengths of an average adult's bones")
    rows = {name: describe(factors[:, at], factors[:, 1]) for at, name in enumerate(names)}
    for name, row in rows.items():
        print(f"{name:9s}", row)
    write_result("proportions", options, {"bodies": len(factors), "bones": rows})


def measure(people: Path, count: int) -> Float[np.ndarray, "P K"]:
    """The bones of some of the people, metres."""
    joints = read_shards(people).joints_m
    joints = joints[np.linspace(0, len(joints) - 1, min(count, len(joints))).round().astype(int)].astype(np.float64)
    ends = [[ANNY_41.index(joint) for joint in bone] for bone in BONES.values()]
    return np.stack([np.linalg.norm(joints[:, one] - joints[:, other], axis=-1) for one, other in ends], axis=1)


def describe(factors: Float[np.ndarray, " P"], thighs: Float[np.ndarray, " P"]) -> dict[str, float]:
    """A bone among all bodies, and beside the thigh of the same body."""
    low, middle, high = np.percentile(factors, [5, 50, 95])
    return {
        "lowest_5_percent": round(float(low), 3),
        "median": round(float(middle), 3),
        "highest_5_percent": round(float(high), 3),
        "spread_beside_thigh": round(float((factors / thighs).std()), 3),
    }


if __name__ == "__main__":
    main()
