"""What each weak loss adds to SAP-Net's depths, as in the ablation of Dabral et al. (ECCV 2018), on synthetic-v1.

The network knows where joints are from 2D labels alone (the backbone's checkpoint `from_2d_labels.safetensors`). That
part is kept as it is: all rows share the same features. The depth module learns from few people whose depths are known,
and from many who are annotated in 2D alone; only the weak losses differ between rows. Each row is run with several
seeds, which draw the labelled people, the start of the module and the order of pictures.

The published weights of the weak losses are multiplied with ``--scale``. Beside them the depth error has the weight 1
and is an absolute one; in the published code it has the weight 0.1 and is squared.
"""

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from record import write_result
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from maquette.body.catalog import H36M_17
from maquette.data.views.stored_samples import StoredSamples
from maquette.data.views.views import ViewSettings
from maquette.losses.masking import weighted_mean
from maquette.losses.position import depth_distance
from maquette.losses.structure import StructuralWeights, structural_energy
from maquette.methods.structure_motion.config import COMPACT
from maquette.methods.structure_motion.heads import JointFeatures, JointRegression, joint_features
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.objective import shift_error, weak_pose
from maquette.methods.structure_motion.supervision import SapBatch, make_batch
from maquette.methods.structure_motion.weights import sap_from_backbone
from maquette.metrics.position import mpjpe, n_mpjpe, p_mpjpe
from maquette.metrics.structure import illegal_bends, left_right_difference
from maquette.training.checkpoint import read_checkpoint
from maquette.training.precision import fast_precision
from maquette.training.targets import inside_picture

CONFIG = COMPACT
NONE = StructuralWeights(0.0, 0.0, 0.0)
ROWS = {
    "supervised only": NONE,
    "+ L_s": StructuralWeights(0.0, 0.0, 0.05),
    "+ L_a": StructuralWeights(0.03, 0.0, 0.0),
    "+ L_g": StructuralWeights(0.0, 0.03, 0.0),
    "+ L_g + L_a": StructuralWeights(0.03, 0.03, 0.0),
    "+ L_g + L_a + L_s": StructuralWeights(0.03, 0.03, 0.05),
}


class Seen(NamedTuple):
    """Pictures as the backbone sees them, and their labels."""

    features: JointFeatures
    labels: SapBatch
    """Without the pictures themselves: one black pixel row of their width for each."""
    joints_m: Tensor
    identity: Tensor

    @property
    def keypoints_px(self) -> Tensor:
        """Where heatmaps are brightest."""
        return (self.features.keypoints + 1.0) * CONFIG.size_px / 2 - 0.5


def see(model: SapNet, folder: Path, count: int, *, strength: float, offset: int = 0) -> Seen:
    """``count`` pictures of the folder, spread evenly."""
    samples = StoredSamples(folder, ViewSettings(size_px=CONFIG.size_px, skeleton=H36M_17, keep_share=1.0), seed=offset)
    samples.stage.set(epoch=0, strength=strength)
    chosen = torch.linspace(0, len(samples) - 1, min(count, len(samples))).round().long().tolist()
    features, labels, joints, identities = [], [], [], []
    with torch.no_grad():
        for batch in DataLoader(Subset(samples, chosen), batch_size=64, num_workers=1):
            with torch.autocast("cpu", torch.bfloat16, enabled=fast_precision() == "bf16-mixed"):
                seen = model.backbone(batch.picture)[-1]
            features.append(joint_features(seen))
            made = make_batch(batch, H36M_17, may_see_depth=True)
            labels.append(made._replace(picture=made.picture[:, :, :1]))
            joints.append(batch.joints_m)
            identities.append(batch.identity)
    joined = JointFeatures(*(torch.cat(parts) for parts in zip(*features, strict=True)))
    return Seen(joined, SapBatch(*map(torch.cat, zip(*labels, strict=True))), torch.cat(joints), torch.cat(identities))


def rows_of(features: JointFeatures, rows: Tensor) -> JointFeatures:
    """Some of the pictures."""
    return JointFeatures(*(part[rows] for part in features))


class Pace(NamedTuple):
    """How one training goes."""

    steps: int
    rate: float
    scale: float
    """What the published weights of the weak losses are multiplied with, the depth error having the weight 1."""
    seed: int


def train(module: JointRegression, seen: Seen, known: Tensor, weights: StructuralWeights, pace: Pace) -> None:
    """Half of every batch knows its depths; the other half has the weak losses, if any is switched on."""
    steps, rate, generator = pace.steps, pace.rate, torch.Generator().manual_seed(pace.seed)
    optimiser = torch.optim.RMSprop(module.parameters(), rate, alpha=0.99, eps=1e-8)
    is_weak = weights != NONE
    one, other = torch.nonzero(known)[:, 0], torch.nonzero(~known)[:, 0]
    module.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (steps - step) / (0.3 * steps))
        rows = one[torch.randint(len(one), (32,), generator=generator)]
        labelled_2d = other[torch.randint(len(other), (32,), generator=generator)]
        both = torch.cat([rows, labelled_2d])
        has_depth = torch.arange(64) < 32
        labels = SapBatch(*(value[both] for value in seen.labels))._replace(has_depth=has_depth)
        placed = module.regress(rows_of(seen.features, both))
        loss = weighted_mean(depth_distance(placed.depths, labels.depths, mask=labels.is_known), has_depth)
        loss = loss + shift_error(placed.shifts, seen.keypoints_px[both], labels)
        if is_weak:
            pose = weak_pose(placed.depths, labels, is_perspective=True)
            seen_joints = inside_picture(labels.joints_px, labels.is_known, CONFIG.size_px)
            energy = structural_energy(pose, H36M_17, weights, mask=seen_joints)
            loss = loss + pace.scale * weighted_mean(energy, ~has_depth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@torch.inference_mode()
def figures(module: JointRegression, seen: Seen) -> dict[str, float]:
    """Errors in mm, at the true size of every person; keypoints are those that the network finds."""
    module.eval()
    placed = module.regress(seen.features)
    labels = seen.labels._replace(joints_px=seen.keypoints_px + placed.shifts * CONFIG.size_px / 2)
    pose = weak_pose(placed.depths, labels, is_perspective=True)
    truth = seen.joints_m
    whole = seen.labels.is_known.all(dim=1)
    pose, truth = (value - value[:, [H36M_17.index("pelvis")]] for value in (pose[whole], truth[whole]))
    child, parent = torch.tensor(H36M_17.bones).unbind(dim=-1)
    sums = [(value[:, child] - value[:, parent]).norm(dim=-1).sum(dim=-1) for value in (truth, pose)]
    pose = pose * (sums[0] / sums[1])[:, None, None]
    return {
        "mpjpe_mm": 1000 * mpjpe(pose, truth).mean().item(),
        "n_mpjpe_mm": 1000 * n_mpjpe(pose, truth).mean().item(),
        "p_mpjpe_mm": 1000 * p_mpjpe(pose, truth).mean().item(),
        "asymmetry_mm": 1000 * left_right_difference(pose, H36M_17).mean().item(),
        "illegal_share": illegal_bends(pose, H36M_17).mean().item(),
    }


def run(seen: Seen, test: Seen, options: argparse.Namespace, seed: int) -> dict[str, dict[str, float]]:
    """The figures of every row, all started from one module that learnt from the labelled people alone."""
    people = np.unique(seen.identity.numpy())
    chosen = np.random.default_rng(seed).permutation(people)[: max(round(options.share * len(people)), 1)]
    known = torch.from_numpy(np.isin(seen.identity.numpy(), chosen))
    torch.manual_seed(seed)
    module = JointRegression(CONFIG.sizes, len(H36M_17))
    train(module, seen, known, NONE, Pace(options.warm, 1e-3, 0.0, seed))
    start = {name: value.clone() for name, value in module.state_dict().items()}
    rows = {}
    for name, weights in ROWS.items():
        module.load_state_dict(start)
        since = time.monotonic()
        train(module, seen, known, weights, Pace(options.steps, 2.5e-4, options.scale, 1000 + seed))
        rows[name] = figures(module, test)
        print(f"seed {seed}  {name:20s}", {k: round(v, 2) for k, v in rows[name].items()},
              f"{time.monotonic() - since:.0f} s, {int(known.sum())} labelled", flush=True)  # fmt: skip
    return rows


def main() -> None:
    """Print and record every row with every seed."""
    options = read_options()
    backbone = read_checkpoint(options.backbone)
    values = backbone["parts"]["average"]["values"] if "parts" in backbone else backbone
    model = SapNet(CONFIG, len(H36M_17))
    model.load_state_dict(sap_from_backbone(values, CONFIG))
    model = model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = see(model, options.people, options.count, strength=0.3)
    test = see(model, options.test, options.tested, strength=0.0)
    runs = [run(seen, test, options, seed) for seed in range(options.seeds)]
    table = {
        name: {figure: over_seeds([one[name][figure] for one in runs]) for figure in runs[0][name]} for name in ROWS
    }
    settings = {name: value for name, value in vars(options).items() if not isinstance(value, Path)}
    write_result("structure_ablation", options, {"settings": settings, "rows": table})


def read_options() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    sets = Path("runs/synthetic-v1")
    parser.add_argument("--people", type=Path, default=sets / "single-train")
    parser.add_argument("--test", type=Path, default=sets / "single-test")
    parser.add_argument("--backbone", type=Path, default=Path("runs/backbone/from_2d_labels.safetensors"))
    parser.add_argument("--count", type=int, default=12_000, help="people to learn from")
    parser.add_argument("--tested", type=int, default=2_000, help="people of the test set")
    parser.add_argument("--share", type=float, default=0.05, help="of the people, whose depths are known")
    parser.add_argument("--warm", type=int, default=300, help="steps without weak losses, which all rows share")
    parser.add_argument("--steps", type=int, default=1500, help="of each row")
    parser.add_argument("--scale", type=float, default=4.0, help="factor on the published weights of the weak losses")
    parser.add_argument("--seeds", type=int, default=3)
    return parser.parse_args()


def over_seeds(values: list[float]) -> dict[str, object]:
    """A figure with every seed, and its mean."""
    return {"mean": round(float(np.mean(values)), 3), "seeds": [round(value, 3) for value in values]}


if __name__ == "__main__":
    main()
