"""Rendered people: how fast, how much memory, and whether all labels of a picture agree with each other.

Speed is in pictures per second of processor
time of one process that does everything: bodies, clothes, poses, scene, picture, labels, encoding and writing.
"""

import argparse
import resource
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
from record import DATA, write_result

from maquette.data.motion.library import read_library
from maquette.data.shards.files import write_shard
from maquette.data.synthesis.settings import SynthesisSettings
from maquette.data.synthesis.studio import Studio
from maquette.rendering.bodies.anatomy import JOINT_DEPTH_M, JOINT_PARTS
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture

LIMB_JOINTS = RENDERED_SKELETON.indices(
    *(f"{side}_{joint}" for side in "lr" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot"))
)
"""Those of arms and legs; the spine's and the collar's lie deep inside, where an arm before them is still near."""
SIDES_PX = (128, 192, 256)
REPEATS = 3
WARM_UP = 256
"""Pictures that fill the caches first; a set of thousands meets them only once."""


def main() -> None:
    """Measure and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap, makehuman and backgrounds")
    parser.add_argument("--pictures", type=int, default=10_000, help="of the memory test")
    options = parser.parse_args()
    data, library = options.data, read_library(options.data / "mocap")

    def studio(**settings: int) -> Studio:
        chosen = SynthesisSettings(**settings)
        return Studio.open(chosen, library, assets=data / "makehuman", backgrounds=data / "backgrounds")

    speeds = {f"{side} px, 2x2 samples, one person": speed(studio(width=side, height=side)) for side in SIDES_PX}
    speeds["192 px, clips of 48 frames, one person"] = speed(studio(clip_frames=48))
    speeds["192 px, 2 to 6 people"] = speed(studio(fewest_people=2, most_people=6))
    figures = {
        "pictures_per_core_second": speeds,
        "labels_of_one_person": agreement(studio(), 2000),
        "labels_of_2_to_6_people": agreement(studio(fewest_people=2, most_people=6), 600),
        "same_seed_same_labels": repeats_itself(studio()),
        "memory_mb": memory(studio(), options.pictures),
    }
    write_result("synthesis", options, figures)


def shoot_pictures(studio: Studio, seed: int, count: int):
    """So many pictures, shoot after shoot."""
    return islice((picture for shoot in range(count) for picture in studio.shoot(seed, shoot)), count)


def speed(studio: Studio, count: int = 512) -> dict[str, float]:
    """Median and spread over repeated shards."""
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        write_shard(Path(folder), 0, shoot_pictures(studio, 1, WARM_UP))
        for repeat in range(REPEATS):
            start = time.process_time()
            write_shard(Path(folder), 1, shoot_pictures(studio, 2 + repeat, count))
            rates.append(count / (time.process_time() - start))
    return {
        "median": round(float(np.median(rates)), 1),
        "lowest": round(min(rates), 1),
        "highest": round(max(rates), 1),
    }


def agreement(studio: Studio, count: int) -> dict[str, float]:
    """Whether points, parts, masks and cameras say the same."""
    worst_px, mask_agrees, pixels = 0.0, 0, 0
    tally = {name: np.zeros(2, int) for name in ("limb", "all")}
    for item in shoot_pictures(studio, 11, count):
        worst_px = max(worst_px, reprojection_px(item))
        tally["limb"] += joints_on_parts(item, LIMB_JOINTS)
        tally["all"] += joints_on_parts(item, list(range(len(RENDERED_SKELETON))))
        mask_agrees += int(((item.mask > 127) == (item.instances > 0)).sum())
        pixels += item.mask.size
        assert np.array_equal(item.parts > 0, item.instances > 0)
    return {
        "pictures": count,
        "reprojection_px_at_most": round(worst_px, 6),
        "limb_joints_on_their_part_percent": round(100 * tally["limb"][0] / tally["limb"][1], 2),
        "limb_joints": int(tally["limb"][1]),
        "all_joints_on_their_part_percent": round(100 * tally["all"][0] / tally["all"][1], 2),
        "mask_agrees_with_instances_percent": round(100 * mask_agrees / pixels, 2),
    }


def reprojection_px(item: LabelledPicture) -> float:
    """How far 3D joints, projected in double precision, lie from the 2D ones, in and around the picture."""
    joints = item.people.joints_m.astype(np.float64)
    pixels = joints @ item.camera_matrix.astype(np.float64).T
    off = np.linalg.norm(pixels[..., :2] / pixels[..., 2:] - item.people.joints_px, axis=-1)
    side = max(item.picture.shape)
    near = (np.abs(item.people.joints_px) < 2 * side).all(axis=-1) & (joints[..., 2] > 0.1)
    return float(off[near].max(initial=0.0))


def joints_on_parts(item: LabelledPicture, joints: list[int]) -> tuple[int, int]:
    """How many joints, not hidden by instance and depth alone, lie on their part, and how many there are."""
    height, width = item.parts.shape
    at = np.rint(item.people.joints_px).astype(int)
    inside = (at >= 0).all(axis=-1) & (at[..., 0] < width) & (at[..., 1] < height)
    column, row = np.where(inside, at[..., 0], 0), np.where(inside, at[..., 1], 0)
    is_own = item.instances[row, column] == np.arange(1, len(at) + 1)[:, None]
    is_near = item.people.joints_m[..., 2] - item.depth_m[row, column] < JOINT_DEPTH_M
    unhidden = inside & is_own & is_near
    on_part = JOINT_PARTS[np.arange(at.shape[1]), item.parts[row, column]]
    return int((unhidden & on_part)[:, joints].sum()), int(unhidden[:, joints].sum())


def repeats_itself(studio: Studio, shoots: int = 16) -> bool:
    """Whether shoots made in another order, with other ones before them, have the same pictures and labels."""
    first = {shoot: list(studio.shoot(5, shoot)) for shoot in range(shoots)}
    again = {shoot: list(studio.shoot(5, shoot)) for shoot in reversed(range(shoots))}
    return all(
        np.array_equal(a.picture, b.picture)
        and np.array_equal(a.parts, b.parts)
        and np.array_equal(a.people.joints_px, b.people.joints_px)
        for shoot in range(shoots)
        for a, b in zip(first[shoot], again[shoot], strict=True)
    )


def memory(studio: Studio, count: int) -> dict[str, float]:
    """Resident memory of this process after a tenth and after all of many pictures."""
    after: dict[str, float] = {}
    for number, _ in enumerate(shoot_pictures(studio, 17, count), start=1):
        if number in (count // 10, count):
            after[f"after {number} pictures"] = round(resident_mb(), 1)
    return after | {"peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}


def resident_mb() -> float:
    """Memory that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
