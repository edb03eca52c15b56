"""Small copies of MPI-INF-3DHP's files: MAT files of version 5 to train on, of version 7.3 to test on."""

import h5py
import numpy as np
import scipy.io

FRAMES = 5
LENS = np.array([[1500.0, 0, 1024], [0, 1500, 1040], [0, 0, 1]])


def people(camera, joints, frames=FRAMES):
    """Joints in a camera's frame in millimetres, and their pixels."""
    space = np.random.default_rng(camera).normal(0, 300, (frames, joints, 3)) + np.array([0, 0, 4000])
    seen = space @ LENS.T
    return space, seen[..., :2] / seen[..., 2:]


def write_training(root, subject="S1", sequence="Seq1", cameras=14, spoil=None):
    cells = {name: np.empty((cameras, 1), object) for name in ("annot2", "annot3", "univ_annot3")}
    for camera in range(cameras):
        space, seen = people(camera, 28)
        cells["annot2"][camera, 0] = seen.reshape(FRAMES, 56)
        cells["annot3"][camera, 0] = space.reshape(FRAMES, 84)
        cells["univ_annot3"][camera, 0] = space.reshape(FRAMES, 84) * 0.9
    content = {**cells, "frames": np.arange(FRAMES)[:, None], "cameras": np.arange(cameras, dtype=np.uint8)[None]}
    if spoil is not None:
        spoil(content)
    folder = root / subject / sequence
    folder.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(folder / "annot.mat", content)
    return folder


def write_calibration(folder, cameras=14, focal=1497.693):
    lines = ["Skeletool Camera Calibration File V1.0"]
    for camera in range(cameras):
        lines += [f"name          {camera}", "  sensor      10 10", "  size        2048 2048", "  animated    0"]
        lines += [f"  intrinsic   {focal} 0 1024.704 0 0 1497.103 1051.394 0 0 0 1 0 0 0 0 1 "]
        lines += ["  extrinsic   1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "  radial      0"]
    (folder / "camera.calibration").write_text("\n".join(lines))


def write_test(root, sequence="TS1", spoil=None, joints=17):
    """Variables as h5py shows them: MATLAB's axes turned round."""
    space, seen = people(1, joints)
    folder = root / sequence
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "annot2": seen[:, None],
        "annot3": space[:, None],
        "univ_annot3": space[:, None] * 0.9,
        "valid_frame": np.array([[1.0], [0], [1], [1], [0]]),
        "activity_annotation": np.array([[1.0], [2], [3], [7], [9]]),
    }
    if spoil is not None:
        spoil(content)
    with h5py.File(folder / "annot_data.mat", "w", userblock_size=512) as file:
        for name, values in content.items():
            file[name] = values
    with (folder / "annot_data.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    return folder
