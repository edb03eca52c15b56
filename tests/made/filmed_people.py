"""People of a pose prior, seen by made cameras, and how far an estimate is from them."""

from dataclasses import replace

import numpy as np
import torch

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses2d
from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.predict import METRES_PER_UNIT
from maquette.methods.lifting.viewpoint import tilt_matrices

SIZE = (1280, 720)
FPS = 30.0


def sample_crowd(prior, generator):
    """(3 frames, 4 persons, 17, 3) people facing all directions, metres, world frame, about the origin."""
    poses = prior.sample_poses(12, generator=generator) * METRES_PER_UNIT
    return turned(poses, 6.28 * torch.rand(12, generator=generator, dtype=torch.float64)).view(3, 4, 17, 3)


def turned(poses, heading):
    return poses @ heading_rotation(torch.as_tensor(heading, dtype=torch.float64)).mT


def held(camera, *, pitch_deg=0.0, roll_deg=0.0, distance=4.0):
    """The camera where it sees the world's origin in its middle, from so many metres, tilted."""
    tilt = torch.tensor([[pitch_deg, roll_deg]], dtype=torch.float64).deg2rad()
    rotation = tilt_matrices(tilt)[0] @ camera_from_level()
    return replace(camera, rotation=rotation, translation=torch.tensor([0, 0, distance], dtype=torch.float64))


def keypoints(world, camera, *, mask=None, skeleton=H36M_17):
    """What a perfect detector sees of (F, P, 17, 3) people, on any skeleton."""
    joints = camera.project(camera.in_camera(world)).float().numpy()
    mask = np.ones(joints.shape[:3], bool) if mask is None else mask
    poses = Poses2d(
        skeleton=H36M_17,
        joints=np.where(mask[..., None], joints, 0),
        mask=mask,
        confidence=mask.astype(np.float32),
        times=np.arange(len(joints)) / FPS,
        person_ids=np.arange(joints.shape[1]) + 7,
        image_size=camera.image_size,
    )
    return poses.mapped_to(skeleton)


def lens_of(camera):
    """The camera without its place: what a user knows who knows the lens only."""
    return replace(camera, rotation=None, translation=None)


def truth(world, camera):
    joints = camera.in_camera(world)
    return (joints - joints[:, :, :1]).numpy()


def error(poses, wanted):
    """Mean joint distance in metres after the best scale of every person."""
    joints = poses.joints.astype(np.float64)
    factor = (joints * wanted).sum(axis=(2, 3)) / (joints**2).sum(axis=(2, 3))
    return np.linalg.norm(factor[..., None, None] * joints - wanted, axis=-1).mean()


def reprojection_error(poses, seen, camera):
    """Mean distance in pixels between seen points and the answer placed where it fits them best."""
    distances = []
    for frame, person in np.argwhere(seen.present):
        known = seen.mask[frame, person]
        rays = camera.rays(torch.from_numpy(seen.joints[frame, person][known]).double()).numpy()
        joints = poses.joints[frame, person][known].astype(np.float64)
        ones, zeros = np.ones(len(rays)), np.zeros(len(rays))
        rows = [np.stack([ones, zeros, -rays[:, 0]], axis=1), np.stack([zeros, ones, -rays[:, 1]], axis=1)]
        target = rays * joints[:, 2:] - joints[:, :2]
        place = np.linalg.lstsq(np.concatenate(rows), target.T.ravel(), rcond=None)[0]
        assert place[2] > 0, "in front of the camera"
        again = camera.project(torch.from_numpy(joints + place)).numpy()
        distances.append(np.linalg.norm(again - seen.joints[frame, person][known], axis=-1).mean())
    return np.mean(distances)


def point_of(poses, joint):
    return poses.joints[..., poses.skeleton.index(joint), :]
