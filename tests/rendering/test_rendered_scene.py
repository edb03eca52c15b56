from dataclasses import replace

import numpy as np
import pytest

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.imaging.sensor import Sensor
from maquette.rendering.labelled import RENDERED_SKELETON
from maquette.rendering.mesh import Material, Surface, uncut_field
from maquette.rendering.performer import Motion, Performer, place_apart
from maquette.rendering.posing.gait import pose_walk
from maquette.rendering.scene import Moment, RenderedScene, render_scene
from maquette.rendering.surroundings.light import Light
from maquette.rendering.surroundings.viewpoint import Viewpoint

SIZE = (96, 128)
GREY = Material(np.full((4, 4, 3), 128, np.uint8))


@pytest.fixture(scope="module")
def performer():
    body = anny_body()
    phenotypes = np.full(11, 0.5, np.float32)
    phenotypes[1] = 0.67
    rest = body.rest(phenotypes)
    return Performer(body, rest, [body.skin_surface(rest, GREY)], identity=7)


@pytest.fixture(scope="module")
def motion(performer):
    return Motion.of(performer, pose_walk(np.arange(8) / 10.0)).ground().centre()


def viewpoint(turn_deg=0.0, distance_m=4.0):
    """A level camera 1 m above the floor that looks at the world's origin; at 0 degrees along +y."""
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    rotation = np.array([[cosine, -sine, 0], [0, 0, -1], [sine, cosine, 0]], np.float32)
    matrix = np.array([[220, 0, 47.5], [0, 220, 63.5], [0, 0, 1]], np.float32)
    translation = np.array([0, 1.0, distance_m], np.float32)
    return Viewpoint(
        size=SIZE,
        camera_matrix=matrix,
        camera_from_world=np.column_stack([rotation, translation]),
        focus_m=distance_m,
    )


def scene(*actors, view=None, props=(), has_floor=False):
    sky = np.zeros((9, 3), np.float32)
    sky[0] = 1.5
    light = Light(sky, np.array([0.5, -0.5, 0.7071], np.float32), np.full(3, 0.4, np.float32))
    return RenderedScene(
        actors=actors,
        props=props,
        viewpoint=view or viewpoint(),
        background=np.full((SIZE[1], SIZE[0], 3), 0.3, np.float32),
        has_floor=has_floor,
        light=light,
        sensor=Sensor(),
    )


def joint(people, name, person=0):
    return people.joints_px[person, RENDERED_SKELETON.index(name)]


def visible(people, name, person=0):
    return bool(people.is_visible[person, RENDERED_SKELETON.index(name)])


def test_a_person_who_comes_towards_the_camera_has_their_left_on_the_right(motion):
    # Walkers face -y, and the camera looks along +y.
    found = render_scene(scene(motion.actor(0, 1))).people
    assert joint(found, "l_shoulder")[0] > joint(found, "r_shoulder")[0] + 3
    assert joint(found, "head_top")[1] < joint(found, "pelvis")[1] < joint(found, "l_ankle")[1]


def test_a_nose_is_seen_from_the_front_and_hidden_from_behind(motion):
    assert visible(render_scene(scene(motion.actor(0, 1))).people, "nose")
    behind = render_scene(scene(motion.actor(0, 1), view=viewpoint(180.0))).people
    assert not visible(behind, "nose")
    assert visible(behind, "l_elbow")


def test_space_and_picture_agree(motion):
    found = render_scene(scene(motion.actor(3, 1)))
    pixels = found.people.joints_m.astype(np.float64) @ found.camera_matrix.T.astype(np.float64)
    assert np.abs(pixels[..., :2] / pixels[..., 2:] - found.people.joints_px).max() < 0.01
    centre = -found.camera_from_world[:, :3].T @ found.camera_from_world[:, 3]
    assert centre[2] == pytest.approx(1.0, abs=1e-5)


def test_maps_agree_with_each_other_and_with_the_box(motion):
    found = render_scene(scene(motion.actor(0, 1)))
    assert np.array_equal(found.parts > 0, found.instances > 0)
    assert np.array_equal(found.instances > 0, found.depth_m > 0)
    assert ((found.mask > 127) == (found.instances > 0)).mean() > 0.98
    x, y, width, height = found.people.boxes_px[0]
    rows, columns = np.nonzero(found.instances)
    assert (columns.min() - 0.5, rows.min() - 0.5) == (x, y)
    assert (columns.max() + 0.5, rows.max() + 0.5) == (x + width, y + height)
    assert 3.0 < np.median(found.depth_m[found.depth_m > 0]) < 5.0


def test_the_nearer_of_two_people_hides_the_other(motion):
    near = motion.move(np.array([0, -1.0, 0], np.float32)).actor(0, 1)
    far = motion.move(np.array([0, 1.0, 0], np.float32)).actor(0, 2)
    for actors, hidden in (((near, far), 1), ((far._replace(surfaces=_as(far, 1)), _person(near, 2)), 0)):
        found = render_scene(scene(*actors)).people
        assert not visible(found, "pelvis", hidden)
        assert visible(found, "pelvis", 1 - hidden)


def _as(actor, person):
    return tuple(replace(surface, person=person) for surface in actor.surfaces)


def _person(actor, person):
    return actor._replace(surfaces=_as(actor, person))


def board(y):
    """A wall 2 m wide and high, across the view at y."""
    corners = np.array([[-1, y, 0], [1, y, 0], [1, y, 2], [-1, y, 2]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return Surface(
        vertices=corners,
        triangles=triangles,
        uv=np.zeros((2, 3, 2), np.float32),
        material=GREY,
        keep=uncut_field(4),
        parts=np.zeros(2, np.uint8),
        is_two_sided=True,
    )


def test_a_thing_before_a_person_takes_away_mask_and_visibility(motion):
    found = render_scene(scene(motion.actor(0, 1), props=(board(-1.5),)))
    assert not found.mask.any()
    assert not found.people.is_visible.any()
    assert not found.people.boxes_px.any()
    assert (found.depth_m > 0).any()
    behind = render_scene(scene(motion.actor(0, 1), props=(board(1.5),)))
    assert behind.people.is_visible.any()


def test_a_person_casts_a_shadow_on_a_floor(motion):
    without, with_floor = (render_scene(scene(motion.actor(0, 1), has_floor=has)).picture for has in (False, True))
    darker = with_floor.astype(int).sum(axis=-1) < without.astype(int).sum(axis=-1) - 20
    assert darker[90:].sum() > 20
    assert not darker[:40].any()


def test_frames_of_a_clip_say_which_they_are(motion):
    found = render_scene(scene(motion.actor(5, 1)), Moment(3, 5, 0.5))
    assert (found.clip, found.frame, found.time_s) == (3, 5, 0.5)
    assert found.people.identities.tolist() == [7]


def test_a_walker_stands_on_the_floor_and_stays_in_their_box(motion):
    lowest = min(motion.actor(frame, 1).surfaces[0].vertices[:, 2].min() for frame in range(8))
    assert lowest == pytest.approx(0.0, abs=0.01)
    low, high = motion.box_m
    assert np.allclose((low + high)[:2], 0, atol=1e-5)
    assert (motion.joints_m >= low).all()
    assert (motion.joints_m <= high).all()


def test_people_are_put_apart(motion):
    placed = place_apart([motion] * 4, np.random.default_rng(0))
    centres = np.array([one.box_m.mean(axis=0)[:2] for one in placed])
    distance = np.linalg.norm(centres[:, None] - centres, axis=-1) + 100 * np.eye(4)
    assert distance.min() > 0.5
