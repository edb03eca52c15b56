"""Where the camera stands and how it looks at people: still views, and paths for clips."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter1d

_ROUNDS = 8
_SETTLED = 0.002
"""Change of distance, as a share, at which the framing is good enough."""
_WIDEST_CROP = 1.5
"""How far people may reach beyond the sides of a picture that ends at their knees, hips or chest."""
_RAISINGS = 3
"""How often a camera below the floor is made to look down more steeply."""
_MOST_POINTS = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Viewpoint:
    """A pinhole camera in the world. Pixels count from the centre of the top-left pixel; the world's z points up."""

    size: tuple[int, int]
    """(width, height) of the picture."""
    camera_matrix: Float32[np.ndarray, "3 3"]
    """Intrinsic matrix in pixels."""
    camera_from_world: Float32[np.ndarray, "3 4"]
    """Rotation and translation; camera frame x right, y down, z forward, metres."""
    focus_m: float
    """Depth of the people's middle: what a photographer would focus on."""

    @property
    def position_m(self) -> Float32[np.ndarray, "3"]:
        """The camera's place in the world."""
        return -self.camera_from_world[:, :3].T @ self.camera_from_world[:, 3]

    @property
    def heading_rad(self) -> float:
        """Direction of the camera's axis on the floor, from the world's x towards its y."""
        forward = self.camera_from_world[2, :3]
        return float(np.arctan2(forward[1], forward[0]))

    @property
    def world_from_pixel(self) -> Float32[np.ndarray, "3 3"]:
        """Turns a pixel (x, y, 1) into the direction in which it is seen; its part along the axis is one."""
        return (self.camera_from_world[:, :3].T @ np.linalg.inv(self.camera_matrix)).astype(np.float32)

    def scaled(self, factor: float) -> "Viewpoint":
        """The same view in a picture with ``factor`` times as many pixels along each side."""
        matrix = self.camera_matrix.copy()
        matrix[:2] *= factor
        matrix[:2, 2] += (factor - 1) / 2
        size = (round(self.size[0] * factor), round(self.size[1] * factor))
        return replace(self, size=size, camera_matrix=matrix)

    def project(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
        """Pixel x, pixel y and depth in metres of world points; behind the camera the pixels mean nothing."""
        in_camera = points @ self.camera_from_world[:, :3].T + self.camera_from_world[:, 3]
        depth = in_camera[..., 2:]
        safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        return np.concatenate([(in_camera / safe) @ self.camera_matrix[:2].T, depth], axis=-1)


@dataclass(frozen=True)
class ViewpointSettings:
    """How views are spread. Angles in degrees; pitch is positive where the camera looks down."""

    fov_deg: tuple[float, float] = (15.0, 75.0)
    """Smallest and largest angle of view along the picture's longer side."""
    fov_median_deg: float = 42.0
    fov_spread: float = 0.42
    """Standard deviation of the angle's logarithm."""
    share: tuple[float, float] = (0.3, 0.95)
    """How much of the picture's height (or width, for who lies or for groups) the people take."""
    pitch_deg: tuple[float, float] = (4.0, 9.0)
    """Mean and standard deviation of ordinary views."""
    steep_probability: float = 0.08
    """Views from high above, 25 to 75 degrees down."""
    low_probability: float = 0.06
    """Views from near the floor, 10 to 30 degrees up."""
    roll_deg: float = 3.0
    wide_roll_probability: float = 0.05
    """Cameras held askew: four times the roll."""
    crop_probability: float = 0.26
    """Pictures whose lower edge cuts upright people at knees, hips or chest; others are shown whole."""
    side_crop_probability: float = 0.06
    """Pictures of whole people whose left or right edge cuts them."""
    nearest_m: float = 0.5
    """No point of a person is nearer to the camera's plane."""
    lowest_m: float = 0.25
    """The camera is never lower above the floor."""


_KEPT_HEIGHTS = np.array([0.74, 0.52, 0.36])
"""Share of a standing person's height, from the top, that is seen where the picture ends at knees, hips or chest."""
_KEPT_SHARES = np.array([0.45, 0.4, 0.15])
_UPRIGHT = 1.6
"""Least height of upright people, in widths."""


@dataclass(frozen=True)
class _Framing:
    """What a view should look like: pixels of the focal length, and the box the people should fill."""

    focal_px: float
    kept: float
    """Share of the people's height, from the top, that lies in the box."""
    box_size_px: tuple[float, float]
    box_centre: Float[np.ndarray, "2"]
    """Pixels from the picture's middle."""


def sample_viewpoint(
    people_points: Float[np.ndarray, "N 3"],
    size: tuple[int, int],
    generator: np.random.Generator,
    settings: ViewpointSettings | None = None,
) -> Viewpoint:
    """A camera that looks at people as photographers do, and stands outside of everybody and above the floor.

    Args:
        people_points: World points of all people (vertices or joints; over all frames of a clip), metres.
        size: (width, height) of the picture.
    """
    settings = settings or ViewpointSettings()
    points = np.asarray(people_points[:: max(1, len(people_points) // _MOST_POINTS)], np.float64)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    points = points - centre
    spread = np.ptp(points, axis=0)
    is_upright = bool(spread[2] > _UPRIGHT * spread[:2].max())
    framing = _sample_framing(size, generator, settings, is_upright)
    heading, roll = generator.uniform(-np.pi, np.pi), _sample_roll(generator, settings)
    pitch = _sample_pitch(generator, settings)
    rotation = _looking(heading, pitch, roll)
    shift = _shift_that_frames(points @ rotation.T, framing, settings.nearest_m)
    for _ in range(_RAISINGS):
        missing = settings.lowest_m - (centre - rotation.T @ shift)[2]
        if missing <= 0:
            break
        pitch += 1.1 * np.arctan2(missing, shift[2])
        rotation = _looking(heading, pitch, roll)
        shift = _shift_that_frames(points @ rotation.T, framing, settings.nearest_m)
    nearest = ((people_points - centre) @ rotation[2]).min() + shift[2]
    shift[2] += max(settings.nearest_m - nearest, 0.0)
    shift[1] += max(settings.lowest_m - (centre - rotation.T @ shift)[2], 0.0) / max(-rotation[1, 2], 1e-3)
    camera_from_world = np.column_stack([rotation, shift - rotation @ centre])
    return Viewpoint(
        size=size,
        camera_matrix=_camera_matrix(framing.focal_px, size),
        camera_from_world=camera_from_world.astype(np.float32),
        focus_m=float(shift[2]),
    )


def sample_camera_path(
    start: Viewpoint, times_s: Float[np.ndarray, " F"], generator: np.random.Generator
) -> list[Viewpoint]:
    """The view at every moment of a clip: half of the cameras stand still, the others pan slowly or are hand-held.

    Args:
        start: The view in the middle of the clip.
        times_s: Seconds, rising.
    """
    kind = generator.choice(["still", "pan", "hand"], p=[0.5, 0.22, 0.28])
    count = len(times_s)
    if kind == "still":
        return [start] * count
    turns, steps = np.zeros((count, 3)), np.zeros((count, 3))
    if kind == "pan":
        half_view = np.arctan(start.size[0] / 2 / start.camera_matrix[0, 0])
        speed = generator.uniform(-0.12, 0.12) * half_view
        largest = 0.3 * half_view
        turns[:, 1] = np.clip(speed * (times_s - times_s[count // 2]), -largest, largest)
    fps = (count - 1) / max(float(times_s[-1] - times_s[0]), 1e-3) if count > 1 else 1.0
    strength = generator.uniform(0.2, 1.0) * (1.0 if kind == "hand" else 0.15)
    turns += np.radians(0.5) * strength * _smooth_noise(count, fps * 0.25, generator)
    steps += 0.015 * strength * _smooth_noise(count, fps * 0.5, generator)
    return [_move(start, turn, step) for turn, step in zip(turns, steps, strict=True)]


def _sample_framing(
    size: tuple[int, int], generator: np.random.Generator, settings: ViewpointSettings, is_upright: bool
) -> _Framing:
    width, height = size
    fov = settings.fov_median_deg * np.exp(settings.fov_spread * generator.normal())
    fov = np.radians(np.clip(fov, *settings.fov_deg))
    focal_px = max(size) / 2 / np.tan(fov / 2)
    low, high = settings.share
    if is_upright and generator.random() < settings.crop_probability:
        kept = float(generator.choice(_KEPT_HEIGHTS, p=_KEPT_SHARES) * generator.uniform(0.9, 1.1))
        share = generator.uniform(0.7, 1.0) * high
        centre_y = height * (1 - share) / 2
    else:
        kept, share = 1.0, low + (high - low) * generator.beta(2.2, 1.4)
        centre_y = generator.normal(0, 0.3) * height * (1 - share)
        centre_y = np.clip(centre_y, -height * (1 - share) / 2, height * (1 - share) / 2)
    centre_x = np.clip(generator.normal(0, 0.12), -0.3, 0.3) * width * (1 - 0.7 * share)
    if kept == 1 and generator.random() < settings.side_crop_probability:
        centre_x = generator.choice([-1, 1]) * width * generator.uniform(0.36, 0.48)
    box = (min(high, 1.3 * share) * width, share * height)
    return _Framing(float(focal_px), float(kept), box, np.array([centre_x, centre_y]))


def _sample_pitch(generator: np.random.Generator, settings: ViewpointSettings) -> float:
    kind = generator.random()
    if kind < settings.steep_probability:
        return float(np.radians(25 + 50 * generator.beta(1.2, 2.2)))
    if kind < settings.steep_probability + settings.low_probability:
        return -float(np.radians(generator.uniform(10, 30)))
    mean, spread = settings.pitch_deg
    return float(np.radians(np.clip(generator.normal(mean, spread), -15, 25)))


def _sample_roll(generator: np.random.Generator, settings: ViewpointSettings) -> float:
    factor = 4.0 if generator.random() < settings.wide_roll_probability else 1.0
    return float(np.radians(factor * settings.roll_deg * np.clip(generator.normal(), -2, 2)))


def _shift_that_frames(points: Float[np.ndarray, "N 3"], framing: _Framing, nearest_m: float) -> Float[np.ndarray, "3"]:
    """Translation into the camera frame that makes points (already turned into its axes) fill the wanted box."""
    least = nearest_m - points[:, 2].min()
    shift = np.array([0.0, 0.0, least + 3.0])
    wanted = np.array(framing.box_size_px)
    for _ in range(_ROUNDS):
        pixels = framing.focal_px * (points[:, :2] + shift[:2]) / (points[:, 2:] + shift[2])
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        high[1] = low[1] + framing.kept * (high[1] - low[1])
        wide, tall = (high - low) / wanted
        factor = max(tall, wide if framing.kept == 1 else wide / _WIDEST_CROP)
        nearer = max(shift[2] * np.clip(factor, 0.3, 3.0), least)
        shift[:2] += (framing.box_centre * nearer - (low + high) / 2 * shift[2]) / framing.focal_px
        has_settled = abs(nearer / shift[2] - 1) < _SETTLED
        shift[2] = nearer
        if has_settled:
            break
    return shift


def _looking(heading: float, pitch: float, roll: float) -> Float[np.ndarray, "3 3"]:
    """``camera_from_world`` rotation of a camera that looks along a heading, ``pitch`` radians down, then rolls."""
    forward = np.array([np.cos(heading) * np.cos(pitch), np.sin(heading) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.sin(heading), -np.cos(heading), 0.0])
    level = np.stack([right, np.cross(forward, right), forward])
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) @ level


def _camera_matrix(focal_px: float, size: tuple[int, int]) -> Float32[np.ndarray, "3 3"]:
    width, height = size
    return np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1]], np.float32)


def _smooth_noise(count: int, width: float, generator: np.random.Generator) -> Float[np.ndarray, "F 3"]:
    """Noise of unit deviation whose bumps are ``width`` frames wide."""
    margin = int(4 * width) + 1
    noise = gaussian_filter1d(generator.normal(size=(count + 2 * margin, 3)), max(width, 0.3), axis=0)
    return noise[margin : margin + count] * np.sqrt(2 * np.sqrt(np.pi) * max(width, 0.3))


def _move(view: Viewpoint, turn_rad: Float[np.ndarray, "3"], step_m: Float[np.ndarray, "3"]) -> Viewpoint:
    """The view after a small turn about the camera's own axes and a small step along them."""
    x, y, z = turn_rad
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    moved = about_z @ about_y @ about_x @ view.camera_from_world.astype(np.float64)
    moved[:, 3] -= step_m
    return replace(view, camera_from_world=moved.astype(np.float32))
