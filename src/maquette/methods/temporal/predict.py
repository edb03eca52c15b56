"""TP-Net at work: poses of any method refined through time, and a method that does so by itself."""

from dataclasses import replace

import numpy as np
import torch

from maquette.arrays import Progress, no_progress
from maquette.body.people import Poses2d, Poses3d
from maquette.errors import ConventionError
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimated, Estimator
from maquette.inference.windows import windows_of
from maquette.methods.bundled import find_bundled
from maquette.methods.temporal.model import TemporalModel, refine_rows
from maquette.methods.temporal.weights import read_model


class TemporalRefiner:
    """A trained TP-Net, ready to refine poses of its skeleton.

    Args:
        model: A trained net (see `training` and `weights`).
    """

    def __init__(self, model: TemporalModel) -> None:
        self.model = model.eval()
        self.skeleton = model.skeleton

    @property
    def is_online(self) -> bool:
        """Whether a pose is refined from itself and earlier ones alone."""
        return self.model.config.future == 0

    @torch.no_grad()
    def refine(self, poses: Poses3d) -> Poses3d:
        """The same poses, nearer to the truth: all persons and frames at once, at any frame rate, even or not.

        Poses of which a joint is unknown stay as they are and are not looked at. Where poses are absolute, the root
        keeps its place. Confidence and uncertainty are passed on.

        Raises:
            ConventionError: The poses are on another skeleton, or not in the camera frame.
        """
        self._check(poses)
        config = self.model.config
        windows = windows_of(
            np.all(poses.mask, axis=-1, keepdims=False), poses.times, past=config.past, future=config.future
        )
        at = windows.frames, windows.persons
        given = torch.from_numpy(poses.joints[at]).float()
        root = given[:, [self.skeleton.index(self.skeleton.root)]]
        refined = refine_rows(self.model, given - root, windows)
        origin = -root if poses.root is None else refined[:, [self.skeleton.index(poses.root)]]
        joints = poses.joints.copy()
        joints[at] = (refined - origin).numpy()
        return replace(poses, joints=joints)

    def _check(self, poses: Poses3d) -> None:
        if poses.skeleton != self.skeleton:
            raise ConventionError(
                f"the temporal net refines poses on {self.skeleton}, these are on {poses.skeleton}; use a net that was "
                "trained on such poses"
            )
        if poses.frame != "camera":
            raise ConventionError(
                f"the temporal net refines poses in the camera frame, these are in the {poses.frame} frame; refine "
                "them before they are turned"
            )


class Refined:
    """An estimator whose poses are refined through time before anybody sees them.

    Args:
        estimator: Any method.
        refiner: A temporal net that was trained on that method's errors, or on ones like them.

    Raises:
        ConventionError: The two differ in skeleton.
    """

    def __init__(self, estimator: Estimator, refiner: TemporalRefiner) -> None:
        if estimator.skeleton != refiner.skeleton:
            raise ConventionError(
                f"'{estimator.name}' answers on {estimator.skeleton}, the temporal net is for {refiner.skeleton}; use "
                "a net that was trained on that method"
            )
        self.name = f"{estimator.name}+{'tp' if refiner.is_online else 'bi-tp'}"
        self.skeleton, self.reads = estimator.skeleton, estimator.reads
        self._estimator = estimator
        self._refiner = refiner

    def estimate(
        self,
        keypoints: Poses2d,
        *,
        camera: PinholeCamera | None = None,
        independent_frames: bool = False,
        progress: Progress = no_progress,
    ) -> Estimated:
        """The method's poses, refined; see `Estimator.estimate`. Independent frames stay as the method gives them."""
        found = self._estimator.estimate(
            keypoints, camera=camera, independent_frames=independent_frames, progress=progress
        )
        if independent_frames:
            return found
        seen = "those before it" if self._refiner.is_online else "its neighbours in time"
        note = f"each pose refined from itself and {seen} by a temporal net"
        return Estimated(self._refiner.refine(found.poses), (*found.notes, note))


def open_refined(estimator: Estimator, weights: str) -> Refined:
    """The method, refined by the temporal net of that name that comes along.

    Raises:
        InputError: It cannot be read.
        ConventionError: The net is for other joints.
    """
    return Refined(estimator, TemporalRefiner(read_model(find_bundled(weights))))
