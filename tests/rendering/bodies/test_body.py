import warnings

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import PHENOTYPES, sample_phenotypes
from maquette.rendering.bodies.skinning import pose_surface
from maquette.rendering.labelled import RENDERED_SKELETON
from maquette.rendering.mesh import Material

BARE = Material(np.full((1, 1, 3), 200, np.uint8))


@pytest.fixture(scope="module")
def body():
    return anny_body()


@pytest.fixture(scope="module")
def slow_twin():
    """Anny's own model in double precision."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import anny

        return anny.Anny(
            topology="anny-full",
            rig="anny",
            phenotypes="all",
            pose_parameterization="local-ref",
            skinning_method="lbs",
        )


@pytest.fixture(scope="module")
def shapes():
    generator = np.random.default_rng(5)
    anything = generator.random((3, len(PHENOTYPES)))
    edges = np.array([[0.0] * len(PHENOTYPES), [1.0] * len(PHENOTYPES), [0.5] * len(PHENOTYPES)])
    return np.concatenate([anything, edges]).astype(np.float32)


def still(body, count=1):
    eye = np.eye(3, dtype=np.float32)
    rotations = np.tile(eye, (count, len(body.bone_names), 1, 1))
    return rotations, np.tile(eye, (count, 1, 1)), np.zeros((count, 3), np.float32)


def any_pose(body, count, seed):
    generator = np.random.default_rng(seed)
    turns = generator.normal(size=(count, len(body.bone_names), 3)) * 0.5
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(*turns.shape, 3)
    roots = Rotation.random(count, rng=generator).as_matrix()
    return (
        rotations.astype(np.float32),
        roots.astype(np.float32),
        generator.normal(size=(count, 3)).astype(np.float32),
    )


def twin_forward(slow_twin, shape, pose):
    import torch

    rotations, roots, translations = (array.astype(np.float64) for array in pose)
    deltas = np.tile(np.eye(4), (*rotations.shape[:2], 1, 1))
    deltas[..., :3, :3] = rotations
    deltas[:, 0, :3, :3] = roots @ rotations[:, 0]
    deltas[:, 0, :3, 3] = translations
    shapes = torch.as_tensor(np.tile(shape.astype(np.float64), (len(deltas), 1)))
    with torch.no_grad():
        return {name: value.numpy() for name, value in slow_twin(torch.as_tensor(deltas), shapes).items()}


class TestAgainstAnny:
    def test_phenotypes_bones_and_vertices_are_in_annys_order(self, body, slow_twin):
        assert tuple(slow_twin.phenotype_labels) == PHENOTYPES
        assert tuple(slow_twin.bone_labels) == body.bone_names
        assert body.base_vertex_count == len(slow_twin.template_vertices) == 19158
        assert body.bone("upperarm01.L") == slow_twin.bone_labels.index("upperarm01.L")

    def test_resting_vertices_and_bones_equal_annys(self, body, slow_twin, shapes):
        for shape, rest in zip(shapes, body.rests(shapes), strict=True):
            truth = twin_forward(slow_twin, shape, still(body))
            np.testing.assert_allclose(rest.vertices, truth["rest_vertices"][0], atol=1e-5)
            np.testing.assert_allclose(rest.bone_heads, truth["rest_bone_heads"][0], atol=1e-5)
            np.testing.assert_allclose(rest.bone_orientations, truth["rest_bone_poses"][0, :, :3, :3], atol=1e-4)

    def test_every_bone_of_a_posed_body_stands_where_annys_does(self, body, slow_twin, shapes):
        for seed, shape in enumerate(shapes):
            rest, pose = body.rest(shape), any_pose(body, 2, seed)
            transforms = body.bone_transforms(rest, *pose)
            truth = twin_forward(slow_twin, shape, pose)["bone_poses"]
            heads = np.einsum("fbij,bj->fbi", transforms[..., :3], rest.bone_heads) + transforms[..., 3]
            np.testing.assert_allclose(heads, truth[..., :3, 3], atol=1e-5)
            np.testing.assert_allclose(transforms[..., :3] @ rest.bone_orientations, truth[..., :3, :3], atol=1e-4)

    def test_skinned_with_all_weights_every_vertex_equals_annys(self, body, slow_twin, shapes):
        weights, bones = slow_twin.vertex_bone_weights.numpy(), slow_twin.vertex_bone_indices.numpy()
        rest, pose = body.rest(shapes[0]), any_pose(body, 1, 3)
        transforms = body.bone_transforms(rest, *pose)[0]
        blended = np.einsum("vi,vikl->vkl", weights, transforms[bones])
        vertices = np.einsum("vij,vj->vi", blended[..., :3], rest.vertices) + blended[..., 3]
        np.testing.assert_allclose(vertices, twin_forward(slow_twin, shapes[0], pose)["vertices"][0], atol=1e-4)

    def test_four_weights_a_vertex_change_little(self, body, slow_twin, shapes):
        rest, pose = body.rest(shapes[5]), any_pose(body, 1, 4)
        skin = pose_surface(body.skin_surface(rest, BARE), body.bone_transforms(rest, *pose)[0])
        truth = twin_forward(slow_twin, shapes[5], pose)["vertices"][0, : len(skin.vertices)]
        errors_m = np.linalg.norm(skin.vertices - truth, axis=-1)
        assert errors_m.mean() < 0.001
        assert np.quantile(errors_m, 0.99) < 0.015


class TestRest:
    def test_a_batch_is_one_by_one(self, body, shapes):
        for shape, rest in zip(shapes, body.rests(shapes), strict=True):
            alone = body.rest(shape)
            np.testing.assert_allclose(rest.vertices, alone.vertices, atol=1e-5)
            np.testing.assert_allclose(rest.joint_moments, alone.joint_moments, atol=1e-5)

    def test_no_bodies_are_no_trouble(self, body):
        assert body.rests(np.zeros((0, len(PHENOTYPES)), np.float32)) == []

    def test_the_body_faces_minus_y_with_its_left_at_plus_x(self, body, shapes):
        rest = body.rest(shapes[5])
        joints = named_joints(body, rest, still(body))
        assert joints["l_shoulder"][0] > 0 > joints["r_shoulder"][0]
        assert joints["nose"][1] < joints["head"][1]
        assert joints["head_top"][2] > joints["pelvis"][2] > joints["l_foot"][2]


class TestPosing:
    def test_the_root_turns_and_carries_the_whole_body(self, body, shapes):
        rest, (rotations, roots, translations) = body.rest(shapes[0]), any_pose(body, 1, 7)
        at_home = body.joints(rest, body.bone_transforms(rest, rotations, *still(body)[1:]))
        moved = body.joints(rest, body.bone_transforms(rest, rotations, roots, translations))
        np.testing.assert_allclose(moved[0], at_home[0] @ roots[0].T + translations[0], atol=1e-5)

    def test_hip_flexion_about_minus_x_lifts_the_knee_before_every_body(self, body, shapes):
        rotations, *root = still(body)
        rotations[0, body.bone("upperleg01.L")] = Rotation.from_rotvec([-np.pi / 2, 0, 0]).as_matrix()
        for rest in body.rests(shapes):
            joints = named_joints(body, rest, (rotations, *root))
            thigh = joints["l_knee"] - joints["l_hip"]
            assert -thigh[1] > 0.9 * np.linalg.norm(thigh)

    def test_many_poses_are_one_by_one(self, body, shapes):
        rest, pose = body.rest(shapes[1]), any_pose(body, 3, 9)
        together = body.bone_transforms(rest, *pose)
        for i in range(3):
            alone = body.bone_transforms(rest, *(array[i : i + 1] for array in pose))
            np.testing.assert_allclose(together[i], alone[0], atol=1e-5)

    def test_what_is_given_is_not_changed(self, body, shapes):
        rest, pose = body.rest(shapes[1]), any_pose(body, 1, 9)
        before = pose[0].copy()
        body.bone_transforms(rest, *pose)
        np.testing.assert_array_equal(pose[0], before)


def named_joints(body, rest, pose):
    joints = body.joints(rest, body.bone_transforms(rest, *pose))[0]
    return dict(zip(RENDERED_SKELETON.joint_names, joints, strict=True))


class TestSurfaces:
    def test_the_skin_is_wound_outwards_and_has_everything_a_surface_needs(self, body, shapes):
        rest = body.rest(shapes[5])
        skin = body.skin_surface(rest, BARE)
        corners = skin.vertices[skin.triangles]
        volume_m3 = np.einsum("ti,ti->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
        assert 0.03 < volume_m3 < 0.12
        assert skin.triangles.max() < len(skin.vertices) == len(skin.bones) == len(skin.bone_weights)
        assert len(skin.uv) == len(skin.triangles) == len(skin.parts)
        assert skin.uv.min() >= 0 and skin.uv.max() <= 1
        assert set(skin.parts) == set(range(1, 16))
        np.testing.assert_allclose(skin.bone_weights.sum(axis=1), 1, atol=1e-5)

    def test_tongue_and_backs_of_the_eyes_are_left_out(self, body, slow_twin):
        assert len(slow_twin.faces) == len(body.skin_triangles) + len(body.eye_triangles) + 448 + 140

    def test_left_triangles_lie_left(self, body, shapes):
        skin = body.skin_surface(body.rest(shapes[5]), BARE)
        middles = skin.vertices[skin.triangles].mean(axis=1)
        for left, right in ((4, 5), (6, 7), (8, 9), (10, 11), (12, 13), (14, 15)):
            assert middles[skin.parts == left, 0].min() > -0.005
            assert middles[skin.parts == right, 0].max() < 0.005

    def test_eyes_look_out_of_the_head_beside_the_eye_joints(self, body, shapes):
        for rest in body.rests(shapes):
            eyes, joints = body.eyes_surface(rest, BARE), named_joints(body, rest, still(body))
            assert len(eyes.triangles) == 140
            assert set(eyes.parts) == {1}
            heads = pose_surface(eyes, body.bone_transforms(rest, *still(body))[0]).vertices
            for side, sign in (("l_eye", 1), ("r_eye", -1)):
                near = heads[np.sign(heads[:, 0]) == sign]
                assert np.linalg.norm(near - joints[side], axis=1).min() < 0.012

    def test_a_body_of_the_population_has_finite_vertices(self, body):
        for rest in body.rests(sample_phenotypes(4, np.random.default_rng(2))):
            assert np.isfinite(rest.vertices).all()
            assert np.isfinite(rest.bone_orientations).all()
