"""Whatever is opened by a name of the user's: a pipe in its place is refused, and not waited for."""

import os
import signal
from pathlib import Path

import pytest

from maquette.archive import read_arrays
from maquette.data.motion.asf_amc import read_amc
from maquette.data.motion.bvh import read_bvh
from maquette.data.motion.mocap import read_mocap
from maquette.data.readers.human36m_files import read_metres
from maquette.data.readers.matlab import read_matlab
from maquette.data.readers.photograph import read_annotation_json
from maquette.data.readers.pickled import read_pickle
from maquette.data.readers.pickled_npz import read_pickled_npz
from maquette.data.shards.index import read_index
from maquette.data.views.frames import read_photograph
from maquette.errors import MaquetteError
from maquette.io.camera import read_camera
from maquette.io.graph_model import read_graph_weights
from maquette.io.json_result import read_json
from maquette.io.keypoints import read_keypoints
from maquette.io.npz import read_npz
from maquette.io.pictures import open_pictures
from maquette.io.predictions import read_predictions
from maquette.io.trc import read_trc
from maquette.io.video import open_video
from maquette.methods.weights import read_any_weights
from maquette.rendering.wardrobe.assets.asset import read_texture
from maquette.rendering.wardrobe.assets.garment import read_text
from maquette.rendering.wardrobe.assets.wavefront import read_mesh

DOORS = {
    "archive.npz": lambda path: read_arrays(path, what="a result", advice="give another"),
    "motion.npz": read_mocap,
    "motion.bvh": read_bvh,
    "motion.amc": read_amc,
    "poses.cdf": read_metres,
    "poses.h5": read_metres,
    "annot.mat": lambda path: read_matlab(path, "annot2"),
    "people.json": lambda path: read_annotation_json(path, "annotations"),
    "sequence.pkl": read_pickle,
    "pickled.npz": lambda path: read_pickled_npz(path, "positions_3d"),
    "index.json": lambda path: read_index(path.parent),
    "photograph.png": read_photograph,
    "camera.toml": read_camera,
    "model.json": read_graph_weights,
    "result.json": read_json,
    "keypoints.json": read_keypoints,
    "keypoints.npz": read_keypoints,
    "result.npz": read_npz,
    "picture.jpg": open_pictures,
    "predictions.npz": lambda path: read_predictions(path, clips=("a",)),
    "markers.trc": read_trc,
    "video.mp4": open_video,
    "weights.safetensors": lambda path: read_any_weights(path, "give another"),
    "cloth.png": lambda path: read_texture(path, has_alpha=True),
    "cloth.mhclo": read_text,
    "cloth.obj": read_mesh,
}


@pytest.fixture
def no_waiting():
    """A door that waits at a pipe is thrown out."""

    def give_up(number, frame):
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_file_is_refused_in_a_sentence(tmp_path, no_waiting, name, kind):
    path: Path = tmp_path / name
    (tmp_path / "motion.asf").write_text(":root\n")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    with pytest.raises(MaquetteError) as refused:
        DOORS[name](path)
    assert "\n" not in str(refused.value)
