"""What trainings learn from: a picture of a person or of everybody with the labels that are known of it, as tensors.

Shapes hold for one sample, where ``*batch`` is empty, and for batches of any axes. J are the joints of the skeleton
that was asked for, H and W the rows and columns of the picture. Pixels count from the centre of the top-left one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor


class PersonSample(NamedTuple):
    """A new view of one rendered person; others may be in the picture, but are not labelled."""

    picture: UInt8[Tensor, "*batch 3 H W"]
    """RGB, 0 to 255."""
    mask: UInt8[Tensor, "*batch H W"]
    """How much of each pixel the person covers, 0 to 255."""
    parts: UInt8[Tensor, "*batch H W"]
    """The person's label of `maquette.body.parts.PARTS_15`, counted from 1; 0 elsewhere."""
    joints_px: Float[Tensor, "*batch J 2"]
    """(x, y) in the picture or outside; zeros where unknown."""
    joints_m: Float[Tensor, "*batch J 3"]
    """Metres in the camera frame of the view; zeros where unknown."""
    joint_depths_m: Float[Tensor, "*batch J"]
    """Metres beyond the pelvis, along the camera's axis; zeros where unknown."""
    is_known: Bool[Tensor, "*batch J"]
    """False for joints that cannot be had from the rendered skeleton, or that lie behind the camera."""
    is_visible: Bool[Tensor, "*batch J"]
    """Known, in the picture, and hidden by nothing."""
    camera_matrix: Float[Tensor, "*batch 3 3"]
    """Intrinsic matrix of the view in pixels."""
    body_yaw_rad: Float[Tensor, "*batch"]
    """Where the body faces, as `maquette.data.views.labelling.compute_body_yaws` counts it."""
    identity: Int64[Tensor, "*batch"]
    """The same number for the same person in every picture of a set."""
    clip: Int64[Tensor, "*batch"]
    """Number of the clip that the picture belongs to; -1 for a single picture."""
    frame: Int64[Tensor, "*batch"]
    """Place in the clip, from 0."""


class SceneSample(NamedTuple):
    """A new view of everybody in a rendered picture, with room for P persons."""

    picture: UInt8[Tensor, "*batch 3 H W"]
    """RGB, 0 to 255."""
    mask: UInt8[Tensor, "*batch H W"]
    """How much of each pixel people cover, 0 to 255."""
    parts: UInt8[Tensor, "*batch H W"]
    """Everybody's labels of `maquette.body.parts.PARTS_15`, counted from 1; 0 where nobody is."""
    instances: UInt8[Tensor, "*batch H W"]
    """1 to P for the person seen there, in the order of the rows; 0 elsewhere, and for people who have no row."""
    is_person: Bool[Tensor, "*batch P"]
    """Which rows are filled; all labels of the others are zero."""
    boxes_px: Float[Tensor, "*batch P 4"]
    """(x, y, width, height) of what is seen of each person; zeros for one of whom nothing is."""
    joints_px: Float[Tensor, "*batch P J 2"]
    """(x, y) in the picture or outside; zeros where unknown."""
    joints_m: Float[Tensor, "*batch P J 3"]
    """Metres in the camera frame of the view; zeros where unknown."""
    joint_depths_m: Float[Tensor, "*batch P J"]
    """Metres beyond the person's pelvis, along the camera's axis; zeros where unknown."""
    is_known: Bool[Tensor, "*batch P J"]
    """False for joints that cannot be had from the rendered skeleton, or that lie behind the camera."""
    is_visible: Bool[Tensor, "*batch P J"]
    """Known, in the picture, and hidden by nothing."""
    camera_matrix: Float[Tensor, "*batch 3 3"]
    """Intrinsic matrix of the view in pixels."""
    body_yaw_rad: Float[Tensor, "*batch P"]
    """Where bodies face, as `maquette.data.views.labelling.compute_body_yaws` counts it."""
    identity: Int64[Tensor, "*batch P"]
    """The same number for the same person in every picture of a set."""
    clip: Int64[Tensor, "*batch"]
    """Number of the clip that the picture belongs to; -1 for a single picture."""
    frame: Int64[Tensor, "*batch"]
    """Place in the clip, from 0."""


class AnnotatedSample(NamedTuple):
    """A new view of one person in a data set's photograph."""

    picture: UInt8[Tensor, "*batch 3 H W"]
    """RGB, 0 to 255."""
    joints_px: Float[Tensor, "*batch J 2"]
    """(x, y) in the picture or outside; zeros where unknown."""
    is_known: Bool[Tensor, "*batch J"]
    """Known in the picture. Joints that could only be put near their place are unknown."""
    is_visible: Bool[Tensor, "*batch J"]
    """Known, in the picture, and hidden neither by what the data know of nor by what was pasted over the view."""
    joints_m: Float[Tensor, "*batch J 3"]
    """Metres in the camera frame of the view; zeros where unknown."""
    joint_depths_m: Float[Tensor, "*batch J"]
    """Metres beyond the pelvis, along the camera's axis; zeros where unknown."""
    camera_matrix: Float[Tensor, "*batch 3 3"]
    """Intrinsic matrix of the view in pixels; an assumed one where the data do not tell."""
    has_depth: Bool[Tensor, "*batch"]
    """Whether the pelvis and all joints that are known in the picture are known in space too."""


AnySample = TypeVar("AnySample", PersonSample, SceneSample, AnnotatedSample)


def make_sample(kind: type[AnySample], values: Mapping[str, np.ndarray]) -> AnySample:
    """The sample of these arrays, one for each of its fields; its tensors share nothing with them."""
    return kind(**{name: torch.from_numpy(np.array(value, order="C")) for name, value in values.items()})


_Batch = TypeVar("_Batch", bound=tuple)


def join_samples(batches: Sequence[_Batch]) -> _Batch:
    """Batches of the same shapes as one, along their first axis."""
    return type(batches[0])(*(torch.cat(values) for values in zip(*batches, strict=True)))


def stack_samples(samples: Sequence[AnySample]) -> AnySample:
    """Samples of the same shapes as one of another axis, which comes first."""
    return type(samples[0])(*(torch.stack(values) for values in zip(*samples, strict=True)))
