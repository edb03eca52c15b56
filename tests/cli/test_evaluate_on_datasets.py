"""`maquette evaluate` on every data set in its real layout, against scores that are known by hand."""

import numpy as np
import pytest
from judging import judge, predict, truth_of
from scipy.spatial.transform import Rotation

from maquette.metrics.protocols import PROTOCOLS

TURN = Rotation.from_rotvec([0.4, -1.1, 0.7]).as_matrix()
LOCATION = np.array([0.3, -0.2, 0.5])


@pytest.fixture
def place(datasets):
    """Where a protocol's data lie."""

    def of(protocol):
        root = datasets(PROTOCOLS[protocol].dataset)
        return root / protocol.removeprefix("synthetic-v1-") if protocol.startswith("synthetic") else root

    return of


def shifted(people, joint, offset, rows=slice(None)):
    """A change that moves one joint of some rows."""

    def move(joints):
        joints = joints.copy()
        joints[rows, people.skeleton.index(joint)] += offset
        return joints

    return move


def similar(joints):
    """Every pose turned, 1.1 times as large, and elsewhere."""
    return 1.1 * joints @ TURN.T + LOCATION


def similar_size(joints):
    """Every pose twice as large."""
    return 2 * joints


OWN = ("mocap-lifting", "teacher-2d", "h36m-zhou-1", "mpi-inf-3dhp-zhou")
PERFECT = {"AUC (%)": 3000 / 31, "PA-AUC (%)": 3000 / 31}
OF_THE_PREDICTION = ("left-right difference", "bone length deviation", "illegal bends")


@pytest.mark.parametrize("protocol", [name for name in PROTOCOLS if name not in OWN])
def test_the_truth_scores_best_by_every_protocol(run, place, protocol, tmp_path):
    if PROTOCOLS[protocol].match == "oks":
        pytest.importorskip("pycocotools", reason="pycocotools is not installed (extra 'data')")
    root = place(protocol)
    people = truth_of(root, protocol)
    table = judge(run, predict(people, protocol, tmp_path / "mine.npz"), root, protocol)
    for column, value in table.average.items():
        if not column.startswith(OF_THE_PREDICTION):
            best = PERFECT.get(column, 100.0 if "%" in column else 0.0)
            assert value == pytest.approx(best, abs=2e-3), column


@pytest.mark.parametrize(
    ("protocol", "plain"), [("h36m-zhou-1", "h36m-dabral-1"), ("mpi-inf-3dhp-zhou", "mpi-inf-3dhp")]
)
def test_zhou_forgives_the_size_of_every_pose(run, place, protocol, plain, tmp_path):
    root = place(protocol)
    people = truth_of(root, protocol)
    once, large = (
        predict(people, protocol, tmp_path / f"{name}.npz", move=move)
        for name, move in (("a", None), ("b", similar_size))
    )
    errors = {
        (name, path.stem): judge(run, path, root, name).average["MPJPE (mm)"]
        for name in (protocol, plain)
        for path in (once, large)
    }
    assert errors[protocol, "a"] == pytest.approx(errors[protocol, "b"], abs=1e-3) and errors[protocol, "a"] > 1
    assert errors[plain, "a"] == pytest.approx(0.0, abs=1e-3) and errors[plain, "b"] > 10


KEYS = {
    "h36m-martinez-1": "S9/Directions 1/54138969/000000",
    "mpi-inf-3dhp": "TS1/000000",
    "mupots-all": "TS1/000000",
    "3dpw": "street_00/000000",
    "mpii-pckh": "images/0.jpg",
    "coco-keypoints": "val2017/000000000003.jpg",
    "lsp-pck": "images/im1001.jpg",
    "synthetic-v1-single": "000000_000000",
    "synthetic-v1-video": "clip 000007/000000",
}


@pytest.mark.parametrize("protocol", KEYS)
def test_keys_are_as_documented(place, protocol):
    assert truth_of(place(protocol), protocol).keys[0] == KEYS[protocol]


@pytest.mark.parametrize("name", ["human3.6m", "human3.6m in HDF5"])
def test_human36m_averages_over_actions_and_not_over_samples(run, datasets, name, tmp_path):
    root = datasets(name)
    people = truth_of(root, "h36m-martinez-1")
    assert len(people) == 40
    first = people.subjects == "S9"
    move = shifted(people, "l_wrist", [0, 0.170, 0], first)
    table = judge(run, predict(people, "h36m-martinez-1", tmp_path / "mine.npz", move=move), root, "h36m-martinez-1")
    assert [row["MPJPE (mm)"] for row in table.rows.values()] == pytest.approx([10.0, 0.0], abs=1e-3)
    assert set(table.rows) == {people.actions[first][0], "Walking"}
    assert table.average["MPJPE (mm)"] == pytest.approx(5.0, abs=1e-3)  # over samples it were 7.0
    assert table.samples == 40


def test_human36m_a_similarity_costs_nothing_by_the_second_protocol(run, datasets, tmp_path):
    root = datasets("human3.6m")
    path = predict(truth_of(root, "h36m-martinez-2"), "h36m-martinez-2", tmp_path / "mine.npz", move=similar)
    assert judge(run, path, root, "h36m-martinez-2").average["PA-MPJPE (mm)"] == pytest.approx(0, abs=1e-3)
    assert judge(run, path, root, "h36m-martinez-1").average["MPJPE (mm)"] > 100


def test_3dhp_counts_one_wrist_of_fourteen_joints(run, datasets, tmp_path):
    root = datasets("mpi-inf-3dhp")
    people = truth_of(root, "mpi-inf-3dhp")
    for millimetres, share in ((149, 1.0), (151, 13 / 14)):
        move = shifted(people, "l_wrist", [0, 0, millimetres / 1000])
        table = judge(run, predict(people, "mpi-inf-3dhp", tmp_path / "mine.npz", move=move), root, "mpi-inf-3dhp")
        assert table.average["3DPCK@150mm (%)"] == pytest.approx(100 * share, abs=1e-3)
        assert table.average["wrists (%)"] == pytest.approx(100 * (14 * share - 12) / 2, abs=1e-3)
        assert table.average["elbows (%)"] == 100
        assert table.average["MPJPE (mm)"] == pytest.approx(millimetres / 14, abs=1e-3)
    assert table.average["AUC (%)"] == pytest.approx(100 * 13 / 14 * 30 / 31, abs=1e-3)
    assert list(table.rows) == ["TS1", "TS2"] and table.samples == 6
    assert sum("is missing" in note for note in table.notes) == 4


def test_mupots_a_person_missed_counts_as_wrong_or_not_at_all(run, datasets, tmp_path):
    root = datasets("mupots-3d")
    people = truth_of(root, "mupots-all")
    is_missed = (people.sequences == "TS1") & (people.frames == 0) & (people.persons == 0)
    path = predict(
        people, "mupots-all", tmp_path / "mine.npz", rows=~is_missed, move=lambda joints: 1.4 * joints + LOCATION
    )
    for protocol, first, mean, samples in (("mupots-all", 80, 90, 10), ("mupots-matched", 100, 100, 9)):
        table = judge(run, path, root, protocol)
        assert [row["3DPCK@150mm (%)"] for row in table.rows.values()] == pytest.approx([first, 100], abs=1e-3)
        assert table.average["3DPCK@150mm (%)"] == pytest.approx(mean, abs=1e-3) and table.samples == samples
        assert any("people judged without a prediction: 1 of 10" in note for note in table.notes)


def test_mupots_one_wrist_of_one_person_in_ten(run, datasets, tmp_path):
    root = datasets("mupots-3d")
    people = truth_of(root, "mupots-all")
    path = predict(people, "mupots-all", tmp_path / "mine.npz", move=lambda joints: swapped_wrists(people, joints))
    table = judge(run, path, root, "mupots-all")
    assert table.rows["TS1"]["wrists (%)"] == pytest.approx(80) and table.rows["TS2"]["wrists (%)"] == 100
    assert table.average["3DPCK@150mm (%)"] == pytest.approx(100 - 100 * 2 / 14 / 5 / 2, abs=1e-3)


def swapped_wrists(people, joints):
    """The wrists of the first person on the far sides of their elbows, so that bones stay as long as they are."""
    joints = joints.copy()
    for side in "lr":
        elbow, wrist = people.skeleton.indices(f"{side}_elbow", f"{side}_wrist")
        joints[0, wrist] = 2 * joints[0, elbow] - joints[0, wrist]
    return joints


def test_3dpw_judges_thirteen_joints_about_the_middle_of_the_hips(run, datasets, tmp_path):
    root = datasets("3dpw")
    people = truth_of(root, "3dpw")
    path = predict(people, "3dpw", tmp_path / "mine.npz", move=shifted(people, "r_ankle", [0.130, 0, 0]))
    table = judge(run, path, root, "3dpw")
    assert table.average["MPJPE (mm)"] == pytest.approx(10.0, abs=1e-3) and table.samples == 11
    assert "samples left out, which the data mark as flawed: 1" in table.notes
    turned = judge(run, predict(people, "3dpw", tmp_path / "turned.npz", move=similar), root, "3dpw")
    assert turned.average["PA-MPJPE (mm)"] == pytest.approx(0, abs=1e-3) and turned.average["MPJPE (mm)"] > 100


@pytest.mark.parametrize(("share", "wrists"), [(0.49, 100), (0.51, 50)])
def test_mpii_measures_by_the_head(run, datasets, share, wrists, tmp_path):
    root = datasets("mpii")
    people = truth_of(root, "mpii-pckh")
    assert people.head_sizes_px.tolist() == pytest.approx([30, 30, 60])
    offset = share * people.head_sizes_px[:, None] * np.array([0, 1])
    path = predict(people, "mpii-pckh", tmp_path / "mine.npz", move_px=shifted(people, "r_wrist", offset))
    table = judge(run, path, root, "mpii-pckh")
    assert table.average["wrists (%)"] == wrists and table.average["head (%)"] == 100
    assert table.average["PCKh@0.5 (%)"] == pytest.approx(100 - (100 - wrists) * 2 / 14, abs=1e-3)


def test_coco_finds_two_people_of_three(run, datasets, tmp_path):
    pytest.importorskip("pycocotools", reason="pycocotools is not installed (extra 'data')")
    root = datasets("coco")
    people = truth_of(root, "coco-keypoints")
    table = judge(
        run, predict(people, "coco-keypoints", tmp_path / "mine.npz", rows=slice(0, 2)), root, "coco-keypoints"
    )
    assert table.average["AP (%)"] == pytest.approx(100 * 67 / 101, abs=1e-3)  # recall 0 to 2/3 in steps of 0.01
    assert table.average["AR (%)"] == pytest.approx(100 * 2 / 3, abs=1e-3)


@pytest.mark.parametrize(("pixels", "wrists"), [(19.5, 100), (20.5, 50)])
def test_lsp_measures_by_the_torso(run, datasets, pixels, wrists, tmp_path):
    root = datasets("lsp")
    people = truth_of(root, "lsp-pck")
    assert len(people) == 2
    path = predict(people, "lsp-pck", tmp_path / "mine.npz", move_px=shifted(people, "l_wrist", [0, -pixels]))
    table = judge(run, path, root, "lsp-pck")
    assert table.average["wrists (%)"] == wrists
    assert table.average["PCK@0.2 torso (%)"] == pytest.approx(100 - (100 - wrists) * 2 / 14, abs=1e-3)


@pytest.mark.parametrize("dataset", ["lsp", "mpii", "coco", "human3.6m"])
def test_the_teachers_protocol_takes_any_data_set(run, datasets, dataset, tmp_path):
    root = datasets(dataset)
    people = truth_of(root, "teacher-2d", dataset)
    path = predict(people, "teacher-2d", tmp_path / "mine.npz", move_px=lambda joints: joints + np.array([3.0, 4.0]))
    table = judge(run, path, root, "teacher-2d", "--dataset", dataset)
    assert table.average["PCK@25px (%)"] == 100
    assert table.average["2D-MPJPE (px)"] == pytest.approx(5.0, abs=1e-3)
    assert 0 < table.average["box IoU (%)"] < 100


class TestSynthetic:
    def test_a_wrist_of_seventeen_joints(self, run, place, tmp_path):
        root = place("synthetic-v1-single")
        people = truth_of(root, "synthetic-v1-single")
        path = predict(
            people, "synthetic-v1-single", tmp_path / "mine.npz", move=shifted(people, "l_wrist", [0, 0, 0.170])
        )
        table = judge(run, path, root, "synthetic-v1-single")
        assert table.average["MPJPE (mm)"] == pytest.approx(10.0, abs=1e-3) and table.samples == 3
        assert table.average["3DPCK@150mm (%)"] == pytest.approx(100 * 16 / 17, abs=1e-3)

    def test_a_larger_person_is_right_but_for_the_scale(self, run, place, tmp_path):
        root = place("synthetic-v1-single")
        people = truth_of(root, "synthetic-v1-single")
        larger = predict(people, "synthetic-v1-single", tmp_path / "larger.npz", move=lambda joints: 1.1 * joints)
        table = judge(run, larger, root, "synthetic-v1-single")
        joints = people.mapped_to(PROTOCOLS["synthetic-v1-single"].skeleton).joints_m.astype(float)
        about = joints - joints[:, [PROTOCOLS["synthetic-v1-single"].skeleton.index("pelvis")]]
        assert table.average["MPJPE (mm)"] == pytest.approx(100 * np.linalg.norm(about, axis=-1).mean(), abs=1e-2)
        assert table.average["N-MPJPE (mm)"] == pytest.approx(0, abs=1e-3)
        turned = judge(
            run,
            predict(people, "synthetic-v1-single", tmp_path / "turned.npz", move=similar),
            root,
            "synthetic-v1-single",
        )
        assert turned.average["N-MPJPE (mm)"] > 100
        assert turned.average["PA-MPJPE (mm)"] == pytest.approx(0, abs=1e-3)

    def test_a_person_missed_among_four(self, run, place, tmp_path):
        root = place("synthetic-v1-multi")
        people = truth_of(root, "synthetic-v1-multi")
        path = predict(people, "synthetic-v1-multi", tmp_path / "mine.npz", rows=np.array([3, 0, 2]), persons=None)
        table = judge(run, path, root, "synthetic-v1-multi")
        assert table.average["found (%)"] == pytest.approx(75) and table.samples == 4
        assert table.average["3DPCK@150mm (%)"] == pytest.approx(75)
        assert "people judged without a prediction: 1 of 4; they count as wrong" in table.notes

    def test_a_wrist_that_jumps_in_every_other_frame(self, run, place, tmp_path):
        root = place("synthetic-v1-video")
        people = truth_of(root, "synthetic-v1-video")
        move = shifted(people, "l_wrist", [0.034, 0, 0], people.frames % 2 == 1)
        table = judge(
            run, predict(people, "synthetic-v1-video", tmp_path / "mine.npz", move=move), root, "synthetic-v1-video"
        )
        assert table.average["MPJPE (mm)"] == pytest.approx(1.0, abs=1e-3)
        assert table.average["MPJVE (mm/frame)"] == pytest.approx(2.0, abs=1e-3)
        assert table.average["acceleration error (mm/frame^2)"] == pytest.approx(4.0, abs=1e-3)
        assert list(table.rows) == ["clip 000007"]

    @pytest.mark.parametrize("kind", ["single", "video"])
    def test_the_method_lifts_the_annotated_points(self, run, place, kind):
        root = place(f"synthetic-v1-{kind}")
        table = judge(run, "lifting", root, f"synthetic-v1-{kind}")
        assert table.samples == 3 + (kind == "video") and 0 < table.average["PA-MPJPE (mm)"] < 150
        assert "3D by the method 'lifting' from the annotated 2D joints" in table.notes


def test_the_method_on_motion_capture(run, motion, tmp_path):
    with np.load(motion) as file:
        np.savez(tmp_path / "short.npz", joints=file["joints"][:6] @ np.diag([-1.0, -1, 1]), lengths=np.array([2, 4]))
    table = judge(run, "lifting", tmp_path / "short.npz", "mocap-lifting")
    assert list(table.rows) == ["clip 001", "clip 002"] and table.samples == 6
    assert 0 < table.average["PA-MPJPE (mm)"] < 150
