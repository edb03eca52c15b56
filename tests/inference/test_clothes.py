"""What people wear: told by colour in any light, unknown where it is not seen, and slow to change."""

import numpy as np
import pytest

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.body.skeleton import Skeleton
from maquette.inference.clothes import compare_clothes, describe_clothes, remember_clothes

RED, BLUE, GREY = (200, 60, 60), (50, 60, 160), (120, 120, 120)
CORNERS = {"shoulder": 20.0, "hip": 60.0, "knee": 100.0}


def somebody(skeleton: Skeleton = COCO_17, *, x: float = 50.0, half: float = 12.0) -> np.ndarray:
    """One person upright: shoulders, hips and knees at rows 20, 60 and 100, all other joints at the origin."""
    joints = np.zeros((1, len(skeleton), 2))
    for end, y in CORNERS.items():
        joints[0, skeleton.indices(f"l_{end}", f"r_{end}")] = [[x + half, y], [x - half, y]]
    return joints


def dressed(torso: tuple[int, int, int], thighs: tuple[int, int, int]) -> np.ndarray:
    """A grey picture in which somebody at x = 50 wears that."""
    picture = np.full((120, 100, 3), 120, np.uint8)
    picture[20:60, 38:63], picture[60:100, 38:63] = torso, thighs
    return picture


def described(picture: np.ndarray, joints: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    return describe_clothes(picture, joints, np.ones(joints.shape[:2], bool) if mask is None else mask, COCO_17)


def by_hand(colour: tuple[int, int, int]) -> list[float]:
    red, green, blue = np.log(np.array(colour) + 16.0)
    return [red - green, blue - (red + green) / 2, (red + green + blue) / 3, 1.0]


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33])
def test_torso_and_thighs_have_the_colours_that_are_painted_there(skeleton: Skeleton) -> None:
    joints = somebody(skeleton)
    worn = describe_clothes(dressed(RED, BLUE), joints, np.ones(joints.shape[:2], bool), skeleton)
    np.testing.assert_allclose(worn[0], [by_hand(RED), by_hand(BLUE)], atol=1e-12)


def test_left_and_right_exchanged_and_upside_down_change_nothing() -> None:
    picture, joints = dressed(RED, BLUE), somebody()
    turned = (99, 119) - joints
    np.testing.assert_allclose(described(picture, joints[:, COCO_17.mirror]), described(picture, joints))
    np.testing.assert_allclose(described(picture[::-1, ::-1], turned), described(picture, joints))


def test_who_is_seen_from_the_side_has_clothes_too() -> None:
    worn = described(dressed(RED, BLUE), somebody(half=0.0))
    np.testing.assert_allclose(worn[0], [by_hand(RED), by_hand(BLUE)], atol=1e-12)


def test_half_the_light_leaves_clothes_the_same_and_others_are_others() -> None:
    picture, joints = dressed(RED, BLUE), somebody()
    worn = described(picture, joints)
    dim = (picture * 0.5 ** (1 / 2.2)).astype(np.uint8)
    assert compare_clothes(described(dim, joints), worn)[0, 0] < -0.3
    assert compare_clothes(described(dressed(BLUE, RED), joints), worn)[0, 0] > 0.9


def test_a_corner_that_is_unknown_makes_its_parts_unknown() -> None:
    mask = np.ones((1, 17), bool)
    mask[0, COCO_17.index("r_knee")] = False
    worn = described(dressed(RED, BLUE), somebody(), mask)
    np.testing.assert_allclose(worn[0], [by_hand(RED), [0, 0, 0, 0]], atol=1e-12)
    mask[0, COCO_17.index("l_hip")] = False
    assert not described(dressed(RED, BLUE), somebody(), mask).any()


@pytest.mark.parametrize("x", [-500.0, 1e30, -1e30])
def test_who_is_outside_the_picture_wears_nothing_known(x: float) -> None:
    assert not described(dressed(RED, BLUE), somebody(x=x)).any()
    assert not described(dressed(RED, BLUE), somebody(x=x).astype(np.float32)).any()


def test_the_share_in_sight_is_counted_at_the_edge() -> None:
    worn = described(np.full((120, 100, 3), GREY, np.uint8), somebody(x=0.0))
    assert worn[0, :, 3].tolist() == [0.5, 0.5]
    np.testing.assert_allclose(worn[0, :, :3], [by_hand(GREY)[:3]] * 2, atol=1e-12)


def test_a_grey_picture_has_no_colour_but_lightness() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (120, 100, 1), np.uint8).repeat(3, axis=2)
    worn = described(grey, somebody())
    np.testing.assert_allclose(worn[0, :, :2], 0, atol=1e-12)
    assert (worn[0, :, 2] > np.log(16)).all() and (worn[0, :, 2] < np.log(271)).all()


@pytest.mark.parametrize("size", [(1, 1), (120, 100)])
def test_people_of_one_pixel_have_its_colour(size: tuple[int, int]) -> None:
    worn = described(np.full((*size, 3), RED, np.uint8), np.zeros((1, 17, 2)))
    np.testing.assert_allclose(worn[0], [by_hand(RED)] * 2, atol=1e-12)


def test_nobody_and_skeletons_without_hips_have_no_clothes() -> None:
    picture = dressed(RED, BLUE)
    assert described(picture, np.zeros((0, 17, 2))).shape == (0, 2, 4)
    bust = Skeleton("bust", ("head", "l_shoulder", "r_shoulder"), (-1, 0, 0))
    worn = describe_clothes(picture, np.ones((2, 3, 2)), np.ones((2, 3), bool), bust)
    assert worn.shape == (2, 2, 4) and not worn.any()


def test_many_people_are_described_as_one_by_one() -> None:
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (120, 100, 3), np.uint8)
    joints, mask = random.uniform(-30, 130, (5, 17, 2)), random.random((5, 17)) < 0.9
    together = described(picture, joints, mask)
    alone = [described(picture, joints[[who]], mask[[who]])[0] for who in range(5)]
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_clothes_are_compared_from_the_same_to_others_and_the_unknown_says_nothing() -> None:
    joints = somebody()
    red, blue = described(dressed(RED, RED), joints)[0], described(dressed(BLUE, BLUE), joints)[0]
    half = red * [[1.0], [0.0]]
    unlike = compare_clothes(np.stack([red, blue, half, 0 * red]), np.stack([red, blue]))
    np.testing.assert_allclose(unlike, [[-1, 1], [1, -1], [-0.8, 0.8], [0, 0]], atol=1e-3)


def test_what_was_never_seen_is_learned_at_once_and_the_rest_slowly() -> None:
    joints = somebody()
    red, blue = described(dressed(RED, RED), joints), described(dressed(BLUE, BLUE), joints)
    none, share = np.zeros_like(red), np.array([0.25])
    np.testing.assert_allclose(remember_clothes(none, red, share), red)
    np.testing.assert_allclose(remember_clothes(red, none, share), red)
    np.testing.assert_allclose(remember_clothes(red, blue, share)[..., :3], (0.75 * red + 0.25 * blue)[..., :3])
