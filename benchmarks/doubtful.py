"""Whether poses that the method doubts are wrong more often: people whom COCO labelled, beside its mean confidence.

Every labelled person is cut out of the photograph with a quarter of the box around, as if somebody had taken a picture
of them, and read as `maquette predict` reads one: the detector finds people, the method lifts them, and who overlaps
the labels most counts. A limb's joint is right within a fifth of the torso of its label; a joint without any place is
wrong. People without a torso, or with fewer than four labelled limb joints, are left out. The frames of a real trial
that the same method lifts tell how often poses are doubted that are as right as most. `maquette.body.observation` takes
its threshold from here.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from real_multiview import Trial
from record import DATA, write_result

from maquette.arrays import Frame, Picture
from maquette.body.catalog import COCO_17
from maquette.body.estimate import PoseEstimate
from maquette.body.observation import DOUBTFUL_BELOW, mean_confidence
from maquette.data.annotated import AnnotatedPeople
from maquette.data.held_out import find_coco_number, find_file, find_files_without_split
from maquette.data.readers.clip import join_people
from maquette.data.readers.coco import read_coco
from maquette.data.views.frames import read_pictures
from maquette.errors import InputError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints
from maquette.methods.detectors import open_detector
from maquette.methods.table import open_estimator
from maquette.metrics.correct import LIMB_JOINTS, TORSO_SHARE
from maquette.metrics.region import box_iou, keypoint_box
from maquette.metrics.sides import torso_length

AROUND, FEWEST_JOINTS, LEAST_OVERLAP, LEAST_SIDE_PX = 0.25, 4, 0.1, 40
THRESHOLDS = (0.35, 0.4, 0.45, 0.5, 0.55)


class Judged(NamedTuple):
    """One person."""

    confidence: float
    """Mean of the observed joints, as the method says it."""
    detected: float
    """Mean of the same joints, as the detector says it."""
    right: float
    """Share of the labelled limb joints."""
    error: float
    """Mean distance of those that have a place, in torsos."""


def main() -> None:
    """Judge, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with coco and multiview")
    parser.add_argument("--method", default="lifting")
    parser.add_argument("--detector", default="mediapipe")
    options = parser.parse_args()
    estimator = open_estimator(options.method, None)
    people = read_labelled(options.data / "coco")
    with closing(estimator.reads.detector_over(lambda: open_detector(options.detector))) as detector:
        judged = np.array(list(judge_everybody(people, detector, estimator)))
    figures: dict[str, object] = {"people": len(people), "found": len(judged), **describe(judged)}
    figures["trial"] = doubts_on_trial(Trial(options.data / "multiview"), estimator)
    print(json.dumps(figures, indent=2))
    write_result("doubtful", options, figures)


def read_labelled(folder: Path) -> AnnotatedPeople:
    """Everybody of COCO with a torso and enough labelled limb joints, each photograph from one file."""
    files = [file for split in ("train", "val") if (file := find_file(folder, split)) is not None]
    parts: list[AnnotatedPeople] = []
    met: set[int | None] = set()
    for file in (*files, *find_files_without_split(folder)):
        pictures = folder / file.stem.replace("person_keypoints", "images", 1)
        part = read_coco(file, pictures=pictures if pictures.is_dir() else None)
        numbers = [find_coco_number(str(name)) for name in part.pictures]
        paths = np.array([str(part.root.resolve() / name) for name in part.pictures], str)
        parts.append(replace(part, pictures=paths).select(np.array([number not in met for number in numbers], bool)))
        met.update(numbers)
    people = join_people(parts)
    flawed = np.zeros(len(people), bool) if people.is_flawed is None else people.is_flawed
    is_judged = (judged_joints(people).sum(axis=1) >= FEWEST_JOINTS) & (torsos_px(people) > 0)
    return people.select(is_judged & ~flawed)


def torsos_px(people: AnnotatedPeople) -> Float[np.ndarray, " N"]:
    """Length of each person's torso; NaN without one."""
    joints, known = torch.from_numpy(people.joints_px), torch.from_numpy(people.known_px)
    return torso_length(joints.double(), COCO_17, mask=known).numpy()


def judged_joints(people: AnnotatedPeople) -> Bool[np.ndarray, "N J"]:
    """The labelled joints of limbs."""
    return people.known_px & np.isin(COCO_17.joint_names, LIMB_JOINTS)


def judge_everybody(people: AnnotatedPeople, detector: Detector, estimator: Estimator) -> Iterator[Judged]:
    """Those who are found."""
    torsos, is_judged = torsos_px(people), judged_joints(people)
    for rows, picture in read_pictures(people):
        for row in rows.tolist():
            cut, corner = cut_out(picture, people.boxes_px[row])
            if min(cut.shape[:2]) < LEAST_SIDE_PX:
                continue
            try:
                found = detect([Frame(cut, 0.0)], detector)
                estimate = lift_keypoints(
                    found, estimator, PipelineSettings(), is_tracked=False, detector=detector.name
                )
            except InputError:  # nobody is found, or not enough of them
                continue
            judged = judge(estimate, people.joints_px[row] - corner, is_judged[row], float(torsos[row]))
            if judged is not None:
                yield judged


def cut_out(picture: Picture, box: Float32[np.ndarray, " 4"]) -> tuple[Picture, Float[np.ndarray, " 2"]]:
    """The surroundings of a box, and the pixel of the picture that is their upper left one."""
    low = np.floor(box[:2] - AROUND * box[2:]).astype(int).clip(0)
    high = np.ceil(box[:2] + (1 + AROUND) * box[2:]).astype(int)
    return np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]]), low.astype(np.float64)


def judge(
    estimate: PoseEstimate, truth: Float[np.ndarray, "J 2"], is_judged: Bool[np.ndarray, " J"], torso: float
) -> Judged | None:
    """The person of the estimate who overlaps the labels most; None if nobody does."""
    points = estimate.keypoints.mapped_to(COCO_17, exact_only=True)
    joints, known = points.joints[0].astype(np.float64), points.mask[0]
    boxes = keypoint_box(torch.from_numpy(joints), torch.from_numpy(known))
    true_box = keypoint_box(torch.from_numpy(truth.astype(np.float64)), torch.from_numpy(is_judged))
    overlaps = box_iou(boxes, true_box.expand_as(boxes)).nan_to_num(0.0)
    best = int(overlaps.argmax())
    if overlaps[best] < LEAST_OVERLAP:
        return None
    off = np.where(known[best], np.linalg.norm(joints[best] - truth, axis=-1), np.inf)[is_judged] / torso
    observed = estimate.poses.observed[0, best]
    detected = float(estimate.keypoints.confidence[0, best][observed].mean()) if observed.any() else 0.0
    placed = off[np.isfinite(off)]
    return Judged(
        float(mean_confidence(estimate.poses)[0, best]),
        detected,
        float((off <= TORSO_SHARE).mean()),
        float(placed.mean()) if len(placed) else 1.0,
    )


def describe(judged: Float[np.ndarray, "N 4"]) -> dict[str, object]:
    """What is right and wrong in fifths of people by confidence, and below and above thresholds."""
    judged = judged[np.argsort(judged[:, 0])]
    fifths = [
        {"confidence": [round(float(part[0, 0]), 3), round(float(part[-1, 0]), 3)], **summarise(part)}
        for part in np.array_split(judged, 5)
    ]
    splits = [
        {
            "below": edge,
            "of them": summarise(judged[judged[:, 0] < edge]),
            "others": summarise(judged[judged[:, 0] >= edge]),
        }
        for edge in THRESHOLDS
    ]
    is_wrong = judged[:, 2] < 0.5
    ranked = {
        f"wrong people are less sure, by the {name}": round(rank_share(judged[:, column], is_wrong), 3)
        for name, column in (("method", 0), ("detector", 1))
    }
    return {"threshold": DOUBTFUL_BELOW, "fifths": fifths, "thresholds": splits, **ranked}


def doubts_on_trial(trial: Trial, estimator: Estimator) -> dict[str, dict[str, float]]:
    """For each camera of the trial, percent of the frames below each threshold, and the error of all."""
    rows = {}
    for camera in range(4):
        keypoints = trial.seen(camera, estimator) or trial.keypoints("blazepose", camera)
        poses = lift_keypoints(keypoints, estimator, PipelineSettings(), is_tracked=True, detector="blazepose").poses
        sure = mean_confidence(poses)[:, 0]
        shares = {f"below {edge:g}, %": round(100 * float((sure < edge).mean()), 1) for edge in THRESHOLDS}
        error = trial.errors(*trial.judged(poses), "blazepose", camera)["p_mpjpe_mm"]
        rows[f"cam{camera + 1}"] = {**shares, "p_mpjpe_mm": error}
    return rows


def summarise(part: Float[np.ndarray, "N 4"]) -> dict[str, float | int | None]:
    """How right people are."""
    if not len(part):
        return {"people": 0, "limb_joints_right_percent": None, "error_torsos": None, "people_wrong_percent": None}
    return {
        "people": len(part),
        "limb_joints_right_percent": round(100 * float(part[:, 2].mean()), 1),
        "error_torsos": round(float(part[:, 3].mean()), 3),
        "people_wrong_percent": round(100 * float((part[:, 2] < 0.5).mean()), 1),
    }


def rank_share(scores: Float[np.ndarray, " N"], is_wrong: Bool[np.ndarray, " N"]) -> float:
    """Of all pairs of somebody wrong (most limb joints are) and somebody right, the share whose first scores less."""
    wrong, right = scores[is_wrong][:, None], scores[~is_wrong][None]
    if not wrong.size or not right.size:
        return float("nan")
    return float(((wrong < right) + 0.5 * (wrong == right)).mean())


if __name__ == "__main__":
    main()
