"""A backbone as a network for crops: where its own heads see joints; it is judged on photographs so."""

import math

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from maquette.data.annotated import AnnotatedPeople
from maquette.evaluation.photographs import judge_network
from maquette.fields.heatmaps import certainty, refine_points, softmax_cells, vote_points
from maquette.inference.top_down import CropKeypoints
from maquette.methods.backbone.model import SKELETON, BackboneModel, BackboneOutput
from maquette.nets.sizes import STRIDE

_BATCH = 16


class BackboneTopDownNetwork:
    """The joints of a backbone's own heads, without depths, as a `maquette.inference.top_down.TopDownNetwork`.

    Args:
        model: Is put into the mode for evaluation.
        size_px: Side of the pictures that it learns from.
    """

    name = "backbone"
    skeleton = SKELETON

    def __init__(self, model: BackboneModel, size_px: int) -> None:
        self._model, self.size_px = model.eval(), size_px

    @torch.inference_mode()
    def find_keypoints(self, crops: UInt8[np.ndarray, "P H W 3"]) -> CropKeypoints:
        """The joints."""
        pictures = torch.from_numpy(np.ascontiguousarray(crops.transpose(0, 3, 1, 2)))
        parts = [self._find(some) for some in pictures.split(_BATCH)]
        joints, confidence = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
        return CropKeypoints(joints, confidence, np.zeros_like(confidence), np.zeros(len(joints)))

    def _find(self, pictures: UInt8[Tensor, "B 3 H W"]) -> tuple[Float[Tensor, "B J 2"], Float[Tensor, "B J"]]:
        device = next(self._model.parameters()).device
        output = self._model(pictures.to(device)).of_ours(Tensor.cpu)
        probabilities = softmax_cells(output.heatmaps.float())
        return find_places(output, probabilities), certainty(probabilities)


def find_places(output: BackboneOutput, probabilities: Float[Tensor, "B J H W"]) -> Float[Tensor, "B J 2"]:
    """Where the heads see the joints, in pixels of the crop.

    Args:
        output: All that the heads say.
        probabilities: Of the cells, by its heatmaps.
    """
    if output.details is None:
        return refine_points(probabilities, stride=STRIDE)
    return vote_points(probabilities, output.details.offsets.float(), stride=STRIDE)


def evaluate_on_photographs(model: BackboneModel, people: AnnotatedPeople, size_px: int) -> dict[str, float]:
    """The figures of a backbone on held out photographs, for a journal: names begin with ``photographs_``.

    What cannot be said of anybody is left out.

    Args:
        model: The backbone; its 41 joints are COCO's by name.
        people: Who are held out (see `maquette.data.photographs.read_held_out`).
        size_px: Side of the pictures that it learns from.

    Raises:
        InputError: No picture of theirs can be read.
    """
    was_training = model.training
    measures, _ = judge_network(people, BackboneTopDownNetwork(model, size_px), is_rendered=True)
    model.train(was_training)
    figures = measures.figures() | {name: float(count) for name, count in measures.counts().items()}
    return {f"photographs_{name}": value for name, value in figures.items() if not math.isnan(value)}
