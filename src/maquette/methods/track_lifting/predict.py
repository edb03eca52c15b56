"""Track lifting as an estimator: keypoints of any skeleton in, 3D poses with their uncertainty and the tilt out."""

from dataclasses import replace
from pathlib import Path

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
from maquette.methods.lifting.viewpoint import describe_tilt, tilt_of_up
from maquette.methods.track_lifting.model import LiftedTracks, TrackLifter, lift_both_ways
from maquette.methods.track_lifting.tracks import Tracks, cut_windows
from maquette.methods.track_lifting.weights import read_lifter

_AT_ONCE = 2048
_LEAST_EXTENT_PX = 1e-6
_FAR = 10.0
"""Where the picture's size is unknown, people are taken to be so many times as far away as they are large."""


class TrackLiftingEstimator:
    """The network, ready to lift.

    Args:
        lifter: A trained network (see `training`); its skeleton is that of the output.
    """

    name = "track-lifting"

    def __init__(self, lifter: TrackLifter) -> None:
        self.skeleton = lifter.skeleton
        self._lifter = lifter.eval()
        self._offsets_s = np.array(lifter.config.offsets_s)
        self.reads = AnyKeypoints(past_s=-float(self._offsets_s.min()))

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

        Each pose is that of the middle of a window of its track, lifted as it is and mirrored. Joints that the
        keypoints cannot give are filled in.
        """
        keypoints = keypoints.in_pixels(camera.image_size if camera else None)
        mapping = source_to_target(keypoints.skeleton, self.skeleton, exact_only=True)
        lens = camera or (assume_camera(keypoints.image_size) if keypoints.image_size else None)
        tracks = _tracks(keypoints.mapped_to(self.skeleton, exact_only=True), lens, self._lifter.seen_joints)
        rows = tracks.is_known.sum(dim=-1) >= FEWEST_KNOWN_JOINTS
        offsets_s = self._offsets_s
        if independent_frames:  # so far apart that no window reaches a neighbour
            tracks = tracks._replace(times_s=np.arange(len(tracks.times_s)) * 2 * (np.ptp(offsets_s) + 1.0))
        notes = [*mapping.report(), *describe_lens(camera, lens)]
        lifted = self._lift(tracks, rows, progress)
        joints_m = lifted.joints - lifted.joints[:, [self.skeleton.index(self.skeleton.root)]]
        deviation_m = lifted.log_deviation.exp()
        poses = gather_poses(keypoints, self.skeleton, rows.numpy(), joints_m.numpy(), deviation_m.numpy())
        if not rows.any():
            return Estimated(poses, tuple(notes))
        up, note = _find_up(camera, lifted.up, is_shared=not independent_frames)
        return Estimated(replace(poses, up=up), (*notes, note))

    def _lift(self, tracks: Tracks, rows: Bool[Tensor, "F P"], progress: Progress) -> LiftedTracks:
        """Everybody in those rows, a share at once."""
        frames, persons = rows.nonzero(as_tuple=True)
        parts, done = [], 0
        for some_frames, some_persons in zip(frames.split(_AT_ONCE), persons.split(_AT_ONCE), strict=True):
            windows = cut_windows(tracks, some_frames, some_persons, self._offsets_s)
            parts.append(lift_both_ways(self._lifter, windows))
            done += len(some_frames)
            progress(done, len(frames))
        return LiftedTracks(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _tracks(mapped: Poses2d, lens: PinholeCamera | None, seen: list[int]) -> Tracks:
    """The joints that are seen, in the plane at distance 1 before the camera."""
    pixels = torch.from_numpy(np.array(mapped.joints[:, :, seen], np.float64))
    is_known = torch.from_numpy(np.array(mapped.mask[:, :, seen], np.bool_))
    if lens is not None:
        points, is_in_view = lens.rays_in_view(pixels.to(lens.matrix.dtype))
        is_known = is_known & is_in_view
    else:
        points = _as_if_far(pixels, is_known)
    low, high = (torch.where(is_known[..., None], points, far) for far in (torch.inf, -torch.inf))
    is_in_one_spot = (low.amin(dim=-2) == high.amax(dim=-2)).all(dim=-1, keepdim=True)
    points = torch.where(is_known[..., None], points, 0.0).float()
    depths = _depths_in_plane(mapped, lens, seen)
    has_depths = (depths != 0).any(dim=-1)
    return Tracks(points, is_known & ~is_in_one_spot, depths, has_depths, np.asarray(mapped.times, np.float64))


def _depths_in_plane(mapped: Poses2d, lens: PinholeCamera | None, seen: list[int]) -> Float[Tensor, "F P K"]:
    """What the detector guesses, in the plane at distance 1; zeros without a lens that says how large a pixel is."""
    if mapped.depths is None or lens is None:
        return torch.zeros(*mapped.mask.shape[:2], len(seen))
    return torch.from_numpy(np.array(mapped.depths[:, :, seen], np.float32)) / lens.focal


def _as_if_far(pixels: Float[Tensor, "F P K 2"], is_known: Bool[Tensor, "F P K"]) -> Float[Tensor, "F P K 2"]:
    """Pixels without a known centre, as a camera would see them from far away."""
    known = pixels[is_known]
    if not len(known):
        return torch.zeros_like(pixels)
    middle = (known.amin(dim=0) + known.amax(dim=0)) / 2
    return (pixels - middle) / (_FAR * (known.amax(dim=0) - known.amin(dim=0)).amax().clamp_min(_LEAST_EXTENT_PX))


def _find_up(
    camera: PinholeCamera | None, ups: Float[Tensor, "N 3"], *, is_shared: bool
) -> tuple[tuple[float, float, float] | None, str]:
    """Against gravity, as the camera's calibration says, else on average over all poses; and a note."""
    if camera is not None and camera.rotation is not None:
        x, y, z = camera.rotation[:, 2].tolist()
        return (x, y, z), "camera tilt not estimated: it is that of the camera, as given or assumed"
    if not is_shared:
        return None, "camera tilt judged anew in every frame"
    up = torch.nn.functional.normalize(ups.double().mean(dim=0), dim=0)
    tilt = tilt_of_up(up)
    deviation = (tilt_of_up(ups) - tilt).square().mean(dim=0).sqrt() if len(ups) > 1 else None
    x, y, z = up.tolist()
    return (x, y, z), f"camera tilt, the mean over all poses: {describe_tilt(tilt, deviation)}"


def open_method(weights: Path) -> TrackLiftingEstimator:
    """The method with the network of a file.

    Raises:
        InputError: The file cannot be read.
    """
    return TrackLiftingEstimator(read_lifter(weights))
