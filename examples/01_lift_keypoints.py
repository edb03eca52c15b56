"""From 2D keypoints to 3D poses: lift them, ask for numbers, write every kind of result.

    python examples/01_lift_keypoints.py [FOLDER]

The results go to FOLDER, ``out`` by default. ``maquette lift examples/data/walk_keypoints.npz`` does the same.
"""

import sys
from pathlib import Path

import numpy as np
import torch

import maquette
from maquette.metrics.position import p_mpjpe

DATA = Path(__file__).parent / "data"


def main(out: Path) -> None:
    """Lift the walking person and write the results."""
    estimate = maquette.lift(DATA / "walk_keypoints.npz", height_m=1.78, pictures=DATA / "walk.mp4")
    print(estimate)
    for note in estimate.notes:
        print(f"note: {note}")

    poses = estimate.poses  # (frames, persons, joints, 3), here in metres from the pelvis, as the camera sees them
    left, right = poses.skeleton.indices("l_ankle", "r_ankle")
    apart_m = np.linalg.norm(poses.joints[:, 0, left] - poses.joints[:, 0, right], axis=-1)
    print(f"the feet are farthest apart at {poses.times[apart_m.argmax()]:.2f} s, {apart_m.max():.2f} m at the ankles")

    with np.load(DATA / "walk_truth.npz", allow_pickle=False) as truth:
        error_m = p_mpjpe(torch.from_numpy(poses.joints[:, 0]), torch.from_numpy(truth["joints"]))
    print(f"mean distance from the true joints, each pose laid upon its truth: {1000 * error_m.mean():.0f} mm")

    for ending in ("npz", "json", "csv", "trc", "html"):
        estimate.save(out / f"walk_keypoints.{ending}")
    print(f"the results are in {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
