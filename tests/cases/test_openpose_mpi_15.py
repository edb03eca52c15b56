"""Keypoints of OpenPose's MPI model, whose last point is the middle of the trunk, lifted and held against truth."""

import numpy as np
import pytest
import torch

import maquette
from maquette.geometry.camera import PinholeCamera
from maquette.io.camera import read_camera
from maquette.metrics.position import mpjpe, p_mpjpe

PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = [f"{side}_{part}" for part in PARTS for side in "lr"]
HIPS = [JOINTS.index("l_hip"), JOINTS.index("r_hip")]


def truth_in(camera: PinholeCamera, folder) -> torch.Tensor:
    """The twelve joints in millimetres about the middle of the hips, as the camera is held."""
    held = np.load(folder / "truth.npz")
    names = [f"{name[0]}_{name[1:]}".lower() for name in held["names"]]
    joints = torch.from_numpy(held["joints_scene"][:, [names.index(joint) for joint in JOINTS]]).double()
    return about_hips(joints @ camera.rotation.mT * 1000)


def about_hips(joints: torch.Tensor) -> torch.Tensor:
    return joints - joints[:, HIPS].mean(dim=1, keepdim=True)


@pytest.mark.parametrize(("number", "aligned_mm", "relative_mm"), [(2, 73.0, 92.6), (3, 73.7, 125.7)])
def test_middle_of_the_trunk_is_not_taken_for_the_pelvis(shared_cases, shared_data, number, aligned_mm, relative_mm):
    """Taken for it, errors are 76 and 83 mm after alignment, 115 and 144 mm without; as a spine, 131 mm in camera 3."""
    folder = shared_data / "multiview"
    found = maquette.lift(
        shared_cases / "PB09_openpose_mpi15" / f"cam{number}",
        method="lifting",
        refine=False,
        image_size=(1080, 1920),
        fps=60.0,
    )
    poses = found.poses
    joints = torch.from_numpy(poses.joints[:, 0][:, poses.skeleton.indices(*JOINTS)]).double() * 1000
    truth = truth_in(read_camera(folder / "calibration_scene.toml", name=f"cam_0{number}"), folder)[: len(joints)]
    assert p_mpjpe(joints, truth).mean() < aligned_mm + 1
    assert mpjpe(about_hips(joints), truth).mean() < relative_mm + 1
