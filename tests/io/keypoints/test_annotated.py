"""CVAT's XML and Label Studio's JSON: short forms, single people, and hostile files."""

import numpy as np
import pytest
from keypoint_files import SIZE, long_names, person, write_json
from named_files import cvat_skeleton, write_cvat

from maquette.body.catalog import COCO_17
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints

NAMES = long_names(COCO_17)
ONE = cvat_skeleton(person(COCO_17), NAMES)
IMAGE = '<image id="0" name="a.png" width="640" height="480">{}</image>'


def refuse(path, words, **options):
    with pytest.raises(InputError, match=words) as caught:
        read_keypoints(path, **options)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


def task(points, number=0, **changes):
    size = {"original_width": 640, "original_height": 480}
    marks = [
        {"x": x / 6.4, "y": y / 4.8, "width": 0.2, "keypointlabels": [name], **size} | changes
        for name, (x, y, _) in zip(NAMES, points, strict=True)
    ]
    return {"img": f"/upload/frame_{number:03d}.jpg", "id": number + 5, "kp-1": marks, "annotator": 1}


def test_label_studios_short_form_is_read(tmp_path):
    found = read_keypoints(write_json(tmp_path / "a.json", [task(person(COCO_17), n) for n in (4, 6)]))
    assert found.format == "label-studio" and found.poses.joints.shape == (3, 1, 17, 2)
    assert found.poses.image_size == SIZE and found.poses.mask[:, 0, 0].tolist() == [True, False, True]


BAD_TASKS = {
    "two people without regions": ([task(person(COCO_17), keypointlabels=["nose"])], "'nose' twice"),
    "two labels": ([task(person(COCO_17), keypointlabels=["nose", "l_eye"])], "no label, or several"),
    "no size": ([task(person(COCO_17), original_width=None)], "lacks the size"),
    "words": ([task(person(COCO_17), x="left")], "no numbers as its place"),
    "two sizes": ([task(person(COCO_17)), task(person(COCO_17), 1, original_width=320)], "differ in size"),
    "nobody": ([{"data": {"img": "a.jpg"}, "annotations": [{"result": []}]}], "unknown kind|found 0"),
}


@pytest.mark.parametrize("name", BAD_TASKS)
def test_tasks_that_make_no_sense_are_refused(name, tmp_path):
    document, words = BAD_TASKS[name]
    refuse(write_json(tmp_path / "a.json", document), words)


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
BAD_XML = {
    "empty": ("", "", "found 0 people"),
    "entities": (IMAGE.format("&b;" + ONE), LAUGHS, "document type"),
    "another file": (IMAGE.format("&a;" + ONE), OUTSIDE, "document type"),
    "undefined": (IMAGE.format("&b;" + ONE), "", "broken or cut off XML"),
    "not closed": (IMAGE.format(ONE)[:-9], "", "broken or cut off XML"),
    "no skeletons": (IMAGE.format('<points label="person" points="1.0,2.0;3.0,4.0"></points>'), "", "draw skeletons"),
    "points of no number": (IMAGE.format('<points label="person" points="1.0,x"></points>'), "", "no x,y"),
    "a joint twice": (IMAGE.format(2 * '<points label="nose" points="9.0,9.0"></points>'), "", "'nose' twice"),
    "five points": (IMAGE.format(f'<points label="person" points="{";".join(5 * ["1,2"])}"/>'), "", "could be several"),
    "no place": (IMAGE.format(ONE.replace("200.5000,", "")), "", "no x,y"),
    "a name twice": (IMAGE.format(ONE.replace('"nose"', '"left_eye"')), "", "no label, or that of another"),
    "no number": (IMAGE.format(ONE).replace('id="0"', 'id="x"'), "", "'x' is no number"),
    "no frame": (ONE, "", "'None' is no number"),
    "two sizes": (IMAGE.format(ONE) + IMAGE.replace("640", "320").format(ONE), "", "differ in size"),
    "not finite": (IMAGE.format(cvat_skeleton(person(COCO_17) * float("nan"), NAMES)), "", "found 0 people"),
    "huge": (IMAGE.format(cvat_skeleton(person(COCO_17) * 1e300, NAMES)), "", "found 0 people"),
    "a dog": (IMAGE.format(cvat_skeleton(person(COCO_17), ["tail", *NAMES[1:]])), "", "an animal's"),
    "deep": ("<a>" * 50_000, "", "broken or cut off XML"),
}


@pytest.mark.parametrize("name", BAD_XML)
def test_xml_that_makes_no_sense_is_refused(name, tmp_path):
    body, doctype, words = BAD_XML[name]
    refuse(write_cvat(tmp_path / "a.xml", body, doctype), words)


def test_hidden_points_are_less_sure_and_other_xml_is_refused(tmp_path):
    path = write_cvat(tmp_path / "a.xml", IMAGE.format(ONE.replace('occluded="0"', 'occluded="1"', 1)))
    assert read_keypoints(path).poses.confidence[0, 0, :2].tolist() == [0.5, 1.0]
    (tmp_path / "b.xml").write_text("<html><body>hello</body></html>")
    refuse(tmp_path / "b.xml", "unknown kind")


def joint(name, point, **said):
    more = " ".join(f'{key}="{value}"' for key, value in said.items())
    return f'<points label="{name}" points="{point[0] + 0.5},{point[1] + 0.5}" occluded="0" {more}></points>'


def test_points_of_one_shape_are_joints_in_their_order(tmp_path):
    """`points` of 17 places, a shape a person, as they are drawn without a skeleton."""
    places = [";".join(f"{x + 0.5},{y + 0.5}" for x, y, _ in person(COCO_17, 200.0 + 150 * who)) for who in range(2)]
    shapes = "".join(f'<points label="person" occluded="0" points="{place}"></points>' for place in places)
    found = read_keypoints(write_cvat(tmp_path / "a.xml", IMAGE.format(shapes)))
    assert found.format == "cvat" and found.poses.skeleton == COCO_17 and found.poses.person_count == 2
    for who in range(2):
        np.testing.assert_allclose(found.poses.joints[0, who], person(COCO_17, 200.0 + 150 * who)[:, :2], atol=1e-3)


def test_single_points_go_by_their_labels_and_groups(tmp_path):
    alone = "".join(joint(name, point) for name, point in zip(NAMES, person(COCO_17), strict=True))
    found = read_keypoints(write_cvat(tmp_path / "a.xml", IMAGE.format(alone)))
    np.testing.assert_allclose(found.poses.joints[0, 0], person(COCO_17)[:, :2], atol=1e-3)
    both = "".join(
        joint(name, point, group_id=who + 3)
        for who in range(2)
        for name, point in zip(NAMES, person(COCO_17, 200.0 + 150 * who), strict=True)
    )
    found = read_keypoints(write_cvat(tmp_path / "b.xml", IMAGE.format(both)))
    assert found.is_tracked and found.poses.person_ids.tolist() == [3, 4]


def test_points_of_a_video_have_the_label_of_their_track(tmp_path):
    tracks = "".join(
        f'<track id="{at}" label="{name}">'
        + "".join(
            f'<points frame="{frame}" outside="{int(frame == 2)}" points="{x + 0.5 + frame},{y + 0.5}"></points>'
            for frame in range(3)
        )
        + "</track>"
        for at, (name, (x, y, _)) in enumerate(zip(NAMES, person(COCO_17), strict=True))
    )
    poses = read_keypoints(write_cvat(tmp_path / "a.xml", tracks)).poses
    assert poses.frame_count == 2 and poses.person_count == 1
    np.testing.assert_allclose(poses.joints[1, 0] - poses.joints[0, 0], [[1, 0]] * 17, atol=1e-3)
