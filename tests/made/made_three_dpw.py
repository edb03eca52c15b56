"""Small copies of 3DPW's sequences, pickled as the data set's are."""

import pickle

import numpy as np
from scipy.spatial.transform import Rotation

FRAMES = 6
LENS = np.array([[1961.0, 0, 540], [0, 1969.0, 960], [0, 0, 1]])


def sequence(persons=2, frames=FRAMES):
    generator = np.random.default_rng(5)
    poses = np.tile(np.eye(4), (frames, 1, 1))
    poses[:, :3, :3] = Rotation.from_rotvec(generator.normal(0, 0.3, (frames, 3))).as_matrix()
    poses[:, :3, 3] = generator.normal(0, 0.2, (frames, 3)) + np.array([0, 0, 6])
    detections = generator.uniform(10, 1000, (persons, frames, 3, 18))
    detections[..., 2, :] = 0.9
    detections[:, :, :, 3] = 0.0
    return {
        "sequence": "street_00",
        "jointPositions": list(generator.normal(0, 0.5, (persons, frames, 72))),
        "poses2d": list(detections),
        "cam_poses": poses,
        "cam_intrinsics": LENS,
        "campose_valid": list(np.ones((persons, frames), int)),
        "img_frame_ids": np.arange(frames) * 2,
        "genders": ["m", "f"][:persons],
        "betas": list(np.zeros((persons, 10))),
    }


def write(root, content=None, name="street_00", split="test", protocol=2):
    folder = root / "sequenceFiles" / split
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pkl").write_bytes(pickle.dumps(content or sequence(), protocol=protocol))
    return folder / f"{name}.pkl"


def in_camera(content, person):
    world = content["jointPositions"][person].reshape(-1, 24, 3)
    return np.stack([
        joints @ pose[:3, :3].T + pose[:3, 3] for joints, pose in zip(world, content["cam_poses"], strict=True)
    ])  # fmt: skip
