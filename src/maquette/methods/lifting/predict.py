"""Lifting as an estimator: keypoints of any skeleton in, named and framed 3D poses with uncertainty out."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.body.mapping import source_to_target
from maquette.body.people import Poses2d
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.inference.estimator import AnyKeypoints, Estimated
from maquette.inference.lifted import FEWEST_KNOWN_JOINTS, describe_lens, gather_poses
from maquette.methods.lifting.blend import HypothesisBlend
from maquette.methods.lifting.config import COMPACT, LiftingConfig
from maquette.methods.lifting.continuity import heading_bias
from maquette.methods.lifting.search import HypothesisSearch, Ranked, rank_hypotheses
from maquette.methods.lifting.viewpoint import (
    describe_tilt,
    find_shared_tilt,
    tilt_cost,
    tilt_grid,
    tilt_matrices,
    tilt_of,
)
from maquette.methods.lifting.weights import read_prior
from maquette.priors.mixture.model import METRES_PER_UNIT, MixturePrior

LEAST_WEIGHT = 0.05
"""Weight of a joint that the detector gave with hardly any confidence."""
_PERSONS_AT_ONCE = 256
_LEAST_EXTENT_PX = 1e-6
"""Persons whose joints all lie in one spot are not lifted."""


class Seen(NamedTuple):
    """The persons that can be lifted: one row each, in the order of frames."""

    points: Float[Tensor, "N L 2"]
    """Pixels relative to the principal point, lens distortion undone."""
    weights: Float[Tensor, "N L"]
    rows: Bool[Tensor, "F P"]


class Tilts(NamedTuple):
    """How the camera may be held."""

    rotations: Float[Tensor, "T 3 3"]
    """Level camera into the tilted one."""
    bias: Float[Tensor, " T"]
    """Negative log of how common each is."""
    up: tuple[float, float, float] | None
    """Unit vector against gravity in the camera frame, if there is only one tilt."""
    note: str


class LiftingEstimator:
    """The mixture of probable poses, ready to lift.

    Args:
        prior: A learned mixture (see `training`); its skeleton is that of the output.
        config: How to search and blend.
    """

    name = "lifting"
    reads = AnyKeypoints()

    def __init__(self, prior: MixturePrior, config: LiftingConfig = COMPACT) -> None:
        self.skeleton = prior.skeleton
        self._prior = prior.to(torch.float64)
        self._search_prior = self._prior.truncate(config.search_bases)
        self._config = config

    @torch.no_grad()
    def estimate(
        self,
        keypoints: Poses2d,
        *,
        camera: PinholeCamera | None = None,
        independent_frames: bool = False,
        progress: Progress = no_progress,
    ) -> Estimated:
        """3D poses of all persons and frames; see `Estimator.estimate`.

        Joints that the keypoints cannot give are filled in by the prior; joints that would have to be guessed (a
        spine from pelvis and neck, say) are left to it as well.
        """
        keypoints = keypoints.in_pixels(camera.image_size if camera else None)
        mapping = source_to_target(keypoints.skeleton, self.skeleton, exact_only=True)
        lens = camera or (assume_camera(keypoints.image_size) if keypoints.image_size else None)
        seen = _seen(keypoints.mapped_to(self.skeleton, exact_only=True), lens)
        notes = [*mapping.report(), *describe_lens(camera, lens)]
        rows = seen.rows.numpy()
        if not rows.any():
            nobody = np.zeros((0, len(self.skeleton), 3))
            return Estimated(gather_poses(keypoints, self.skeleton, rows, nobody, nobody[..., 0]), tuple(notes))
        tilt = self._tilts(seen, camera, independent_frames)
        search = HypothesisSearch(
            self._search_prior, tilt.rotations, self._config.headings, noise=self._config.point_deviation**2
        )
        found = self._rank(seen, search, tilt.bias, None if independent_frames else keypoints.times)
        blend = HypothesisBlend(self._prior, self._config, search.views, focal=lens.focal if lens else None)
        lifted = blend.lift(seen.points, seen.weights, found, progress)
        joints_m, deviation_m = (METRES_PER_UNIT * part.numpy() for part in (lifted.joints, lifted.deviation))
        poses = gather_poses(keypoints, self.skeleton, rows, joints_m, deviation_m)
        return Estimated(replace(poses, up=tilt.up), (*notes, tilt.note))

    def _tilts(self, seen: Seen, camera: PinholeCamera | None, independent_frames: bool) -> Tilts:
        """The camera tilts to consider: the given one, all of the grid, or the one that suits all frames."""
        if camera is not None and camera.rotation is not None:
            return _one_tilt(
                tilt_of(camera.rotation), "camera tilt not estimated: it is that of the camera, as given or assumed"
            )
        if independent_frames or int(seen.rows.sum()) == 1:
            grid = tilt_grid(self._config)
            where = "anew in every frame" if len(seen.rows) > 1 else "from each person alone"
            return Tilts(tilt_matrices(grid), tilt_cost(grid), None, f"camera tilt judged {where}")
        who = seen.rows.nonzero()[:, 1]
        found = find_shared_tilt(self._prior, self._config, seen.points, seen.weights, who)
        together = "frames" if len(seen.rows) > 1 else "people"
        note = f"camera tilt estimated once from all {together}: {describe_tilt(found.tilt, found.deviation)}"
        if found.alike is not None:
            note += f"; {describe_tilt(found.alike)} explains them nearly alike, and the more level one was taken"
        return _one_tilt(found.tilt, note)

    def _rank(
        self, seen: Seen, search: HypothesisSearch, tilt_bias: Float[Tensor, " T"], times: np.ndarray | None
    ) -> Ranked:
        """The best hypotheses of every person; with ``times``, headings are judged along each person's track."""
        chunks = zip(seen.points.split(_PERSONS_AT_ONCE), seen.weights.split(_PERSONS_AT_ONCE), strict=True)
        costs: Iterable[Float[Tensor, "_ K T H"]] = (search.costs(*chunk) for chunk in chunks)
        biases: Iterable[Float[Tensor, "_ T H"]] = repeat(tilt_bias[None, :, None])
        if times is not None and len(times) > 1 and len(tilt_bias) == 1:
            costs = list(costs)
            biases = self._continuity(seen, costs, times).split(_PERSONS_AT_ONCE)
        config = self._config
        parts = [
            rank_hypotheses(cost, config.hypotheses, temperature=config.temperature, bias=bias)
            for cost, bias in zip(costs, biases, strict=False)
        ]
        return Ranked(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _continuity(
        self, seen: Seen, costs: list[Float[Tensor, "_ K 1 H"]], times: np.ndarray
    ) -> Float[Tensor, "N 1 H"]:
        evidence = torch.zeros(*seen.rows.shape, self._config.headings, dtype=torch.float64)
        flattened = (-part.double() / self._config.temperature for part in costs)
        evidence[seen.rows] = torch.cat([part.logsumexp(dim=(1, 2)) for part in flattened])
        return heading_bias(evidence, seen.rows, torch.tensor(times, dtype=torch.float64))[seen.rows][:, None]


def _seen(mapped: Poses2d, lens: PinholeCamera | None) -> Seen:
    pixels, mask, confidence = (
        torch.from_numpy(np.array(part, dtype=kind))  # copies, whatever the layout of the caller's arrays
        for part, kind in ((mapped.joints, np.float64), (mapped.mask, np.bool_), (mapped.confidence, np.float64))
    )
    if lens is not None:
        rays, is_in_view = lens.rays_in_view(pixels.to(lens.matrix.dtype))
        pixels, mask = rays.double() * lens.focal, mask & is_in_view
    points = torch.where(mask[..., None], pixels, 0.0)
    middle = points.sum(dim=-2, keepdim=True) / mask.sum(dim=-1).clamp_min(1)[..., None, None]
    extent = torch.where(mask, (points - middle).norm(dim=-1), 0.0).amax(dim=-1)
    rows = (mask.sum(dim=-1) >= FEWEST_KNOWN_JOINTS) & (extent > _LEAST_EXTENT_PX)
    weights = torch.where(mask, confidence.clamp(LEAST_WEIGHT, 1.0), 0.0)
    return Seen(points[rows], weights[rows], rows)


def _one_tilt(tilt: Float[Tensor, " 2"], note: str) -> Tilts:
    rotations = tilt_matrices(tilt[None])
    x, y, z = (-rotations[0, :, 1]).tolist()
    return Tilts(rotations, torch.zeros(1, dtype=torch.float64), (x, y, z), note)


def open_method(weights: Path) -> LiftingEstimator:
    """The method with the prior of a file.

    Raises:
        InputError: The file cannot be read.
    """
    return LiftingEstimator(read_prior(weights))
