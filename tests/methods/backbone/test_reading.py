"""A backbone reads crops: its joints are those that its evaluation judges, and confidence is a probability."""

import numpy as np
import torch

from maquette.body.catalog import COCO_17
from maquette.fields.heatmaps import softmax_cells
from maquette.inference.top_down import TopDownNetwork
from maquette.methods.backbone.config import TINY
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.reading import BackboneTopDownNetwork, find_places


def test_crops_together_are_read_as_one_by_one():
    torch.manual_seed(0)
    model = BackboneModel(TINY.sizes, len(SKELETON))
    reader = BackboneTopDownNetwork(model, 64)
    assert isinstance(reader, TopDownNetwork) and set(COCO_17.joint_names) <= set(reader.skeleton.joint_names)
    crops = np.random.default_rng(0).integers(0, 256, (18, 64, 64, 3)).astype(np.uint8)
    together, alone = reader.find_keypoints(crops), reader.find_keypoints(crops[16:17])
    np.testing.assert_allclose(together.joints[16], alone.joints[0], atol=1e-3)
    assert together.joints.shape == (18, 41, 2) and not together.depths.any()
    assert (together.confidence > 0).all() and (together.confidence <= 1).all()
    with torch.no_grad():
        output = model(torch.from_numpy(crops[:3].transpose(0, 3, 1, 2).copy()))
        expected = find_places(output, softmax_cells(output.heatmaps))
    np.testing.assert_allclose(together.joints[:3], expected.numpy(), atol=1e-3)
