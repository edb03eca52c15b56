from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from maquette.body.catalog import BLAZEPOSE_33, BODY_25B
from maquette.errors import ConventionError
from maquette.geometry.camera import PinholeCamera, WeakPerspectiveCamera, assume_camera, camera_with_world_up
from maquette.io.camera import read_camera

MATRIX = torch.tensor([[1681.2, 0.0, 533.0], [0.0, 1640.1, 948.1], [0.0, 0.0, 1.0]], dtype=torch.float64)
SIZE = (1088, 1920)
LENSES = {
    "none": (0.0, 0.0, 0.0, 0.0, 0.0),
    "mild": (-0.0462, 0.14, 0.0006, 0.0007, 0.0),
    "barrel": (-0.28, 0.09, -0.002, 0.001, -0.01),
    "cushion": (0.12, -0.05, 0.003, -0.002, 0.01),
}


def camera_with(lens="mild", **changes):
    distortion = torch.tensor(LENSES[lens], dtype=torch.float64)
    return PinholeCamera(**{"matrix": MATRIX, "image_size": SIZE, "distortion": distortion} | changes)


def sample_points(*batch, generator, dtype=torch.float64):
    """Points in front of the camera and within the pictures of `camera_with`, camera frame."""
    depth = torch.rand(batch, generator=generator, dtype=dtype) * 8 + 0.5
    across = (torch.rand((*batch, 2), generator=generator, dtype=dtype) - 0.5) * torch.tensor([0.6, 1.1], dtype=dtype)
    return torch.cat([across * depth[..., None], depth[..., None]], dim=-1)


def sample_place(generator):
    rotation = roma.random_rotmat(1, dtype=torch.float64, generator=generator)[0]
    return {"rotation": rotation, "translation": torch.tensor([0.3, -0.9, 4.2], dtype=torch.float64)}


def test_points_project_by_hand():
    camera = camera_with(
        "none", matrix=torch.tensor([[100.0, 0.0, 10.0], [0.0, 200.0, 20.0], [0.0, 0.0, 1.0]]).double()
    )
    points = torch.tensor([[0.0, 0.0, 3.0], [1.0, 0.5, 2.0]], dtype=torch.float64)
    assert camera.project(points).tolist() == [[10, 20], [60, 70]]
    assert camera.rays(camera.project(points)).tolist() == [[0, 0], [0.5, 0.25]]
    assert camera.focal == 150


@pytest.mark.parametrize("lens", LENSES)
def test_projection_equals_opencv(lens, generator):
    cv2 = pytest.importorskip("cv2")
    camera = camera_with(lens, **sample_place(generator))
    world = (sample_points(200, generator=generator) - camera.translation) @ camera.rotation
    vector = roma.rotmat_to_rotvec(camera.rotation).numpy()
    parts = camera.translation.numpy(), camera.matrix.numpy(), camera.distortion.numpy()
    wanted, _ = cv2.projectPoints(world.numpy(), vector, *parts)
    found = camera.project(camera.in_camera(world))
    np.testing.assert_allclose(found, wanted[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("lens", LENSES)
def test_rays_equal_opencv(lens, generator):
    cv2 = pytest.importorskip("cv2")
    camera = camera_with(lens)
    pixels = torch.rand(200, 2, generator=generator, dtype=torch.float64) * torch.tensor(SIZE)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 200, 1e-12)
    parts = camera.matrix.numpy(), camera.distortion.numpy()
    undistort = getattr(cv2, "undistortPointsIter", cv2.undistortPoints)  # the former until OpenCV 4
    wanted = undistort(pixels.numpy(), *parts, R=None, P=None, criteria=criteria)
    np.testing.assert_allclose(camera.rays(pixels), wanted[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("batch", [(), (5,), (2, 3, 17)])
def test_rays_undo_projection(lens, batch, generator):
    points = sample_points(*batch, generator=generator)
    camera = camera_with(lens)
    found = camera.rays(camera.project(points))
    torch.testing.assert_close(found, points[..., :2] / points[..., 2:], rtol=0, atol=1e-7)


def test_skewed_pixels_are_understood(generator):
    matrix = MATRIX.clone()
    matrix[0, 1] = 25.0
    points = sample_points(9, generator=generator)
    camera = camera_with(matrix=matrix)
    torch.testing.assert_close(camera.rays(camera.project(points)), points[..., :2] / points[..., 2:])


def test_batch_equals_one_by_one(generator):
    camera, points = camera_with(), sample_points(6, generator=generator)
    pixels = camera.project(points)
    torch.testing.assert_close(pixels, torch.stack([camera.project(point) for point in points]))
    torch.testing.assert_close(camera.rays(pixels), torch.stack([camera.rays(pixel) for pixel in pixels]))


def test_projection_and_rays_have_right_gradients(generator):
    camera, points = camera_with("barrel"), sample_points(3, generator=generator).requires_grad_()
    assert torch.autograd.gradcheck(camera.project, points)
    assert torch.autograd.gradcheck(camera.rays, camera.project(points).detach().requires_grad_())


def test_pictures_of_another_size_show_the_same_things(generator):
    camera, points = camera_with(), sample_points(50, generator=generator)
    half = camera.scaled_to((544, 960))
    assert half.image_size == (544, 960)
    wanted = (camera.project(points) + 0.5) / 2 - 0.5  # the pictures' corners coincide, not their first pixels' centres
    torch.testing.assert_close(half.project(points), wanted)
    back = half.scaled_to(SIZE)
    torch.testing.assert_close(back.matrix, camera.matrix)


def test_slightly_other_proportions_stretch_the_picture(generator):
    camera, points = camera_with(**sample_place(generator)), sample_points(50, generator=generator)
    other = camera.scaled_to((1080, 1920))
    wanted = (camera.project(points) + 0.5) * torch.tensor([1080 / 1088, 1.0]) - 0.5
    torch.testing.assert_close(other.project(points), wanted)
    assert other.rotation is camera.rotation and other.translation is camera.translation


@pytest.mark.parametrize("size", [(1920, 1088), (1088, 1088), (1000, 1920)])
def test_cropped_and_turned_pictures_are_refused(size):
    with pytest.raises(ConventionError, match=r"1088x1920.*calibrate"):
        camera_with().scaled_to(size)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"matrix": MATRIX * torch.tensor([-1.0, 1.0, 1.0])}, "focal lengths"),
        ({"matrix": MATRIX * torch.tensor([[1.0], [0.0], [1.0]])}, "focal lengths"),
        ({"matrix": MATRIX * torch.nan}, "focal lengths"),
        ({"matrix": MATRIX + torch.tensor([0.0, 0.0, torch.inf])}, "finite"),
        ({"distortion": torch.full((5,), torch.nan).double()}, "finite"),
        ({"rotation": torch.eye(3).double(), "translation": torch.full((3,), torch.nan).double()}, "finite"),
        ({"rotation": torch.eye(3).double() * torch.nan, "translation": torch.zeros(3).double()}, "finite"),
        ({"translation": torch.zeros(3).double()}, "needs its rotation"),
        ({"rotation": -torch.eye(3).double(), "translation": torch.zeros(3).double()}, "proper"),
        ({"rotation": 1.1 * torch.eye(3).double(), "translation": torch.zeros(3).double()}, "proper"),
    ],
)
def test_numbers_that_are_no_camera_are_refused(changes, complaint):
    with pytest.raises(ConventionError, match=complaint):
        camera_with(**changes)


def test_camera_without_a_place_brings_no_world_points():
    with pytest.raises(ConventionError, match="world points"):
        camera_with().in_camera(torch.zeros(4, 3, dtype=torch.float64))


def test_assumed_camera_is_centred_and_as_long_as_the_diagonal():
    camera = assume_camera((640, 480))
    assert camera.focal == 800 and camera.image_size == (640, 480)
    ahead = torch.tensor([[0.0, 0.0, 2.0]], dtype=torch.float64)
    assert camera.project(ahead).tolist() == [[319.5, 239.5]]  # between the four middle pixels


def test_weak_perspective_by_hand():
    camera = WeakPerspectiveCamera(torch.tensor([2.0, 10.0]), torch.tensor([[5.0, 6.0], [0.0, 0.0]]))
    points = torch.tensor([[[1.0, 2.0, 3.0]], [[1.0, 2.0, -7.0]]])
    assert camera.project(points).tolist() == [[[7, 10]], [[10, 20]]]


@pytest.mark.parametrize("distance", [50.0, 500.0, 5000.0])
def test_weak_perspective_is_the_pinhole_from_afar(distance, generator):
    camera = camera_with("none", matrix=assume_camera(SIZE).matrix)
    pose = torch.randn(4, 17, 3, generator=generator, dtype=torch.float64) * 0.5
    middle = torch.tensor([0.0, 0.0, distance], dtype=torch.float64)
    scale = torch.full((4,), camera.focal / distance, dtype=torch.float64)
    weak = WeakPerspectiveCamera(scale, camera.matrix[:2, 2].expand(4, 2)).project(pose)
    error = (weak - camera.project(pose + middle)).norm(dim=-1)
    relative_depth = pose[..., 2].abs() / distance
    from_centre = (weak - camera.matrix[:2, 2]).norm(dim=-1)
    assert (error <= 1.1 * relative_depth * from_centre + 1e-9).all()  # first order in depth over distance


MARKERS = {"Neck": "upper_neck", "Head": "head_top", "Nose": "nose"}


def joint_of(marker):
    """Our name of one of the recording's markers, such as l_big_toe for LBigToe."""
    if marker in MARKERS:
        return MARKERS[marker]
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in marker[1:])
    return f"{marker[0].lower()}{words}"


@pytest.mark.parametrize(("camera_name", "most_px"), [("cam01", 5.5), ("cam02", 8.0), ("cam03", 10.0), ("cam04", 6.5)])
def test_measured_joints_fall_upon_the_points_a_detector_found(shared_data, camera_name, most_px):
    folder = shared_data / "multiview"
    truth, detected = np.load(folder / "truth.npz"), np.load(folder / "detections_openpose.npz")
    camera = read_camera(folder / "calibration_scene.toml", name=camera_name)
    pixels = camera.project(camera.in_camera(torch.from_numpy(truth["joints_scene"]).double())).numpy()
    joints = BODY_25B.indices(*map(joint_of, truth["names"]))
    found = detected["keypoints2d"][int(camera_name[-1]) - 1][:, joints]
    assert truth["frame_index"].tolist() == detected["frame_index"].tolist()
    distance = np.linalg.norm(pixels - found[..., :2], axis=-1)[found[..., 2] > 0.3]
    assert np.median(distance) < most_px


@pytest.mark.parametrize("camera_name", ["cam01", "cam02", "cam03", "cam04"])
def test_measured_joints_fall_upon_the_person_in_the_video(shared_data, camera_name):
    folder = shared_data / "multiview"
    truth, detected = np.load(folder / "truth.npz"), np.load(folder / "detections_blazepose.npz")
    number = int(camera_name[-1]) - 1
    size = tuple(detected["video_size"][number].tolist())
    camera = read_camera(folder / "calibration_scene.toml", name=camera_name, image_size=size)
    pixels = camera.project(camera.in_camera(torch.from_numpy(truth["joints_scene"]).double())).numpy()
    joints = [joint_of(marker) for marker in truth["names"]]
    common = [joint for joint in joints if joint in BLAZEPOSE_33]
    shown = truth["frame_index"] < len(detected["frame_index"])  # row i is video frame i + 1; the last row has none
    found = detected["keypoints2d"][number][truth["frame_index"][shown]][:, BLAZEPOSE_33.indices(*common)]
    ours = pixels[shown][:, [joints.index(joint) for joint in common]]
    distance = np.linalg.norm(ours - found[..., :2], axis=-1)[found[..., 3] > 0.5]
    assert np.median(distance) < 18


@pytest.mark.parametrize("up", ["y", "-y"])
def test_a_world_with_another_axis_up_is_turned_so_that_z_is(up):
    camera = replace(assume_camera(SIZE), rotation=torch.eye(3).double(), translation=torch.zeros(3).double())
    turned = camera_with_world_up(camera, up)
    above = turned.in_camera(torch.tensor([0.0, 0.0, 1.0]).double())
    assert above.tolist() == [0, 1 if up == "y" else -1, 0]
    assert camera_with_world_up(assume_camera(SIZE), up).rotation is None


def test_a_camera_may_know_its_tilt_alone():
    camera = replace(assume_camera(SIZE), rotation=torch.eye(3).double())
    with pytest.raises(ConventionError, match="no rotation and translation"):
        camera.in_camera(torch.zeros(3).double())
    assert camera.without_world().rotation is None
