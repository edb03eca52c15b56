"""How near TP-Net comes to the truth: refined clips and their errors."""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.inference.windows import windows_of
from maquette.methods.temporal.clips import ClipPoses
from maquette.methods.temporal.model import TemporalModel, refine_rows
from maquette.metrics.position import mpjpe


def refine_clips(model: TemporalModel, clips: ClipPoses) -> Float[Tensor, "C F J 3"]:
    """The clips' predicted poses made better; unknown ones lie at the origin.

    Raises:
        ConventionError: The model is of another skeleton.
    """
    require_skeleton(model, clips.skeleton)
    windows = windows_of(clips.known.T, clips.times, past=model.config.past, future=model.config.future)
    at = windows.persons, windows.frames
    refined = torch.zeros(clips.predicted.shape)
    refined[at] = refine_rows(model, torch.from_numpy(clips.predicted[at]).float(), windows)
    return refined


def clip_errors(model: TemporalModel | None, clips: ClipPoses) -> Float[Tensor, "C F"]:
    """MPJPE of every frame in metres, of the clips as predicted or as a model makes them; NaN where unknown."""
    predicted = torch.from_numpy(clips.predicted).float() if model is None else refine_clips(model, clips)
    true, known = torch.from_numpy(clips.true).float(), torch.from_numpy(clips.known)
    mask = known[..., None].expand(*known.shape, len(clips.skeleton))
    return mpjpe(predicted, true, mask=mask, root_index=clips.skeleton.index(clips.skeleton.root))


def require_skeleton(model: TemporalModel, skeleton: Skeleton) -> None:
    """Refuse poses on another skeleton than the model's.

    Raises:
        ConventionError: They are.
    """
    if model.skeleton != skeleton:
        raise ConventionError(f"the net is for {model.skeleton}, the poses are on {skeleton}; map one first")
