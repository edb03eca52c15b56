"""Things among the people: some stand beside them, and in some scenes one hides a part of somebody."""

import numpy as np
from jaxtyping import Bool, Float

from maquette.rendering.mesh import Surface
from maquette.rendering.surroundings.furniture import FURNITURE, Furniture, sample_furniture
from maquette.rendering.surroundings.solid import corners_of, stand_on_floor, surface_of
from maquette.rendering.surroundings.viewpoint import Viewpoint

_OCCLUDER_PROBABILITY = 0.34
_OCCLUDERS = ("table", "chair", "sofa", "crate", "counter", "low wall", "cupboard", "pole", "plant", "post box")
_HIDDEN = (0.08, 0.5)
"""Least and largest part of a person that an occluder hides, counted generously."""
_BESIDE_HIDES = 0.03
_MEAN_COUNT_BESIDE = 1.2
_MOST_BESIDE = 5
_OCCLUDER_TRIALS = 14
_BESIDE_TRIALS = 3
_CLEARANCE_M = 0.04
_NEAREST_TO_CAMERA_M = 0.6
_NEAREST_DEPTH_M = 0.3


def sample_props(
    people_boxes: Float[np.ndarray, "P 2 3"],
    viewpoint: Viewpoint,
    generator: np.random.Generator,
    *,
    occluder_probability: float = _OCCLUDER_PROBABILITY,
) -> list[Surface]:
    """Things on the floor that touch nobody; in about a quarter of scenes one hides 8 to 50 % of a person.

    Args:
        people_boxes: Low and high corners in the world of every person (over all frames of a clip), metres.
        occluder_probability: How often an occluder is tried; it does not always find a place.
    """
    has_occluder = len(people_boxes) > 0 and generator.random() < occluder_probability
    beside = min(int(generator.poisson(_MEAN_COUNT_BESIDE)), _MOST_BESIDE)
    if not has_occluder and not beside:
        return []
    scene, placed = _Scene(np.asarray(people_boxes, np.float64), viewpoint), []
    if has_occluder:
        for _ in range(_OCCLUDER_TRIALS):
            thing = sample_furniture(_OCCLUDERS[generator.integers(len(_OCCLUDERS))], generator)
            pose = scene.pose_before_somebody(generator)
            if scene.accepts(thing, pose, _HIDDEN):
                placed.append((thing, pose))
                break
    kinds = list(FURNITURE)
    for _ in range(beside):
        for _ in range(_BESIDE_TRIALS):
            thing = sample_furniture(kinds[generator.integers(len(kinds))], generator)
            pose = scene.pose_somewhere(generator)
            if scene.accepts(thing, pose, (0.0, _BESIDE_HIDES)):
                placed.append((thing, pose))
                break
    return [surface_of(thing.solids, thing.material, pose) for thing, pose in placed]


class _Scene:
    """What is already there, and what of the people is hidden so far."""

    def __init__(self, people_boxes: Float[np.ndarray, "P 2 3"], viewpoint: Viewpoint) -> None:
        self._boxes = list(people_boxes)
        self._viewpoint = viewpoint
        self._camera = viewpoint.position_m.astype(np.float64)
        self._people = people_boxes
        self._spots = viewpoint.project(self._spots_on(people_boxes))
        self._is_seen = self._in_picture(self._spots)
        self._is_hidden = np.zeros_like(self._is_seen)

    def pose_before_somebody(self, generator: np.random.Generator) -> Float[np.ndarray, "3 4"]:
        """On the way from the camera to a person, a little aside, facing along it."""
        low, high = self._people[generator.integers(len(self._people))]
        place, width = (low + high)[:2] / 2, float((high - low)[:2].max())
        way = self._camera[:2] - place
        length = max(float(np.linalg.norm(way)), 1e-3)
        distance = min(width / 2 + 0.15 + generator.exponential(0.5), 0.8 * length)
        aside = generator.normal() * 0.6 * width
        across = np.array([-way[1], way[0]]) / length
        heading = np.arctan2(way[1], way[0]) + np.pi / 2 + generator.normal() * 0.4
        return stand_on_floor(float(heading), place + way / length * distance + across * aside)

    def pose_somewhere(self, generator: np.random.Generator) -> Float[np.ndarray, "3 4"]:
        """Anywhere on the floor that the camera may see, near the depth of the people or behind."""
        forward = self._viewpoint.camera_from_world[2, :2].astype(np.float64)
        forward = forward / max(float(np.linalg.norm(forward)), 1e-3)
        depth = self._viewpoint.focus_m * generator.uniform(0.7, 1.6)
        half_view = self._viewpoint.size[0] / 2 / float(self._viewpoint.camera_matrix[0, 0])
        aside = np.array([-forward[1], forward[0]]) * depth * half_view * generator.uniform(-1.1, 1.1)
        return stand_on_floor(float(generator.uniform(-np.pi, np.pi)), self._camera[:2] + depth * forward + aside)

    def accepts(self, thing: Furniture, pose: Float[np.ndarray, "3 4"], hides: tuple[float, float]) -> bool:
        """Put the thing there if it touches nothing and hides as much of somebody as wished, of nobody too much."""
        corners = corners_of(thing.solids, pose)
        boxes = np.stack([corners.min(axis=1), corners.max(axis=1)], axis=1)
        if self._touches(boxes) or self._is_too_near(corners):
            return False
        is_hidden = self._hidden_by(corners) & self._is_seen
        share = self._share(is_hidden).max(initial=0.0)
        total = self._share(is_hidden | self._is_hidden).max(initial=0.0)
        if not hides[0] <= share <= hides[1] or total > _HIDDEN[1] + _BESIDE_HIDES:
            return False
        self._boxes.extend(boxes)
        self._is_hidden |= is_hidden
        return True

    def _spots_on(self, boxes: Float[np.ndarray, "P 2 3"]) -> Float[np.ndarray, "P spots 3"]:
        """Points spread over an upright plane through each person, across the view."""
        right = np.array([*self._viewpoint.camera_from_world[0, :2], 0.0])
        centre, half = boxes.mean(axis=1), (boxes[:, 1] - boxes[:, 0]) / 2
        reach = np.abs(right) @ half.T
        x, z = (grid.ravel() for grid in np.meshgrid(np.linspace(-0.7, 0.7, 5), np.linspace(-0.95, 0.95, 14)))
        across = x[None, :, None] * reach[:, None, None] * right
        return centre[:, None] + across + z[None, :, None] * half[:, None] * np.array([0, 0, 1.0])

    def _in_picture(self, pixels: Float[np.ndarray, "P spots 3"]) -> Bool[np.ndarray, "P spots"]:
        inside = (pixels[..., :2] > -0.5) & (pixels[..., :2] < np.array(self._viewpoint.size) - 0.5)
        return inside.all(axis=-1) & (pixels[..., 2] > 0)

    def _touches(self, boxes: Float[np.ndarray, "S 2 3"]) -> bool:
        others = np.array(self._boxes).reshape(-1, 2, 3)
        apart = (boxes[:, None, 0] > others[None, :, 1] + _CLEARANCE_M) | (
            boxes[:, None, 1] < others[None, :, 0] - _CLEARANCE_M
        )
        return not bool(apart.any(axis=-1).all())

    def _is_too_near(self, corners: Float[np.ndarray, "S 8 3"]) -> bool:
        """Whether the camera would touch it, or it reaches from before the camera to behind it."""
        depth = (
            corners.reshape(-1, 3) @ self._viewpoint.camera_from_world[2, :3] + self._viewpoint.camera_from_world[2, 3]
        )
        if depth.min() < _NEAREST_DEPTH_M < depth.max():
            return True
        low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
        outside = np.maximum(np.maximum(low - self._camera, self._camera - high), 0)
        return bool(np.linalg.norm(outside) < _NEAREST_TO_CAMERA_M)

    def _hidden_by(self, corners: Float[np.ndarray, "S 8 3"]) -> Bool[np.ndarray, "P spots"]:
        """Which spots lie behind the rectangle around a solid, as the camera sees them."""
        pixels, spots = self._viewpoint.project(corners), self._spots
        is_before = (pixels[..., 2] > 0).all(axis=1)
        low, high = pixels.min(axis=1), pixels.max(axis=1)
        within = (spots[:, :, None, :2] > low[:, :2]) & (spots[:, :, None, :2] < high[:, :2])
        behind = spots[:, :, None, 2] > pixels[:, :, 2].mean(axis=1)
        return (within.all(axis=-1) & is_before & behind).any(axis=-1)

    def _share(self, is_hidden: Bool[np.ndarray, "P spots"]) -> Float[np.ndarray, " P"]:
        """Hidden part of what the picture shows of each person."""
        return is_hidden.sum(axis=1) / np.maximum(self._is_seen.sum(axis=1), 1)
