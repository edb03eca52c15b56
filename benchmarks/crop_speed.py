"""How many crops a second SAP-Net reads, one at a time on two threads, beside MediaPipe's full model on the same crops.

A crop goes in as bytes; joints to a fraction of a cell, certainties and depths come out. SAP-Net is run by torch and by
ONNX Runtime. MediaPipe is asked in both of its modes: following a person, which runs its landmark model alone wherever
it holds on to one, and photographs, where it seeks the person anew. The crops are those of frames of a real video, at
SAP-Net's size; MediaPipe fits them to its own. All take turns, round by round, so that a busy machine slows them alike;
ratios are taken within each round.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import torch
from real_multiview import Trial
from record import DATA, write_result
from startup import spread

from maquette.inference.crop import cut_out_square, person_squares
from maquette.inference.detectors.blazepose import BlazePose
from maquette.inference.top_down import SURE_CONFIDENCE, TopDownNetwork
from maquette.io.video import open_video
from maquette.methods.onnx.session import GraphSession
from maquette.methods.structure_motion.graph import sap_to_graph
from maquette.methods.structure_motion.predict import SapGraphNetwork, SapTopDownNetwork
from maquette.methods.structure_motion.weights import read_sap
from maquette.methods.table import find_default

THREADS = 2
CROPS = 16
YARDSTICK = "mediapipe full, following"


def main() -> None:
    """Print and record rates and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with multiview")
    parser.add_argument("--weights", type=Path, default=None, help="of SAP-Net, by default those that come along")
    parser.add_argument("--rounds", type=int, default=21, help="that count")
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    model = read_sap(options.weights or find_default("structure-motion"))
    crops = cut_crops(Trial(options.data / "multiview"), model.config.size_px)
    with (
        closing(BlazePose(video=True, most_persons=1)) as following,
        closing(BlazePose(most_persons=1)) as seeking,
        tempfile.TemporaryDirectory() as folder,
    ):
        graph = Path(folder) / "network.onnx"
        graph.write_bytes(sap_to_graph(model))
        works: dict[str, Callable[[np.ndarray], object]] = {
            "sap-net, torch": reader(SapTopDownNetwork(model)),
            "sap-net, onnxruntime": reader(SapGraphNetwork(GraphSession(graph))),
            YARDSTICK: following.detect,
            "mediapipe full, photographs": seeking.detect,
        }
        rounds = [{name: seconds(work, crops) for name, work in works.items()} for _ in range(options.rounds + 2)][2:]
        found = {name: int(sum(len(work(crop).joints) for crop in crops)) for name, work in works.items()}
    figures: dict[str, object] = {"crop_px": model.config.size_px, "threads": THREADS, "crops": len(crops)}
    for name in works:
        figures[name] = {
            "per_s": spread([len(crops) / one[name] for one in rounds]),
            "times_mediapipe": spread([one[YARDSTICK] / one[name] for one in rounds]),
            "people_found": found[name],
        }
        print(name, figures[name], flush=True)
    print("median seconds of a round:", round(median(sum(one.values()) for one in rounds), 2))
    write_result("crop_speed", options, figures)


def cut_crops(trial: Trial, size_px: int) -> list[np.ndarray]:
    """The person of the first camera's first frames, cut out around what BlazePose found there."""
    keypoints = trial.keypoints("blazepose", 0)
    assert keypoints.image_size is not None
    crops = []
    for index, frame in enumerate(islice(open_video(trial.video(0)).frames(), CROPS)):
        joints, sure = keypoints.joints[index].astype(np.float64), keypoints.confidence[index] >= SURE_CONFIDENCE
        (square,) = person_squares(joints, sure, keypoints.skeleton, keypoints.image_size)
        crops.append(cut_out_square(frame.image, square, size_px))
    return crops


def reader(network: TopDownNetwork) -> Callable[[np.ndarray], object]:
    """Reads one crop."""
    return lambda crop: network.find_keypoints(crop[None])


def seconds(work: Callable[[np.ndarray], object], crops: list[np.ndarray]) -> float:
    """Wall time of all crops, one after the other."""
    since = time.perf_counter()
    for crop in crops:
        work(crop)
    return time.perf_counter() - since


if __name__ == "__main__":
    main()
