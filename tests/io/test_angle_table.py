"""Angles in result files: in degrees, empty where unknown, and never read back."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_estimates import an_estimate, with_uncertainty

from maquette.body.catalog import COCO_17
from maquette.body.joint_angles import ANGLES, joint_angles
from maquette.body.skeleton import Skeleton
from maquette.io.csv_table import pose_table
from maquette.io.results import read_estimate, write_estimate

DOCS = Path(__file__).parents[2] / "docs" / "results.md"


@pytest.fixture
def unsure():
    return with_uncertainty(an_estimate(up=(0.0, -0.6, -0.8)))


def test_columns_of_angles_stand_behind_the_joints_in_degrees(unsure):
    angles, columns = joint_angles(unsure.poses), pose_table(unsure.poses)
    names = [f"{name}_{ending}" for name in angles.names for ending in ("deg", "deviation_deg")]
    assert list(columns)[-len(names) :] == names and "l_knee_flexion_deg" in names
    for at, name in enumerate(angles.names):
        there = unsure.poses.present
        known = angles.mask[there][:, at]
        for column, radians in (("deg", angles.values_rad), ("deviation_deg", angles.deviation_rad)):
            values = columns[f"{name}_{column}"]
            np.testing.assert_array_equal(np.isnan(values), ~known)
            np.testing.assert_allclose(values[known], np.rad2deg(radians[there][known, at]))
    assert angles.mask.any() and not angles.mask[unsure.poses.present].all()


def test_csv_rounds_angles_to_a_hundredth_of_a_degree_and_leaves_unknown_cells_empty(unsure, tmp_path):
    write_estimate(unsure, tmp_path / "a.csv", "csv")
    columns = pose_table(unsure.poses)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(columns)
    for name in (name for name in columns if name.endswith("_deg")):
        cells = [row[name] for row in rows]
        assert cells == ["" if np.isnan(value) else f"{value:z.2f}" for value in columns[name]]


def test_who_does_not_say_how_sure_has_empty_deviations(tmp_path):
    columns = pose_table(an_estimate().poses)
    assert np.isnan(columns["l_knee_flexion_deviation_deg"]).all() and not np.isnan(columns["l_knee_flexion_deg"]).all()
    write_estimate(an_estimate(), tmp_path / "a.json", "json")
    assert "angle_deviations_deg" not in (tmp_path / "a.json").read_text()


def people_of(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    return content, [person for frame in content["frames"] for person in frame["people"]]


def test_json_lists_angles_in_the_order_of_their_names(unsure, tmp_path):
    write_estimate(unsure, tmp_path / "a.json", "json")
    content, people = people_of(tmp_path / "a.json")
    angles = joint_angles(unsure.poses)
    assert content["angle_names"] == list(angles.names)
    for key, radians in (("angles_deg", angles.values_rad), ("angle_deviations_deg", angles.deviation_rad)):
        known = np.where(angles.mask, np.rad2deg(radians), np.nan)[0, 0]
        listed = [np.nan if value is None else value for value in people[0][key]]
        np.testing.assert_allclose(listed, known, atol=0.0051)
    assert None in people[0]["angles_deg"] and people[0]["angles_deg"].count(None) < len(angles.names)


def test_json_is_read_without_angles_and_whatever_they_say(unsure, tmp_path):
    write_estimate(unsure, tmp_path / "a.json", "json")
    whole = read_estimate(tmp_path / "a.json").poses
    for change in (lambda person: person.pop("angles_deg"), lambda person: person.update(angles_deg=["nonsense"])):
        content, people = people_of(tmp_path / "a.json")
        for person in people:
            change(person)
        del content["angle_names"]
        (tmp_path / "b.json").write_text(json.dumps(content), encoding="utf-8")
        back = read_estimate(tmp_path / "b.json").poses
        np.testing.assert_array_equal(back.joints, whole.joints)


def test_skeletons_without_limbs_have_no_angles_and_are_written(tmp_path):
    estimate = an_estimate(skeleton=Skeleton("mine", ("tail", "tip"), (-1, 0)), root="tail")
    write_estimate(estimate, tmp_path / "a.json", "json")
    content, people = people_of(tmp_path / "a.json")
    assert content["angle_names"] == [] and people[0]["angles_deg"] == []
    assert not any(name.endswith("_deg") for name in pose_table(estimate.poses))


def test_angles_do_not_depend_on_the_unit_of_the_poses():
    estimate = an_estimate(skeleton=COCO_17, root="nose")
    one, other = pose_table(estimate.poses), pose_table(replace(estimate.poses.in_unit("mm")))
    for name in (name for name in one if name.endswith("_deg")):
        np.testing.assert_allclose(one[name], other[name], atol=1e-4)


def test_the_documentation_lists_every_angle():
    text = DOCS.read_text(encoding="utf-8")
    for angle in ANGLES:
        name = f"`l_{angle.name}`, `r_{angle.name}`" if angle.has_sides else f"`{angle.name}`"
        assert f"| {name} | {angle.zero} | {angle.positive} |" in text
