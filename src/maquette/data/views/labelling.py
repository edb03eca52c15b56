"""Training samples from views: the labels of one person, or of everybody, on any skeleton."""

import numpy as np
from jaxtyping import Bool, Float32

from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.views.samples import PersonSample, SceneSample, make_sample
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture

_NEAREST_M = 0.01


def take_person_sample(view: LabelledPicture, person: int, skeleton: Skeleton) -> PersonSample:
    """What is learnt from a view of one person.

    Args:
        view: As `maquette.data.views.views.take_person_view` gives it.
        person: Which of its people, from 0.
        skeleton: The joints to give, taken by name (see `maquette.body.mapping`).
    """
    label = person + 1
    others = (view.instances != 0) & (view.instances != label)
    maps = {"mask": view.mask * ~others, "parts": view.parts * (view.instances == label)}
    labels = {name: values[person] for name, values in _label_people(view, skeleton).items()}
    return make_sample(PersonSample, _describe_picture(view) | maps | labels)


def take_scene_sample(view: LabelledPicture, skeleton: Skeleton, most_people: int) -> SceneSample:
    """What is learnt from a view of everybody.

    Args:
        view: As `maquette.data.views.views.take_scene_view` gives it.
        skeleton: The joints to give, taken by name (see `maquette.body.mapping`).
        most_people: Rows of the labels; people beyond them are left out of the rows and of ``instances``.
    """
    labels = _label_people(view, skeleton)
    labels |= {"boxes_px": view.people.boxes_px, "is_person": np.ones(len(view.people.identities), np.bool_)}
    count = min(len(view.people.identities), most_people)
    rows = {}
    for name, values in labels.items():
        rows[name] = np.zeros((most_people, *values.shape[1:]), values.dtype)
        rows[name][:count] = values[:count]
    instances = view.instances * (view.instances <= most_people)
    maps = {"mask": view.mask, "parts": view.parts, "instances": instances}
    return make_sample(SceneSample, _describe_picture(view) | maps | rows)


def compute_body_yaws(joints_m: Float32[np.ndarray, "P J 3"]) -> Float32[np.ndarray, " P"]:
    """Where bodies face, seen from above the camera: 0 towards it, positive towards the picture's right, radians.

    Args:
        joints_m: Joints of the rendered skeleton in the camera frame.
    """
    left_hip, right_hip, pelvis, thorax = (
        joints_m[:, RENDERED_SKELETON.index(name)] for name in ("l_hip", "r_hip", "pelvis", "thorax")
    )
    facing = np.cross(left_hip - right_hip, thorax - pelvis)
    return np.arctan2(facing[:, 0], -facing[:, 2])


def _describe_picture(view: LabelledPicture) -> dict[str, np.ndarray]:
    return {
        "picture": view.picture.transpose(2, 0, 1),
        "camera_matrix": view.camera_matrix,
        "clip": np.array(view.clip),
        "frame": np.array(view.frame),
    }


def _label_people(view: LabelledPicture, skeleton: Skeleton) -> dict[str, np.ndarray]:
    """The labels of all people, one a row."""
    mapping = source_to_target(RENDERED_SKELETON, skeleton)
    joints_m, known = mapping.joints(view.people.joints_m), mapping.mask(view.people.joints_m[..., 2] > _NEAREST_M)
    joints_m = np.where(known[..., None], joints_m, np.float32(0))
    pelvis = view.people.joints_m[:, [RENDERED_SKELETON.index("pelvis")], 2]
    return {
        "joints_m": joints_m,
        "joints_px": _project(joints_m, known, view.camera_matrix),
        "joint_depths_m": np.where(known, joints_m[..., 2] - pelvis, np.float32(0)),
        "is_known": known,
        "is_visible": known & mapping.mask(view.people.is_visible),
        "body_yaw_rad": compute_body_yaws(view.people.joints_m),
        "identity": view.people.identities.astype(np.int64),
    }


def _project(
    joints_m: Float32[np.ndarray, "P J 3"], known: Bool[np.ndarray, "P J"], matrix: Float32[np.ndarray, "3 3"]
) -> Float32[np.ndarray, "P J 2"]:
    rays = joints_m @ matrix.T
    depths = np.where(known, joints_m[..., 2], np.float32(1))
    return rays[..., :2] / depths[..., None] * known[..., None]
