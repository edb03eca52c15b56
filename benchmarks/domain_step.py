"""The step from rendered people to photographs: how well the same weights find limbs and tell left from right on both.

Judged are the twelve joints of the limbs where they are annotated and lie in the picture: PCK@0.2, near enough within
a fifth of the torso (left shoulder to right hip, or where that is unknown the other way), with sides and ignoring
them, and the share of joints on their own side among pairs that are more than a fifth of the torso apart. People are
cut out around their true box. The photographs have no labels; the reference detector's stand in for them, where it is
sure. Where there are labels that detector is judged in the same crops.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from record import DATA, write_result

from maquette.arrays import Picture
from maquette.body.catalog import COCO_17
from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.readers.clip import join_people
from maquette.data.readers.coco import read_coco
from maquette.data.shards.reader import read_shards
from maquette.data.views.frames import read_photograph
from maquette.data.views.warping import is_within
from maquette.errors import SettingError
from maquette.evaluation.clip import RowKeypoints
from maquette.evaluation.picture import find_in_crops
from maquette.inference.detectors.protocol import Detection, Detector
from maquette.inference.estimator import PersonCrops
from maquette.inference.top_down import CropKeypoints, TopDownNetwork
from maquette.methods.backbone.evaluation import LIMB_JOINTS
from maquette.methods.detectors import open_detector
from maquette.methods.table import open_estimator
from maquette.metrics.correct import TORSO_SHARE, near
from maquette.metrics.position import joint_distances
from maquette.metrics.sides import sides_right, torso_length, unsided_distances

SURE = 0.5
"""Joints of which the reference detector is less sure are no labels."""
FEWEST_LIMBS = 8
"""People of whom it is sure of fewer are left out."""

Figures = dict[str, float]


def main() -> None:
    """Score, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with coco and photos")
    parser.add_argument("--synthetic", type=Path, default=Path("runs/synthetic-v1/single-test"))
    parser.add_argument("--people", type=int, default=1000, help="rendered people to score, from the first on")
    parser.add_argument("--method", default="structure-motion")
    parser.add_argument("--weights", type=Path)
    options = parser.parse_args()
    estimator = open_estimator(options.method, options.weights)
    if not isinstance(estimator.reads, PersonCrops):
        raise SettingError(f"the method '{options.method}' reads no crops of people; choose one that does")
    detector = DetectorInCrops(open_detector("mediapipe"))
    coco, network = read_labelled(options.data / "coco"), estimator.reads.network
    synthetic = first_seen(read_shards(options.synthetic), options.people)
    figures: dict[str, object] = {
        "method": estimator.name,
        "synthetic-v1 single-test": score_people(synthetic, network),
        "coco": score_people(coco, network),
        "photos, labelled by mediapipe": score_people(label_photographs(options.data, detector.inner), network),
        "synthetic-v1 single-test, mediapipe itself": score_people(synthetic, detector),
        "coco, mediapipe itself": score_people(coco, detector),
    }
    print(json.dumps(figures, indent=2))
    write_result("domain_step", options, figures)


class DetectorInCrops:
    """A detector as a `TopDownNetwork`: of the people it finds in a crop, the one it is surest of."""

    size_px = 256

    def __init__(self, inner: Detector) -> None:
        self.inner, self.name, self.skeleton = inner, inner.name, inner.skeleton

    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """Joints without depths; unknown where nobody is found."""
        joints = np.zeros((len(crops), len(self.skeleton), 2))
        confidence = np.zeros(joints.shape[:2])
        for row, crop in enumerate(crops):
            found = self.inner.detect(crop)
            if len(found.joints):
                surest = int(found.confidence.mean(axis=1).argmax())
                joints[row], confidence[row] = found.joints[surest], found.confidence[surest]
        return CropKeypoints(joints, confidence, np.zeros_like(confidence), np.zeros(len(crops)))


def score_people(people: AnnotatedPeople, network: TopDownNetwork) -> Figures:
    """The figures of what the network finds of these people, in percent."""
    points, skipped = find_in_crops(people, network)
    if skipped:
        print(f"{len(skipped)} pictures could not be read, the first: {skipped[0]}")
    truth = people.mapped_to(COCO_17)
    return scores(truth, *on_limbs(points))


def on_limbs(points: RowKeypoints) -> tuple[Float[np.ndarray, "N 17 2"], Bool[np.ndarray, "N 17"]]:
    """What was read, on COCO's skeleton."""
    mapping = source_to_target(points.skeleton, COCO_17)
    return mapping.joints(points.joints_px), mapping.mask(points.confidence > 0)


def scores(
    truth: AnnotatedPeople, joints_px: Float[np.ndarray, "N 17 2"], is_read: Bool[np.ndarray, "N 17"]
) -> Figures:
    """The figures for people on COCO's skeleton; joints that were not read count as wrong, but for their side."""
    counts = torch.from_numpy(limbs_in_picture(truth))
    torsos = torso_length(torch.from_numpy(truth.joints_px).double(), COCO_17, mask=torch.from_numpy(truth.known_px))
    counts &= (torsos > 0)[:, None]
    keypoints, predicted = torch.from_numpy(truth.joints_px).double(), torch.from_numpy(joints_px).double()
    missed, reach = torch.from_numpy(~is_read), TORSO_SHARE * torsos[:, None]
    both = (predicted, keypoints)
    sided = joint_distances(*both, mask=counts).masked_fill(missed & counts, torch.inf)
    unsided = unsided_distances(*both, COCO_17, mask=counts).masked_fill(missed & counts, torch.inf)
    sides = sides_right(*both, COCO_17, torsos, mask=counts & ~missed)
    seen = torch.from_numpy(truth.is_visible)
    hits = near(sided, reach)
    return {
        "people": int(counts.any(dim=-1).sum()),
        "joints": int(counts.sum()),
        "pck_percent": percent(hits),
        "pck_of_visible_percent": percent(hits.masked_fill(~seen, torch.nan)),
        "pck_ignoring_sides_percent": percent(near(unsided, reach)),
        "separated_pairs": int((~sides[..., 0].isnan()).sum()),
        "own_side_percent": percent(sides),
        "pairs_wholly_right_percent": percent(sides.amin(dim=-1)),
        "joints_not_found_percent": percent(missed.double().masked_fill(~counts, torch.nan)),
    }


def percent(values: torch.Tensor) -> float:
    """The mean of what is not NaN, in percent; NaN where nothing is left."""
    return round(100 * float(values.nanmean()), 1)


def limbs_in_picture(truth: AnnotatedPeople) -> Bool[np.ndarray, "N 17"]:
    """Annotated joints of the limbs that lie in the picture."""
    is_limb = np.isin(COCO_17.joint_names, LIMB_JOINTS)
    counts = truth.known_px & is_limb
    if truth.image_sizes is None:
        return counts
    ends = truth.image_sizes[:, None] - 0.5
    return counts & np.all((truth.joints_px > -0.5) & (truth.joints_px < ends), axis=-1)


def first_seen(people: AnnotatedPeople, count: int) -> AnnotatedPeople:
    """The first of those of whom something is seen."""
    kept = np.arange(len(people)) if people.is_flawed is None else np.flatnonzero(~people.is_flawed)
    return people.select(kept[:count])


def read_labelled(folder: Path) -> AnnotatedPeople:
    """COCO's people whose joints are annotated, of both files."""
    people = join_people([read_coco(folder, split=split) for split in ("train", "val")])
    flawed = np.zeros(len(people), bool) if people.is_flawed is None else people.is_flawed
    return people.select(np.flatnonzero(people.known_px.any(axis=1) & ~flawed))


def label_photographs(data: Path, detector: Detector) -> AnnotatedPeople:
    """Whom the detector is sure of in the photographs, without those that COCO's annotators have labelled."""
    labelled = {f"coco_{path.name}" for path in (data / "coco" / "images").glob("*.jpg")}
    paths = [path for path in sorted((data / "photos").glob("*.jpg")) if path.name not in labelled]
    rows: list[tuple[str, np.ndarray, np.ndarray, tuple[int, int]]] = []
    for path in paths:
        picture: Picture = read_photograph(path)
        found = detector.detect(picture)
        size = (picture.shape[1], picture.shape[0])
        for joints, is_sure in sure_people(found, detector.skeleton, size):
            rows.append((path.name, joints, is_sure, size))
    print(f"the detector is sure of {len(rows)} people in {len(paths)} photographs")
    return annotate(data / "photos", detector.skeleton, rows)


def sure_people(found: Detection, skeleton: Skeleton, size: tuple[int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(joints, whether they are labels) of the people whom the detector is sure enough of."""
    is_sure = (found.confidence >= SURE) & is_within(found.joints, (size[1], size[0]))
    enough = is_sure[:, skeleton.indices(*LIMB_JOINTS)].sum(axis=1) >= FEWEST_LIMBS
    joints = np.where(is_sure[..., None], found.joints, np.float32(0))
    return list(zip(joints[enough], is_sure[enough], strict=True))


def annotate(
    root: Path, skeleton: Skeleton, rows: list[tuple[str, np.ndarray, np.ndarray, tuple[int, int]]]
) -> AnnotatedPeople:
    """People in photographs, as a reader of a data set would give them."""
    count, known = len(rows), np.array([is_sure for _, _, is_sure, _ in rows], bool).reshape(-1, len(skeleton))
    unknown = np.full(count, "")
    return AnnotatedPeople(
        dataset="photos",
        root=root,
        skeleton=skeleton,
        pictures=np.array([name for name, _, _, _ in rows], str),
        frames=np.zeros(count, np.int64),
        sequences=unknown,
        subjects=unknown,
        actions=unknown,
        cameras=unknown,
        persons=np.arange(count),
        joints_px=np.array([joints for _, joints, _, _ in rows], np.float32).reshape(-1, len(skeleton), 2),
        known_px=known,
        is_visible=known,
        joints_m=np.zeros((count, len(skeleton), 3), np.float32),
        known_m=np.zeros_like(known),
        image_sizes=np.array([size for _, _, _, size in rows], np.int64).reshape(-1, 2),
    )


if __name__ == "__main__":
    main()
