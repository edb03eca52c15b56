"""Sound files of every format that is read, and who reads each: for tests and `tools/fuzz.py`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import captured_motion
import made_coco
import made_datasets
import made_human36m
import made_mpi_inf_3dhp
import made_mupots
import numpy as np
import torch
from asf_files import write_asf_amc
from bvh_files import ARM
from camera_files import EXTRI, INTRI, OPENCV_XML, calibration, camera
from deeplabcut_hdf5 import write_sample
from keypoint_files import SAMPLES, SIZE, array_of, long_names
from landmark_tables import LANDMARK_TABLES, wide
from made_estimates import an_estimate
from made_graphs import described, write_graph
from marker_files import standing, write_c3d
from named_files import NAMED_SAMPLES, write_table
from painted_shards import painted_shards
from PIL import Image

from maquette.body.catalog import COCO_17, H36M_17
from maquette.data.motion.bvh import read_bvh
from maquette.data.motion.files import read_clips
from maquette.data.motion.mocap import read_mocap
from maquette.data.readers.coco import read_coco
from maquette.data.readers.human36m import read_human36m
from maquette.data.readers.human36m_cameras import read_calibrations
from maquette.data.readers.human36m_files import read_metres
from maquette.data.readers.lsp import read_lsp
from maquette.data.readers.mpi_inf_3dhp import read_mpi_inf_3dhp
from maquette.data.readers.mpii import read_mpii
from maquette.data.readers.muco import read_muco
from maquette.data.readers.mupots import read_mupots
from maquette.data.readers.three_dpw import read_three_dpw
from maquette.data.readers.videopose3d import read_videopose3d
from maquette.data.shards.index import read_index, verify_shards
from maquette.data.shards.reader import read_shards
from maquette.io.bone_lengths import read_bone_lengths
from maquette.io.camera import read_camera
from maquette.io.graph_model import read_graph_weights
from maquette.io.keypoints import read_keypoints
from maquette.io.limits_file import read_limits
from maquette.io.pictures import open_pictures
from maquette.io.predictions import read_predictions
from maquette.io.results import read_estimate, write_estimate
from maquette.io.trc import marker_name, read_trc
from maquette.methods.weights import Weights, read_any_weights, weights_to_bytes
from maquette.rendering.wardrobe.assets.asset import read_manifest, read_texture
from maquette.rendering.wardrobe.assets.garment import read_binding
from maquette.rendering.wardrobe.assets.wavefront import read_mesh


class Format(NamedTuple):
    """A format: who makes a sound file in an empty folder, and who reads it."""

    make: Callable[[Path], Path]
    """Returns the file that is to be spoilt."""
    read: Callable[[Path, Path], object]
    """Gets the folder and the file."""
    needs: str = ""
    """The package without which neither works, where it is no part of every development environment."""


def _text(name: str, content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(content)
        return folder / name

    return make


def _built(build: Callable[[Path], object], pattern: str) -> Callable[[Path], Path]:
    """Builds a data set; the first file that the pattern finds is to be spoilt."""

    def make(folder: Path) -> Path:
        build(folder)
        return sorted(folder.rglob(pattern))[0]

    return make


def _picture(name: str, **options: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        pixels = np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8)
        frames = [Image.fromarray(pixels), Image.fromarray(pixels[::-1].copy())]
        more = {"save_all": True, "append_images": frames[1:]} if options.get("is_animated") else {}
        frames[0].save(folder / name, **more)
        return folder / name

    return make


def _video(folder: Path) -> Path:
    path, pixels = folder / "film.mp4", np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shift in range(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(pixels, shift, 0), format="rgb24")))
        container.mux(stream.encode())
    return path


def _result(format_name: str) -> Callable[[Path], Path]:
    return lambda folder: write_estimate(an_estimate(), folder / f"r.{format_name}", format_name)[0]


def _weights(folder: Path) -> Path:
    path = folder / "net.safetensors"
    path.write_bytes(weights_to_bytes(Weights({"w": torch.ones(3, 4), "b": torch.zeros(4)}, {"kind": "made up"})))
    return path


def _predictions(folder: Path) -> Path:
    joints = np.random.default_rng(0).normal(size=(3, 17, 3))
    arrays = {"keys": np.array(["a/000000", "a/000001", "a/000002"]), "joints_3d": joints, "skeleton": H36M_17.name}
    np.savez(folder / "p.npz", **arrays, unit="m", frame="camera", root="pelvis", scores=np.ones(3))
    return folder / "p.npz"


def _own_archive(folder: Path) -> Path:
    names = SAMPLES["maquette json"][1].joint_names
    joints = np.random.default_rng(0).uniform(50, 400, (4, 2, 17, 2)).astype(np.float32)
    arrays = {"keypoints": joints, "joint_names": np.array(names), "times": np.arange(4) / 30, "fps": 30.0}
    np.savez_compressed(folder / "k.npz", **arrays, confidence=np.ones((4, 2, 17), np.float32), image_size=SIZE)
    return folder / "k.npz"


def _graph(folder: Path) -> Path:
    return write_graph(folder, [described("a", np.ones((3, 4), np.float32)), described("b", np.zeros(2, np.float32))])


def _muco(folder: Path) -> Path:
    image = {"id": 1, "file_name": "augmented_set/1/1.jpg", "width": 2048, "height": 2048, "f": [1500.0, 1500.0]}
    joints = np.random.default_rng(0).uniform(100, 900, (21, 3))
    person = {"image_id": 1, "keypoints_img": joints[:, :2].tolist(), "keypoints_cam": (joints + 2000).tolist()}
    content = {
        "images": [image | {"c": [1024.0, 1024.0]}],
        "annotations": [person | {"bbox": [1.0, 2.0, 300.0, 400.0]}],
    }
    (folder / "MuCo-3DHP.json").write_text(json.dumps(content))
    return folder / "MuCo-3DHP.json"


def _official_h36m(folder: Path) -> None:
    made_human36m.write_official(folder, "S9", "Directions 1", made_human36m.world(1), made_human36m.CAMERAS[:1])


def _cameras(write: Callable[[Path], object], name: str) -> Format:
    return Format(_built(write, name), lambda folder, path: read_calibrations(folder))


def _all_frames(folder: Path, path: Path) -> None:
    for _ in open_pictures(path).frames():
        pass


def _keypoints(write: Callable[[Path], tuple[Path, dict]]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path, _ = write(folder)
        return sorted(file for file in path.rglob("*") if file.is_file())[0] if path.is_dir() else path

    return make


def _table(rows: list[list[object]]) -> Callable[[Path], Path]:
    return lambda folder: write_table(folder / "t.csv", rows)


def _named_joints() -> list[list[object]]:
    heads = [f"{name}_{axis}" for name in long_names(COCO_17) for axis in ("x", "y", "conf")]
    return wide(heads, array_of(COCO_17)[1::2].reshape(4, 17, 3), [("person", lambda row: row % 2)])


def _pickled_positions(clips: int) -> Callable[[Path], Path]:
    """As VideoPose3D's own scripts write them: dictionaries of arrays, pickled."""

    def make(folder: Path) -> Path:
        points = np.random.default_rng(0).uniform(1, 900, (5, 17, 2)).astype(np.float32)
        videos = {f"video{at}.mp4": {"custom": [points + at]} for at in range(clips)}
        metadata = {
            "layout_name": "coco",
            "num_joints": 17,
            "keypoints_symmetry": [list(range(1, 17, 2)), list(range(2, 17, 2))],
            "video_metadata": {name: {"w": 1000, "h": 1002} for name in videos},
        }
        np.savez_compressed(folder / "data_2d_custom_a.npz", positions_2d=videos, metadata=metadata)
        return folder / "data_2d_custom_a.npz"

    return make


def _c3d(folder: Path) -> Path:
    names = [marker_name(joint) for joint in H36M_17.joint_names]
    return write_c3d(folder / "m.c3d", names, standing(H36M_17) * 1000)


def _easymocap(spoilt: str) -> Format:
    """The two files of one set of cameras, of which one is spoilt."""

    def make(folder: Path) -> Path:
        (folder / "intri.yml").write_text(INTRI)
        (folder / "extri.yml").write_text(EXTRI)
        return folder / f"{spoilt}.yml"

    return Format(make, lambda folder, path: read_camera(path, name="01", image_size=(1280, 720)))


_OBJ = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nf 1/1 2/2 3/3\n"
_MHCLO = """x_scale 1 2 1.0
y_scale 1 2 1.0
z_scale 1 2 1.0
verts 0
0 1 2 0.3 0.3 0.4 0 0 0.1
5
delete_verts
3 - 5 9
"""
_TOML = """[cam_01]
name = "cam_01"
size = [1920.0, 1080.0]
matrix = [[1500.0, 0.0, 960.0], [0.0, 1500.0, 540.0], [0.0, 0.0, 1.0]]
distortions = [0.1, 0.0, 0.0, 0.0]
rotation = [0.1, 0.2, 0.3]
translation = [0.0, 1.0, 4.0]
fisheye = false
"""
_YAML = """%YAML:1.0
---
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 500., 0., 319.5, 0., 510., 239.5, 0., 0., 1. ]
distortion_coefficients: &lens [ 1.0e-01, -2.5e-02, 0., 0., 1e-3 ]
dist: *lens
"""
_XML = """<calibration qtm-version="1"><cameras><camera active="1" serial="7">
<fov_video left="0" top="0" right="1919" bottom="1079"/>
<transform x="1000" y="-2" z="1500" r11="1" r12="0" r13="0" r21="0" r22="0" r23="1" r31="0" r32="-1" r33="0"/>
<intrinsic sensorMinU="0" sensorMaxU="122879" focalLengthU="96000" focalLengthV="96100" centerPointU="61440"
 centerPointV="34560" radialDistortion1="-0.1"/></camera></cameras></calibration>
"""
_LIMITS = '{"unit": "deg", "hip_tilt": 12, "joints": {"elbow": {"gamma": [45, 180], "theta": [-15, 250]}}}'
_BONES = '{"unit": "m", "lengths": {"hip-knee": 0.42, "l_elbow-l_wrist": 0.25}}'
_MANIFEST = '[{"name": "a", "kind": "outfit", "texture": "a.png", "obj": "a.obj", "mhclo": "a.mhclo"}]'

FORMATS: dict[str, Format] = {
    **{
        f"keypoints: {name}": Format(
            _keypoints(sample[0]), lambda folder, path: read_keypoints(path, image_size=SIZE, fps=30.0)
        )
        for name, sample in (SAMPLES | NAMED_SAMPLES).items()
    },
    **{
        f"keypoints: table of {name}": Format(
            _table(rows), lambda folder, path: read_keypoints(path, image_size=SIZE, fps=30.0)
        )
        for name, rows in (LANDMARK_TABLES | {"named joints": _named_joints()}).items()
    },
    "keypoints: videopose3d": Format(_pickled_positions(1), lambda folder, path: read_keypoints(path)),
    "keypoints: deeplabcut hdf5": Format(write_sample, lambda folder, path: read_keypoints(path)),
    "keypoints: maquette npz": Format(_own_archive, lambda folder, path: read_keypoints(path)),
    "motion npz": Format(captured_motion.write_clips, lambda folder, path: read_clips(path)),
    "motion bvh": Format(_text("m.bvh", ARM), lambda folder, path: read_bvh(path)),
    "motion amc": Format(write_asf_amc, lambda folder, path: read_mocap(path)),
    "motion asf": Format(_built(write_asf_amc, "*.asf"), lambda folder, path: read_mocap(folder / "07_01.amc")),
    "videopose3d": Format(_pickled_positions(2), lambda folder, path: read_videopose3d(path)),
    "3dhp train": Format(
        _built(lambda folder: made_mpi_inf_3dhp.write_training(folder, cameras=2), "annot.mat"),
        lambda folder, path: read_mpi_inf_3dhp(folder, split="train"),
    ),
    "3dhp calibration": Format(
        _built(lambda f: made_mpi_inf_3dhp.write_calibration(made_mpi_inf_3dhp.write_training(f, cameras=2)), "*.cal*"),
        lambda folder, path: read_mpi_inf_3dhp(folder, split="train"),
    ),
    "3dhp test": Format(
        _built(made_mpi_inf_3dhp.write_test, "annot_data.mat"), lambda folder, path: read_mpi_inf_3dhp(folder)
    ),
    "mupots": Format(_built(made_mupots.write, "annot.mat"), lambda folder, path: read_mupots(folder)),
    "mupots occlusion": Format(_built(made_mupots.write, "occlusion.mat"), lambda folder, path: read_mupots(folder)),
    "h36m cdf": Format(_built(_official_h36m, "*D3_Positions_mono/*.cdf"), lambda folder, path: read_metres(path)),
    "h36m h5": Format(_built(made_datasets.human36m_hdf5, "*Photo*.h5"), lambda folder, path: read_human36m(folder)),
    "h36m cameras h5": _cameras(made_human36m.write_hdf5_cameras, "cameras.h5"),
    "h36m cameras xml": _cameras(made_human36m.write_xml_cameras, "metadata.xml"),
    "h36m cameras json": _cameras(made_human36m.write_json_cameras, "camera-parameters.json"),
    "3dpw": Format(_built(made_datasets.three_dpw, "*.pkl"), lambda folder, path: read_three_dpw(folder, split="test")),
    "mpii json": Format(_built(made_datasets.mpii, "valid.json"), lambda folder, path: read_mpii(folder, split="val")),
    "mpii heads": Format(_built(made_datasets.mpii, "*.mat"), lambda folder, path: read_mpii(folder, split="val")),
    "coco": Format(
        lambda folder: made_coco.write(folder / "person_keypoints_val2017.json", made_coco.document()),
        lambda folder, path: read_coco(path),
    ),
    "lsp": Format(_built(made_datasets.lsp, "joints.mat"), lambda folder, path: read_lsp(folder, split="test")),
    "muco": Format(_muco, lambda folder, path: read_muco(folder)),
    "shards": Format(_built(painted_shards, "*.tar"), lambda folder, path: read_shards(folder)),
    "shards index": Format(
        _built(painted_shards, "index.json"), lambda folder, path: (read_index(folder), verify_shards(folder))
    ),
    "result npz": Format(_result("npz"), lambda folder, path: read_estimate(path)),
    "result json": Format(_result("json"), lambda folder, path: read_estimate(path)),
    "trc": Format(_result("trc"), lambda folder, path: read_trc(path)),
    "c3d": Format(_c3d, lambda folder, path: read_estimate(path), needs="ezc3d"),
    "predictions": Format(_predictions, lambda folder, path: read_predictions(path, clips=("a",))),
    "weights": Format(_weights, lambda folder, path: read_any_weights(path, "give another")),
    "graph model": Format(_graph, lambda folder, path: read_graph_weights(path)),
    "camera toml": Format(_text("c.toml", _TOML), lambda folder, path: read_camera(path)),
    "camera json": Format(
        _text("c.json", '{"focal_px": 1500.0, "image_size": [1920, 1080]}'), lambda folder, path: read_camera(path)
    ),
    "camera yaml": Format(_text("c.yml", _YAML), lambda folder, path: read_camera(path)),
    "camera xml": Format(_text("c.qca.txt", _XML), lambda folder, path: read_camera(path)),
    "camera xml theia": Format(
        _text("c.qca.txt", calibration(camera(), head="")), lambda folder, path: read_camera(path)
    ),
    "camera xml opencv": Format(_text("c.xml", OPENCV_XML), lambda folder, path: read_camera(path)),
    "camera easymocap intri": _easymocap("intri"),
    "camera easymocap extri": _easymocap("extri"),
    "limits": Format(_text("l.json", _LIMITS), lambda folder, path: read_limits(path)),
    "bone lengths": Format(_text("b.json", _BONES), lambda folder, path: read_bone_lengths(path, H36M_17)),
    "assets": Format(_text("manifest.json", _MANIFEST), lambda folder, path: read_manifest(folder)),
    "mesh": Format(_text("a.obj", _OBJ), lambda folder, path: read_mesh(path)),
    "binding": Format(_text("a.mhclo", _MHCLO), lambda folder, path: read_binding(path, 10)),
    "texture": Format(_picture("a.png"), lambda folder, path: read_texture(path, has_alpha=True)),
    "picture png": Format(_picture("a.png"), _all_frames),
    "picture jpg": Format(_picture("a.jpg"), _all_frames),
    "picture gif": Format(_picture("a.gif", is_animated=True), _all_frames),
    "picture webp": Format(_picture("a.webp", is_animated=True), _all_frames),
    "picture tif": Format(_picture("a.tif"), _all_frames),
    "picture bmp": Format(_picture("a.bmp"), _all_frames),
    "video": Format(_video, _all_frames),
}
