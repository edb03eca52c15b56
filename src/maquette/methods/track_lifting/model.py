"""TrackLifter: windows of 2D tracks in; out come the pose of the moment, how sure each joint is, and where up is."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.methods.track_lifting.config import TrackLiftingConfig
from maquette.methods.track_lifting.view import TrackWindows, feature_count, view_tracks
from maquette.nets.perceptron import ResidualPerceptron

SEEN_JOINTS = (
    "nose",
    *(f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in "lr"),
)
"""What every detector knows, and nearly alike."""


class LiftedTracks(NamedTuple):
    """The current poses of windows."""

    joints: Float[Tensor, "N J 3"]
    """Camera frame, relative to the root; metres of a person whose bones are together as long as an average adult's."""
    log_deviation: Float[Tensor, "N J"]
    """Logarithm of the mean distance that a joint is off, in metres."""
    up: Float[Tensor, "N 3"]
    """Against gravity, camera frame; the longer, the surer."""


class TrackLifter(nn.Module):
    """The network and what it must know of its skeleton.

    Args:
        skeleton: Of its poses; has the joints that are seen.
        config: How large it is.

    Raises:
        ConventionError: The skeleton lacks a joint that is seen.
    """

    size_m: Tensor

    def __init__(self, skeleton: Skeleton, config: TrackLiftingConfig) -> None:
        super().__init__()
        missing = [joint for joint in SEEN_JOINTS if joint not in skeleton]
        if missing:
            raise ConventionError(f"{skeleton} lacks {', '.join(missing)}; give motion of people who have them")
        self.skeleton, self.config = skeleton, config
        self.seen_joints = skeleton.indices(*SEEN_JOINTS)
        """Indices of the joints that are seen, in the order in which they are."""
        count = len(skeleton)
        self.net = ResidualPerceptron(
            feature_count(config.poses, len(SEEN_JOINTS)), 4 * count + 3, width=config.width, blocks=config.blocks
        )
        self.register_buffer("size_m", torch.tensor(1.0))

    @torch.no_grad()
    def standardise(self, windows: TrackWindows, size_m: float) -> None:
        """Take the means and spreads of the features from some windows, and the summed bone length of people."""
        self.net.standardise(view_tracks(windows).features)
        self.size_m.fill_(size_m)

    def forward(self, windows: TrackWindows) -> LiftedTracks:
        """The pose of the middle of each window."""
        views, count = view_tracks(windows), len(self.skeleton)
        told = self.net(views.features)
        joints = told[:, : 3 * count].unflatten(1, (count, 3)) @ views.from_camera * self.size_m
        up = (told[:, None, 3 * count : 3 * count + 3] @ views.from_camera)[:, 0]
        return LiftedTracks(joints, told[:, 3 * count + 3 :].clamp(-6.0, 2.0) + self.size_m.log(), up)


def lift_both_ways(lifter: TrackLifter, windows: TrackWindows) -> LiftedTracks:
    """The mean of what the network says of windows and of their mirror images."""
    seen, mirror = lifter.seen_joints, torch.from_numpy(lifter.skeleton.mirror)
    twins = [seen.index(twin) for twin in mirror[seen].tolist()]
    turned = windows.points.new_tensor([-1.0, 1.0, 1.0])
    plain = lifter(windows)
    mirrored = lifter(
        TrackWindows(
            windows.points[:, :, twins] * turned[:2],
            windows.is_known[:, :, twins],
            windows.depths[:, :, twins],
            windows.has_depths,
        )
    )
    return LiftedTracks(
        (plain.joints + mirrored.joints[:, mirror] * turned) / 2,
        (plain.log_deviation + mirrored.log_deviation[:, mirror]) / 2,
        (plain.up + mirrored.up * turned) / 2,
    )
