"""A scene of people, things, a place and its light before a camera, drawn with everything that is true of it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from maquette.rendering.bodies.anatomy import JOINT_DEPTH_M, JOINT_PARTS
from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.imaging.sensor import Sensor, apply_sensor
from maquette.rendering.labelled import LabelledPicture, People
from maquette.rendering.mesh import Surface
from maquette.rendering.performer import Actor
from maquette.rendering.raster.raster import draw_scene, empty_buffers
from maquette.rendering.raster.sampling import centre_samples, resolve, supersampled_camera, supersampled_size
from maquette.rendering.raster.shading import PixelLabels, label_pixels, shade
from maquette.rendering.raster.shadow import cast_shadows, floor_shadow
from maquette.rendering.surroundings.light import Light
from maquette.rendering.surroundings.viewpoint import Viewpoint
from maquette.rendering.truth import find_seen_boxes, find_seen_joints


class Moment(NamedTuple):
    """Which frame of a clip a picture is; the default is a single picture."""

    clip: int = -1
    frame: int = 0
    time_s: float = 0.0


_SINGLE = Moment()


@dataclass(frozen=True, kw_only=True, eq=False)
class RenderedScene:
    """Everything that decides a picture."""

    actors: tuple[Actor, ...]
    props: tuple[Surface, ...]
    viewpoint: Viewpoint
    background: Float32[np.ndarray, "H W 3"]
    """Linear radiance of what lies behind, as large as the picture."""
    has_floor: bool
    """Whether the background's ground is the plane z = 0, so that shadows fall on it."""
    light: Light
    sensor: Sensor


def render_scene(scene: RenderedScene, moment: Moment = _SINGLE) -> LabelledPicture:
    """The picture of a scene with all its labels: colours averaged over samples, labels of the pixels' centres."""
    view = scene.viewpoint
    surfaces = [surface for actor in scene.actors for surface in actor.surfaces] + list(scene.props)
    buffers = empty_buffers(*supersampled_size(view.size[1], view.size[0]))
    draw_scene(buffers, surfaces, view.camera_from_world, supersampled_camera(view.camera_matrix))
    normals = [vertex_normals(surface.vertices, surface.triangles) for surface in surfaces]
    shadows = cast_shadows(surfaces, scene.light.sun_direction)
    radiance = shade(buffers, surfaces, normals, scene.light, shadows, view.position_m)
    seen = resolve(radiance, buffers, surfaces)
    found = label_pixels(centre_samples(buffers), surfaces)
    behind = scene.background
    if scene.has_floor:
        behind = behind * floor_shadow(shadows, scene.light, view.camera_matrix, view.camera_from_world, view.size)
    linear = seen.colour + (1 - seen.opacity[..., None]) * behind
    return LabelledPicture(
        picture=apply_sensor(scene.sensor, linear.astype(np.float32)),
        mask=np.rint(255 * seen.people).astype(np.uint8),
        parts=found.parts,
        instances=found.instances,
        depth_m=found.depth_m,
        camera_matrix=view.camera_matrix,
        camera_from_world=view.camera_from_world,
        people=_people(scene, found),
        clip=moment.clip,
        frame=moment.frame,
        time_s=moment.time_s,
    )


def _people(scene: RenderedScene, found: PixelLabels) -> People:
    actors, view = scene.actors, scene.viewpoint
    joints = np.stack([actor.joints_m for actor in actors])
    in_camera = joints @ view.camera_from_world[:, :3].T + view.camera_from_world[:, 3]
    in_camera = in_camera.astype(np.float32)
    depth = np.maximum(in_camera[..., 2:], np.float32(1e-3))
    pixels = (in_camera[..., :2] / depth) * view.camera_matrix[[0, 1], [0, 1]] + view.camera_matrix[:2, 2]
    pixels = pixels.astype(np.float32)
    maps = (found.instances, found.parts, found.depth_m)
    return People(
        joints_m=in_camera,
        joints_px=pixels,
        is_visible=find_seen_joints(pixels, in_camera[..., 2], maps, JOINT_PARTS, JOINT_DEPTH_M),
        boxes_px=find_seen_boxes(found.instances, len(actors)),
        identities=np.array([actor.identity for actor in actors], np.int32),
        phenotypes=np.stack([actor.phenotypes for actor in actors]),
        bone_rotations=np.stack([actor.bone_rotations for actor in actors]),
    )
