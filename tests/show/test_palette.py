import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17, SKELETONS
from maquette.show.palette import FAMILIES, PANEL, colour_to_rgb, joint_sides, limb_sides, person_family

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def linear(colour: str) -> np.ndarray:
    share = np.array(colour_to_rgb(colour)) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", BLINDNESS)
@pytest.mark.parametrize("family", FAMILIES)
def test_left_and_right_differ_for_every_sight(family, sight):
    left, right = (lab(np.array(BLINDNESS[sight]) @ linear(colour)) for colour in (family.left, family.right))
    assert np.linalg.norm(left - right) > 50


@pytest.mark.parametrize("background", ["#ffffff", PANEL])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_colour_stands_out_from_light_and_dark(family, background):
    weights = [0.2126, 0.7152, 0.0722]
    ground = weights @ linear(background)
    for colour in (family.left, family.right, family.middle):
        light = weights @ linear(colour)
        assert (max(light, ground) + 0.05) / (min(light, ground) + 0.05) > 2.2


def test_neighbouring_persons_differ_and_families_repeat():
    assert len({family.middle for family in FAMILIES}) == len(FAMILIES)
    assert person_family(len(FAMILIES)) == person_family(0)


def test_sides_follow_the_joint_names():
    sides = joint_sides(H36M_17)
    assert sides[H36M_17.index("l_wrist")] == "left"
    assert sides[H36M_17.index("r_hip")] == "right"
    assert sides[H36M_17.index("thorax")] == "middle"


def test_a_limb_across_the_body_belongs_to_the_midline():
    across = COCO_17.limbs.index((COCO_17.index("l_hip"), COCO_17.index("r_hip")))
    assert limb_sides(COCO_17)[across] == "middle"


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_mirrored_joints_have_mirrored_sides(skeleton):
    other = {"left": "right", "right": "left", "middle": "middle"}
    sides = joint_sides(skeleton)
    assert all(other[sides[joint]] == sides[twin] for joint, twin in enumerate(skeleton.mirror))
