"""Small copies of Human3.6M's files, in a room of four made-up cameras."""

import json

import cdflib.cdfwrite
import h5py
import numpy as np
from scipy.spatial.transform import Rotation

from maquette.data.readers.human36m_cameras import CameraCalibration
from maquette.data.readers.human36m_names import CAMERAS

FRAMES = 7


def made_calibrations() -> dict[tuple[str, str], tuple[np.ndarray, CameraCalibration]]:
    """Angles and calibration of four cameras round a room for eleven subjects, none of them the data set's own."""
    generator = np.random.default_rng(3)
    made = {}
    for number, camera in enumerate(CAMERAS):
        lens = np.array([[1100.0 + number, 0, 500], [0, 1105, 505 - number], [0, 0, 1]])
        distortion = generator.normal(0, [0.1, 0.1, 0.002, 0.002, 0.01])
        for subject in range(1, 12):
            position = np.array([5.0, 0, 1.5]) + generator.normal(0, 0.2, 3)
            around = Rotation.from_euler("z", 90 * number + 45, degrees=True)
            looking = Rotation.from_matrix([[0, 1, 0], [0, 0, -1], [-1, 0, 0]]) * around.inv()
            angles = (looking * Rotation.from_rotvec(generator.normal(0, 0.05, 3))).as_euler("XYZ")
            rotation = Rotation.from_euler("XYZ", angles).as_matrix()
            made[f"S{subject}", camera] = angles, CameraCalibration(rotation, around.apply(position), lens, distortion)
    return made


MADE = made_calibrations()
CALIBRATIONS = {key: calibration for key, (_, calibration) in MADE.items()}


def write_hdf5_cameras(root):
    with h5py.File(root / "cameras.h5", "w") as file:
        for (subject, camera), made in CALIBRATIONS.items():
            place = f"subject{subject[1:]}/camera{CAMERAS.index(camera) + 1}"
            k1, k2, p1, p2, k3 = made.distortion
            columns = {"T": made.position * 1000, "f": np.diag(made.matrix)[:2], "c": made.matrix[:2, 2]}
            columns |= {"k": [k1, k2, k3], "p": [p1, p2]}
            for name, values in columns.items():
                file[f"{place}/{name}"] = np.reshape(values, (-1, 1))
            file[f"{place}/R"] = made.rotation.T
            file[f"{place}/Name"] = np.array([[ord(letter)] for letter in camera], np.uint16)


def write_xml_cameras(root):
    outer = [
        np.r_[MADE[f"S{subject}", camera][0], CALIBRATIONS[f"S{subject}", camera].position * 1000]
        for camera in CAMERAS
        for subject in range(1, 12)
    ]
    inner = []
    for camera in CAMERAS:
        lens, (k1, k2, p1, p2, k3) = CALIBRATIONS["S1", camera].matrix, CALIBRATIONS["S1", camera].distortion
        inner.append([lens[0, 0], lens[1, 1], lens[0, 2], lens[1, 2], k1, k2, k3, p1, p2])
    numbers = " ".join(repr(float(number)) for number in np.r_[np.ravel(outer), np.ravel(inner)])
    (root / "metadata.xml").write_text(f"<metadata><dbcameras><w0>[{numbers}]</w0></dbcameras></metadata>")


def write_json_cameras(root):
    inner, outer = {}, {}
    for (subject, camera), made in CALIBRATIONS.items():
        inner[camera] = {"calibration_matrix": made.matrix.tolist(), "distortion": made.distortion.tolist()}
        shift = -made.rotation @ made.position * 1000
        outer.setdefault(subject, {})[camera] = {"R": made.rotation.tolist(), "t": shift[:, None].tolist()}
    (root / "camera-parameters.json").write_text(json.dumps({"intrinsics": inner, "extrinsics": outer}))


CAMERA_WRITERS = [write_hdf5_cameras, write_xml_cameras, write_json_cameras]


def world(seed=0, frames=FRAMES):
    """Joints of somebody near the middle of the room, in metres."""
    return np.random.default_rng(seed).normal(0, 0.4, (frames, 32, 3)) + np.array([0, 0, 1])


def write_cdf(path, joints):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = joints.reshape(1, len(joints), -1).astype(np.float32)
    plain = path.with_name("plain.cdf")  # The writer takes the camera in the name for a suffix.
    file = cdflib.cdfwrite.CDF(plain, cdf_spec={"Compressed": 6})
    spec = {"Variable": "Pose", "Data_Type": 44, "Num_Elements": 1, "Rec_Vary": True, "Dim_Sizes": values.shape[1:]}
    file.write_var(spec, var_data=values)
    file.close()
    plain.rename(path)


def write_official(root, subject, name, joints, cameras=CAMERAS):
    """What the registered download unpacks to: millimetres in each camera's frame, and pixels."""
    for camera in cameras:
        calibration = CALIBRATIONS[subject, camera]
        metres = calibration.in_camera(joints)
        features = root / subject / "MyPoseFeatures"
        write_cdf(features / "D3_Positions_mono" / f"{name}.{camera}.cdf", metres * 1000)
        write_cdf(features / "D3_Positions_mono_universal" / f"{name}.{camera}.cdf", metres * 900)
        write_cdf(features / "D2_Positions" / f"{name}.{camera}.cdf", calibration.pixels(metres))


def write_hdf5(root, subject, name, joints):
    path = root / subject / "MyPoses" / "3D_positions" / f"{name}.h5"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["3D_positions"] = joints.reshape(len(joints), -1).T * 1000


def write_npz(root, clips):
    positions: dict = {}
    for (subject, name), joints in clips.items():
        positions.setdefault(subject, {})[name] = joints.astype(np.float32)
    np.savez_compressed(root / "data_3d_h36m.npz", positions_3d=positions)
