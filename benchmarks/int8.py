"""What SAP-Net loses when its convolutions count in 8 bits, how small it gets, and how fast.

The ranges of numbers are measured on photographs and on crops of rendered people of another set; joints are judged on
rendered people cut out around their true boxes: the share of the limb joints within a fifth of the torso (PCK), and
the error of poses in space. Times are of one crop at a time on two threads, in turns, so that a busy machine slows all
alike.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from looks import spread_over
from record import DATA, write_result
from startup import spread
from synthetic_v1 import scores

from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.reader import read_shards
from maquette.evaluation.picture import find_in_crops
from maquette.inference.top_down import CropKeypoints
from maquette.methods.backbone.evaluation import LIMB_JOINTS
from maquette.methods.onnx.int8 import MOST_PICTURES, graph_to_int8, read_squares
from maquette.methods.onnx.session import GraphSession
from maquette.methods.structure_motion.graph import sap_to_graph
from maquette.methods.structure_motion.predict import SapGraphNetwork, StructureMotionEstimator
from maquette.methods.structure_motion.weights import read_sap
from maquette.methods.table import find_default
from maquette.metrics.correct import TORSO_SHARE
from maquette.metrics.sides import torso_length

THREADS = 2
WHOLE = "32 bits"


def main() -> None:
    """Print and record loss, size and speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with photos")
    parser.add_argument("--people", type=Path, default=Path("runs/synthetic-v1/single-test"), help="who are judged")
    parser.add_argument("--ranges", type=Path, default=Path("runs/synthetic-v1/single-val"), help="other people")
    parser.add_argument("--weights", type=Path, default=None, help="of SAP-Net, by default those that come along")
    parser.add_argument("--count", type=int, default=1000, help="of people who are judged")
    parser.add_argument("--rounds", type=int, default=21, help="of timing that count")
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    model = read_sap(options.weights or find_default("structure-motion"))
    content, size_px = sap_to_graph(model), model.config.size_px
    contents = {
        WHOLE: content,
        "8 bits, ranges of photographs": graph_to_int8(content, read_squares(options.data / "photos", size_px)),
        "8 bits, ranges of rendered people": graph_to_int8(content, rendered_crops(options.ranges, size_px)),
    }
    people = spread_over(read_shards(options.people), options.count)
    with tempfile.TemporaryDirectory() as folder:
        networks = {name: open_content(Path(folder) / f"{len(name)}.onnx", one) for name, one in contents.items()}
        speeds = timings(networks, options.rounds)
        figures: dict[str, object] = {"people_judged": len(people), "threads": THREADS}
        for name, network in networks.items():
            figures[name] = {
                "megabytes": round(len(contents[name]) / 1e6, 1),
                "pck_percent": pck_percent(people, network),
                "poses": scores(people, "single", StructureMotionEstimator(network)),
                **speeds[name],
            }
            print(name, figures[name], flush=True)
    write_result("int8", options, figures)


class Collecting:
    """A network that keeps what it is shown, and finds every joint in the corner."""

    name = "collecting"

    def __init__(self, skeleton: Skeleton, size_px: int) -> None:
        self.skeleton, self.size_px = skeleton, size_px
        self.shown: list[np.ndarray] = []

    def find_keypoints(self, crops: np.ndarray) -> CropKeypoints:
        """Keeps the crops."""
        self.shown.append(crops)
        shape = (len(crops), len(self.skeleton))
        return CropKeypoints(np.zeros((*shape, 2)), np.ones(shape), np.zeros(shape), np.ones(len(crops)))


def rendered_crops(folder: Path, size_px: int) -> np.ndarray:
    """Crops of some rendered people, as networks see them."""
    people = spread_over(read_shards(folder), MOST_PICTURES)
    collecting = Collecting(people.skeleton, size_px)
    find_in_crops(people, collecting)
    return np.ascontiguousarray(np.concatenate(collecting.shown).transpose(0, 3, 1, 2))


def open_content(path: Path, content: bytes) -> SapGraphNetwork:
    """The network of an ONNX file's content."""
    path.write_bytes(content)
    return SapGraphNetwork(GraphSession(path))


def pck_percent(people: AnnotatedPeople, network: SapGraphNetwork) -> float:
    """Share of the known limb joints within a fifth of the torso."""
    found, truth = find_in_crops(people, network)[0], people.mapped_to(network.skeleton)
    true_px = torch.from_numpy(truth.joints_px).double()
    torsos = torso_length(true_px, network.skeleton, mask=torch.from_numpy(truth.known_px))
    limbs = list(network.skeleton.indices(*LIMB_JOINTS))
    away = (torch.from_numpy(found.joints_px) - true_px).norm(dim=-1)[:, limbs]
    counts = torch.from_numpy(truth.known_px)[:, limbs] & ~torsos.isnan()[:, None]
    return round(100 * (away < TORSO_SHARE * torsos[:, None])[counts].double().mean().item(), 2)


def timings(networks: dict[str, SapGraphNetwork], rounds: int) -> dict[str, dict[str, object]]:
    """Crops a second, and as multiples of those of the whole network, by name."""
    size_px = networks[WHOLE].size_px
    crops = np.random.default_rng(0).integers(0, 256, (8, size_px, size_px, 3), np.uint8)
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for number in range(rounds + 2):
        for name, network in networks.items():
            since = time.perf_counter()
            for crop in crops:
                network.find_keypoints(crop[None])
            if number > 1:
                seconds[name].append(time.perf_counter() - since)
    whole = seconds[WHOLE]
    return {
        name: {
            "per_s": spread([len(crops) / value for value in values]),
            "times_whole": spread([one / value for one, value in zip(whole, values, strict=True)]),
        }
        for name, values in seconds.items()
    }


if __name__ == "__main__":
    main()
