"""How BlazePose errs on rendered clips, whose truth is exact: joints in the picture, and the depths that it guesses.

Clips go through the same detector in its video mode and the same cleaning as those of users. What is found is compared
with the joints of the bodies, in extents of the person, the root mean square distance of the joints from their middle;
a standing adult's extent is about half a metre. The record itself is written into the package: track lifting learns
from it how detectors err.
"""

import argparse
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from record import write_card, write_result

from maquette.arrays import Frame
from maquette.body.catalog import ANNY_41
from maquette.body.observation import KNOWN_CONFIDENCE
from maquette.body.people import Poses2d
from maquette.data.filming import recorded_errors
from maquette.data.filming.recorded_errors import ErrorRecord
from maquette.data.shards.reader import read_shard_pictures
from maquette.errors import InputError
from maquette.inference.detectors.blazepose import BlazePose
from maquette.inference.gaps import fill_gaps
from maquette.inference.outlier import exchange_swapped_sides, reject_outliers
from maquette.inference.pipeline import detect
from maquette.methods.track_lifting.model import SEEN_JOINTS
from maquette.rendering.labelled import LabelledPicture

PACKAGED = Path(recorded_errors.__file__).with_name("blazepose_errors.npz")
FPS = 25.0
OUTLIER = 0.3
"""Joints farther off than so many extents are called outliers."""
HIPS = ANNY_41.indices("l_hip", "r_hip")


class Clip(NamedTuple):
    """One person as seen and as found, in pixels; depths beyond the middle of the hips."""

    true: Float[np.ndarray, "F K 3"]
    found: Float[np.ndarray, "F K 3"]
    is_found: Bool[np.ndarray, "F K"]


def main() -> None:
    """Watch, print, record, and write the errors into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--clips", type=Path, default=Path("runs/error_clips"), help="rendered clips of one person each"
    )
    options = parser.parse_args()
    clips = [clip for pictures in read_clips(options.clips) if (clip := watch(pictures)) is not None]
    record = to_record(clips)
    np.savez_compressed(PACKAGED, **record._asdict())
    write_card(
        PACKAGED,
        "how BlazePose errs on rendered people, window by window",
        "extents of the person, the root mean square distance of the joints from their middle",
        "MediaPipe 0.10.14 (Apache-2.0), of which nothing is kept but where it put joints",
    )
    write_result("detector_errors", options, {"clips": len(clips), "frames": len(record.joints), **describe(record)})


def read_clips(folder: Path) -> Iterator[list[LabelledPicture]]:
    """The pictures of one clip after another."""
    pictures = (picture for _, picture in read_shard_pictures(folder, has_depth=False))
    for _, clip in groupby(pictures, key=lambda picture: picture.clip):
        yield sorted(clip, key=lambda picture: picture.frame)


def watch(pictures: list[LabelledPicture]) -> Clip | None:
    """What BlazePose finds in a clip, cleaned as the pipeline does; None if it finds nobody."""
    detector = BlazePose(video=True, most_persons=1)
    try:
        found = detect([Frame(picture.picture, index / FPS) for index, picture in enumerate(pictures)], detector)
    except InputError:
        return None
    finally:
        detector.close()
    found = clean(found)
    at, rows = found.skeleton.indices(*SEEN_JOINTS), ANNY_41.indices(*SEEN_JOINTS)
    assert found.depths is not None
    seen = np.concatenate([found.joints, found.depths[..., None]], axis=-1)[:, 0][:, at]
    return Clip(np.stack([true_joints(picture) for picture in pictures])[:, rows], seen, found.mask[:, 0][:, at])


def clean(found: Poses2d) -> Poses2d:
    """As `maquette.inference.pipeline` cleans the keypoints of a track."""
    found = found.known_where(found.confidence >= KNOWN_CONFIDENCE)
    return fill_gaps(reject_outliers(exchange_swapped_sides(found)))


def true_joints(picture: LabelledPicture) -> Float[np.ndarray, "J 3"]:
    """The first person's joints in pixels, and their depths in pixels at the root's distance."""
    depth_m = picture.people.joints_m[0, :, 2]
    root_m = depth_m[HIPS].mean()
    depths = (depth_m - root_m) * picture.camera_matrix[0, 0] / root_m
    return np.concatenate([picture.people.joints_px[0], depths[:, None]], axis=1)


def to_record(clips: list[Clip]) -> ErrorRecord:
    """The clips in extents of their people."""
    true, found, is_found = (np.concatenate([clip[part] for clip in clips]) for part in range(3))
    centred = true[..., :2] - true[..., :2].mean(axis=1, keepdims=True)
    extent = np.sqrt(np.square(centred).sum(axis=-1).mean(axis=1))[:, None, None]
    true, found = true / extent, found / extent
    errors = np.where(is_found[..., None], found - true, 0.0)
    depth = np.where(is_found, true[..., 2], 0.0)
    shares = (depth * found[..., 2]).sum(axis=0) / np.maximum(np.square(depth).sum(axis=0), 1e-9)
    left = np.where(is_found, found[..., 2] - shares * true[..., 2], 0.0)
    return ErrorRecord(
        joint_names=SEEN_JOINTS,
        fps=FPS,
        lengths=np.array([len(clip.true) for clip in clips]),
        joints=(centred / extent).astype(np.float16),
        errors=errors[..., :2].clip(-9, 9).astype(np.float16),
        depth_errors=left.clip(-9, 9).astype(np.float16),
        depth_shares=shares.round(3),
        is_found=is_found,
    )


def describe(record: ErrorRecord) -> dict[str, object]:
    """How large the errors are, joint by joint without its side."""
    clip = np.repeat(np.arange(len(record.lengths)), record.lengths)
    names = np.array([name.removeprefix("l_").removeprefix("r_") for name in record.joint_names])
    rows = {name: describe_joint(record, clip, np.flatnonzero(names == name)) for name in dict.fromkeys(names.tolist())}
    for name, row in rows.items():
        print(f"{name:9s}", row)
    return {"unit": "extents of the person", "joints": rows}


def describe_joint(record: ErrorRecord, clip: np.ndarray, joints: np.ndarray) -> dict[str, float]:
    """The figures of one joint, left and right together."""
    errors, is_found = record.errors[:, joints].astype(np.float64), record.is_found[:, joints]
    off = np.linalg.norm(errors, axis=-1)
    near = is_found & (off < OUTLIER)
    held = np.stack(
        [errors[clip == one][near[clip == one]].mean(axis=0) for one in np.unique(clip) if near[clip == one].any()]
    )
    moving = errors - np.stack([held_of(errors, near, clip, one) for one in range(clip.max() + 1)])[clip][:, None]
    follows = near[1:] & near[:-1] & (clip[1:] == clip[:-1])[:, None]
    now, then = moving[1:][follows], moving[:-1][follows]
    depth_left = record.depth_errors[:, joints].astype(np.float64)[is_found]
    return {
        "found_percent": round(100 * float(is_found.mean()), 1),
        "outliers_percent": round(100 * float((off[is_found] >= OUTLIER).mean()), 1),
        "held": round(float(np.sqrt(np.square(held).mean())), 3),
        "moving": round(float(np.sqrt(np.square(moving[near]).mean())), 3),
        "correlation_after_40_ms": round(float((now * then).sum() / np.sqrt((now**2).sum() * (then**2).sum())), 2),
        "share_of_depth_found": round(float(record.depth_shares[joints].mean()), 2),
        "depth_left": round(float(np.sqrt(np.square(depth_left).mean())), 3),
    }


def held_of(errors: np.ndarray, near: np.ndarray, clip: np.ndarray, one: int) -> np.ndarray:
    """The mean error over a clip, zero where nothing is found."""
    chosen = errors[clip == one][near[clip == one]]
    return chosen.mean(axis=0) if len(chosen) else np.zeros(2)


if __name__ == "__main__":
    main()
