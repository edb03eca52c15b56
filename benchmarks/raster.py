"""How long one picture of a person takes to rasterise, beside pyrender in the same run.

A body of about 27 000 triangles that covers a tenth of the picture; geometry only, one thread. Our figure runs from
world vertices to depth, triangle and weights at every pixel; pyrender's from its scene to the depth picture, the least
it can be asked for. Our whole chain for a picture of 192 pixels (2 x 2 samples, shadows, shading, labels) is timed too.

    pip install pyrender==0.1.45      # optional; or --pyrender FOLDER, the site-packages of another environment
    python benchmarks/raster.py --pyrender FOLDER
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from statistics import median
from types import ModuleType

import numpy as np
from record import write_result

from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.mesh import Material, Surface, uncut_field
from maquette.rendering.raster.raster import clear_buffers, draw_scene, empty_buffers
from maquette.rendering.raster.sampling import centre_samples, resolve, supersampled_camera, supersampled_size
from maquette.rendering.raster.shading import label_pixels, shade
from maquette.rendering.raster.shadow import cast_shadows, floor_shadow
from maquette.rendering.surroundings.light import Light

SIZES = (128, 192, 256, 384)
CLAIM_SIZE = 256
ROUNDS = 60
BLOCKS = 4
DISTANCE_M = 3.9
EYE_HEIGHT_M = 0.9
FOCAL_SHARE = 1.75
SUN = np.float32([0.5, -0.6, 0.62])


def main() -> None:
    """Print and record the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pyrender", metavar="FOLDER", help="site-packages that hold pyrender")
    options = parser.parse_args()
    name, surface = body()
    figures: dict[str, object] = {"mesh": name, "triangles": len(surface.triangles), "rounds": ROUNDS}
    for size in SIZES:
        figures[f"raster_{size}px_ms"] = milliseconds(raster_work(surface, size))
    figures["chain_192px_2x2_ms"] = chain(surface)
    pyrender = imported_pyrender(options.pyrender)
    if pyrender is None:
        figures["pyrender"] = "not installed, so not compared (pip install pyrender==0.1.45)"
    else:
        compare(figures, pyrender, surface)
    for key, value in figures.items():
        print(f"{key}: {value}")
    write_result("raster", options, figures)


def body() -> tuple[str, Surface]:
    """The default Anny body standing on the floor, or a sphere stretched to its size where anny is not installed."""
    try:
        anny = import_module("anny")
    except ImportError:
        return "stretched sphere (anny is not installed)", _surface(*_stretched_sphere())
    model = anny.Anny(topology="anny-full")
    vertices = model()["vertices"][0].detach().float().numpy()
    triangles = model.faces.numpy()
    vertices[:, 2] -= vertices[triangles, 2].min()
    return "Anny, default shape at rest", _surface(vertices, triangles)


def _stretched_sphere(rings: int = 117) -> tuple[np.ndarray, np.ndarray]:
    polar, azimuth = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.arange(rings) * 2 * np.pi / rings, indexing="ij")
    places = [
        0.22 * np.sin(polar) * np.cos(azimuth),
        0.22 * np.sin(polar) * np.sin(azimuth),
        0.85 * (1 + np.cos(polar)),
    ]
    here = np.arange(polar.size).reshape(polar.shape)
    beside = np.roll(here, -1, axis=1)
    upper = np.stack([here[:-1], here[1:], beside[1:]], axis=-1).reshape(-1, 3)
    lower = np.stack([here[:-1], beside[1:], beside[:-1]], axis=-1).reshape(-1, 3)
    return np.stack(places, axis=-1).reshape(-1, 3), np.concatenate([upper, lower])


def _surface(vertices: np.ndarray, triangles: np.ndarray) -> Surface:
    return Surface(
        vertices=np.ascontiguousarray(vertices, np.float32),
        triangles=np.ascontiguousarray(triangles, np.int32),
        uv=np.zeros((len(triangles), 3, 2), np.float32),
        material=Material(np.full((64, 64, 3), 188, np.uint8)),
        keep=uncut_field(len(vertices)),
        parts=np.ones(len(triangles), np.uint8),
        person=1,
    )


def camera(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Intrinsic matrix and world-to-camera matrix of a camera that sees the whole body."""
    middle = (size - 1) / 2
    matrix = np.array([[FOCAL_SHARE * size, 0, middle], [0, FOCAL_SHARE * size, middle], [0, 0, 1]])
    return matrix, np.array([[1.0, 0, 0, 0], [0, 0, -1.0, EYE_HEIGHT_M], [0, 1.0, 0, DISTANCE_M]])


def raster_work(surface: Surface, size: int) -> Callable[[], object]:
    """Drawing of the surface into cleared buffers."""
    buffers = empty_buffers(size, size)
    matrix, camera_from_world = camera(size)

    def work() -> None:
        clear_buffers(buffers)
        draw_scene(buffers, [surface], camera_from_world, matrix)

    return work


def chain(surface: Surface, size: int = 192) -> dict[str, float]:
    """Times of every step to a shaded, labelled picture."""
    matrix, camera_from_world = camera(size)
    eye = np.array([0, -DISTANCE_M, EYE_HEIGHT_M])
    light = Light(np.full((9, 3), 0.2, np.float32), SUN, np.ones(3, np.float32))
    buffers, surfaces = empty_buffers(*supersampled_size(size, size)), [surface]
    normals = [vertex_normals(surface.vertices, surface.triangles)]
    shadows = cast_shadows(surfaces, SUN)

    def draw() -> None:
        clear_buffers(buffers)
        draw_scene(buffers, surfaces, camera_from_world, supersampled_camera(matrix))

    draw()
    radiance = shade(buffers, surfaces, normals, light, shadows, eye)
    steps = {
        "raster": draw,
        "normals": lambda: vertex_normals(surface.vertices, surface.triangles),
        "shadow maps": lambda: cast_shadows(surfaces, SUN),
        "shading": lambda: shade(buffers, surfaces, normals, light, shadows, eye),
        "resolving": lambda: resolve(radiance, buffers, surfaces),
        "labels": lambda: label_pixels(centre_samples(buffers), surfaces),
        "shadow on the floor": lambda: floor_shadow(shadows, light, matrix, camera_from_world, (size, size)),
    }
    times = {name: milliseconds(work) for name, work in steps.items()}
    return {
        **times,
        "all": round(sum(times.values()), 2),
        "share of samples drawn": round(float((buffers.surface >= 0).mean()), 3),
    }


def imported_pyrender(folder: str | None) -> ModuleType | None:
    """pyrender with a headless OpenGL, made to work with numpy 2; None where it is not installed."""
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    setattr(np, "infty", np.inf)  # noqa: B010 - pyrender 0.1.45 asks for this name, which numpy 2 dropped
    if folder:
        sys.path.append(folder)
    try:
        return import_module("pyrender")
    except ImportError:
        return None


def compare(figures: dict[str, object], pyrender: ModuleType, surface: Surface) -> None:
    """Time both at the size of the claim, in blocks that take turns, and check that they see the same.

    pyrender is timed for what it does by default (colour and depth) and for depth alone. Its depth is that of one of
    four samples, a third of a pixel off the centre, so outlines differ in a few pixels.
    """
    size = CLAIM_SIZE
    matrix, camera_from_world = camera(size)
    trimesh = import_module("trimesh")
    mesh = trimesh.Trimesh(surface.vertices, surface.triangles, process=False)
    scene = pyrender.Scene()
    scene.add(pyrender.Mesh.from_trimesh(mesh, smooth=True))
    pose = np.linalg.inv(np.vstack([camera_from_world, [0, 0, 0, 1]])) @ np.diag([1, -1, -1, 1])
    lens = pyrender.IntrinsicsCamera(matrix[0, 0], matrix[1, 1], matrix[0, 2] + 0.5, matrix[1, 2] + 0.5)
    scene.add(lens, pose=pose)
    renderer = pyrender.OffscreenRenderer(size, size)
    flags = pyrender.RenderFlags.DEPTH_ONLY
    buffers = empty_buffers(size, size)
    draw_scene(buffers, [surface], camera_from_world, matrix)
    theirs = renderer.render(scene, flags=flags)
    agreement = float(((theirs > 0) == (buffers.surface >= 0)).mean())
    works = {
        "raster_256px_beside_pyrender_ms": raster_work(surface, size),
        "pyrender_256px_ms": lambda: renderer.render(scene),
        "pyrender_256px_depth_only_ms": lambda: renderer.render(scene, flags=flags),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(BLOCKS):
        for name, work in works.items():
            times[name] += [seconds(work) for _ in range(ROUNDS // BLOCKS)]
    renderer.delete()
    figures |= {name: round(1000 * median(found), 3) for name, found in times.items()}
    ours, theirs, depth_only = (median(found) for found in times.values())
    figures["times_faster_than_pyrender"] = round(theirs / ours, 1)
    figures["times_faster_than_pyrender_depth_only"] = round(depth_only / ours, 1)
    figures["share_of_pixels_covered_or_empty_in_both"] = round(agreement, 5)


def milliseconds(work: Callable[[], object]) -> float:
    """Median wall time of a call."""
    work()
    return round(1000 * median(seconds(work) for _ in range(ROUNDS)), 3)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
