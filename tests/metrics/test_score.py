import math

import numpy as np
import pytest
import roma
import torch

from maquette.body.catalog import H36M_17, MPI_INF_3DHP_17, MPII_16
from maquette.errors import ConventionError
from maquette.metrics.metric import METRICS
from maquette.metrics.pairs import Pairs
from maquette.metrics.protocols import PROTOCOLS, Protocol, find_protocol
from maquette.metrics.score import score

P1, P2 = find_protocol("h36m-martinez-1"), find_protocol("h36m-martinez-2")
NUMBERS = np.random.default_rng(0)


def in_space(predicted, truth, *, groups=None, skeleton=H36M_17, **changes) -> Pairs:
    """Pairs of poses in metres, all of one clip."""
    count = len(truth)
    settings = {
        "skeleton": skeleton,
        "groups": np.full(count, "Walking") if groups is None else np.array(groups),
        "clips": np.full(count, "clip"),
        "frames": np.arange(count),
        "is_missed": np.zeros(count, bool),
        "predicted_m": np.asarray(predicted, float),
        "truth_m": np.asarray(truth, float),
        "known_m": np.ones((count, len(skeleton)), bool),
    }
    return Pairs(**(settings | changes))


def in_picture(predicted, truth, *, skeleton=MPII_16, **changes) -> Pairs:
    none = {"predicted_m": None, "truth_m": None, "known_m": None}
    known = np.ones((len(truth), len(skeleton)), bool)
    settings = {"predicted_px": np.asarray(predicted, float), "truth_px": np.asarray(truth, float), "known_px": known}
    return in_space(predicted, truth, skeleton=skeleton, **(none | settings | changes))


def poses(count: int = 5, skeleton=H36M_17) -> np.ndarray:
    return NUMBERS.normal(0, 0.4, (count, len(skeleton), 3))


def value(pairs: Pairs, protocol: Protocol, column: str) -> float:
    table = score(pairs, protocol)
    return table.average.values[table.columns.index(column)]


class TestByHand:
    def test_a_shift_of_everything_is_forgiven_by_the_root(self):
        truth = poses()
        assert value(in_space(truth + 0.3, truth), P1, "MPJPE (mm)") == pytest.approx(0.0, abs=1e-9)

    def test_one_joint_off_by_d_costs_d_over_17(self):
        truth = poses()
        predicted = truth.copy()
        predicted[:, H36M_17.index("l_wrist"), 2] += 0.034
        assert value(in_space(predicted, truth), P1, "MPJPE (mm)") == pytest.approx(2.0)

    def test_a_shifted_root_costs_d_for_every_other_joint(self):
        truth = poses()
        predicted = truth.copy()
        predicted[:, H36M_17.index("pelvis"), 0] += 0.017
        assert value(in_space(predicted, truth), P1, "MPJPE (mm)") == pytest.approx(16.0)

    def test_a_scale_is_forgiven_by_n_mpjpe(self):
        truth = poses()
        lifting = find_protocol("mocap-lifting")
        assert value(in_space(1.7 * truth, truth), lifting, "N-MPJPE (mm)") == pytest.approx(0.0, abs=1e-9)
        assert value(in_space(1.7 * truth, truth), lifting, "MPJPE (mm)") > 100

    def test_a_turn_is_forgiven_by_procrustes_and_a_reflection_is_not(self):
        truth = poses()
        turn = roma.rotvec_to_rotmat(torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64)).numpy()
        assert value(in_space(2 * truth @ turn.T + 0.4, truth), P2, "PA-MPJPE (mm)") == pytest.approx(0.0, abs=1e-6)
        assert value(in_space(truth * [-1.0, 1.0, 1.0], truth), P2, "PA-MPJPE (mm)") > 50

    @pytest.mark.parametrize(("error_m", "share"), [(0.1499, 100.0), (0.1501, 0.0)])
    def test_pck_at_the_edge(self, error_m, share):
        truth = np.zeros((2, 17, 3))
        predicted = truth.copy()
        predicted[:, MPI_INF_3DHP_17.indices("l_knee", "r_knee"), 1] = error_m
        table = score(in_space(predicted, truth, skeleton=MPI_INF_3DHP_17), find_protocol("mpi-inf-3dhp"))
        figures = dict(zip(table.columns, table.average.values, strict=True))
        assert figures["knees (%)"] == share and figures["hips (%)"] == 100.0
        assert figures["3DPCK@150mm (%)"] == pytest.approx(100 * (12 + 2 * share / 100) / 14)

    def test_joints_that_do_not_count_cost_nothing(self):
        truth = np.zeros((1, 17, 3))
        predicted = truth.copy()
        predicted[:, MPI_INF_3DHP_17.indices("spine", "head"), 1] = 9.0
        pairs = in_space(predicted, truth, skeleton=MPI_INF_3DHP_17)
        assert value(pairs, find_protocol("mpi-inf-3dhp"), "3DPCK@150mm (%)") == 100.0
        assert value(pairs, find_protocol("mpi-inf-3dhp-17"), "3DPCK@150mm (%)") == pytest.approx(100 * 15 / 17)

    def test_the_best_possible_auc_is_30_of_31(self):
        truth = poses(3, MPI_INF_3DHP_17)
        pairs = in_space(truth, truth, skeleton=MPI_INF_3DHP_17)
        assert value(pairs, find_protocol("mpi-inf-3dhp"), "AUC (%)") == pytest.approx(100 * 30 / 31)

    def test_pckh_by_the_head_size(self):
        truth = np.zeros((2, 16, 2))
        predicted = truth.copy()
        predicted[..., 0] = 14.0
        pairs = in_picture(predicted, truth, head_sizes_px=np.array([30.0, 20.0]))
        table = score(pairs, find_protocol("mpii-pckh"))
        assert set(table.average.values) == {50.0} and len(table.columns) == 9

    def test_torso_pck(self):
        protocol = find_protocol("lsp-pck")
        truth = np.zeros((1, 14, 2))
        truth[0, protocol.skeleton.index("l_shoulder")] = [30.0, 40.0]  # a torso of 50 px
        predicted = truth + np.array([9.9, 0.0])
        predicted[0, protocol.skeleton.index("r_ankle")] = [10.1, 0.0]
        pairs = in_picture(predicted, truth, skeleton=protocol.skeleton)
        assert value(pairs, protocol, "PCK@0.2 torso (%)") == pytest.approx(100 * 13 / 14)

    def test_the_teachers_three_numbers(self):
        protocol = find_protocol("teacher-2d")
        truth = NUMBERS.uniform(0, 100, (3, 15, 2))
        table = score(in_picture(truth + np.array([24.0, 0.0]), truth, skeleton=protocol.skeleton), protocol)
        figures = dict(zip(table.columns, table.average.values, strict=True))
        assert figures["PCK@25px (%)"] == 100.0 and figures["2D-MPJPE (px)"] == pytest.approx(24.0)
        width = truth[..., 0].max(axis=-1) - truth[..., 0].min(axis=-1)
        assert figures["box IoU (%)"] == pytest.approx(100 * ((width - 24) / (width + 24)).mean())


def test_averaging_over_actions_and_over_frames_differ():
    truth = poses(10)
    predicted = truth.copy()
    predicted[0, H36M_17.index("nose"), 0] += 1.7  # 100 mm in the only frame of Sitting
    groups = ["Sitting"] + ["Walking"] * 9
    over_actions = score(in_space(predicted, truth, groups=groups), P1)
    over_frames = score(in_space(predicted, truth, groups=groups), find_protocol("h36m-moon-2"))
    assert [(row.group, row.samples) for row in over_actions.rows] == [("Sitting", 1), ("Walking", 9)]
    assert over_actions.rows[0].values == pytest.approx((100.0,))
    assert over_actions.average.values == pytest.approx((50.0,))
    assert over_frames.average.values == pytest.approx((10.0,))
    assert over_actions.average_of == "mean over the 2 actions"
    assert over_frames.average_of == "mean over all 10 samples alike"


def test_missed_people_are_all_wrong():
    truth = poses(4, MPI_INF_3DHP_17)
    missed = np.array([False, True, False, False])
    pairs = in_space(
        np.where(missed[:, None, None], 0.0, truth), truth, skeleton=MPI_INF_3DHP_17, is_missed=missed,
        groups=["TS1", "TS1", "TS2", "TS2"],
    )  # fmt: skip
    table = score(pairs, find_protocol("mupots-all"))
    at = table.columns.index("3DPCK@150mm (%)")
    assert [row.values[at] for row in table.rows] == [50.0, 100.0] and table.average.values[at] == 75.0
    assert score(pairs.select(~missed), find_protocol("mupots-matched")).average.values[at] == 100.0


def test_sequences_stand_in_the_order_of_people():
    truth = poses(3, MPI_INF_3DHP_17)
    table = score(
        in_space(truth, truth, skeleton=MPI_INF_3DHP_17, groups=["TS10", "TS2", "9" * 5000]), PROTOCOLS["mupots-all"]
    )
    assert [row.group for row in table.rows] == ["9" * 5000, "TS2", "TS10"]


def test_poses_without_their_root_do_not_count():
    truth = poses(2)
    known = np.ones((2, 17), bool)
    known[0, H36M_17.index("pelvis")] = False
    predicted = truth.copy()
    predicted[0] += NUMBERS.normal(0, 1, (17, 3))
    assert value(in_space(predicted, truth, known_m=known), P1, "MPJPE (mm)") == pytest.approx(0.0, abs=1e-9)


def test_places_in_the_room_are_judged_where_nothing_is_aligned():
    truth = poses(3, MPI_INF_3DHP_17)
    pairs = in_space(truth + np.array([0.0, 0.0, 0.2]), truth, skeleton=MPI_INF_3DHP_17)
    assert value(pairs, find_protocol("mupots-absolute"), "3DPCK@150mm (%)") == 0.0
    assert value(pairs, find_protocol("mupots-all"), "3DPCK@150mm (%)") == 100.0


class TestMotion:
    VIDEO = find_protocol("synthetic-v1-video")

    def moving(self, **changes) -> Pairs:
        """A wrist that runs away by 0, 17, 51 mm while the truth stands."""
        truth = np.repeat(poses(1), 3, axis=0)
        predicted = truth.copy()
        predicted[:, H36M_17.index("r_wrist"), 0] += np.array([0.0, 0.017, 0.051])
        return in_space(predicted, truth, **changes)

    def test_velocity_and_acceleration_by_hand(self):
        assert value(self.moving(), self.VIDEO, "MPJVE (mm/frame)") == pytest.approx((1 + 2) / 2)
        assert value(self.moving(), self.VIDEO, "acceleration error (mm/frame^2)") == pytest.approx(1.0)

    def test_the_order_of_rows_does_not_matter(self):
        shuffled = self.moving().select(np.array([2, 0, 1]))
        assert value(shuffled, self.VIDEO, "MPJVE (mm/frame)") == pytest.approx(1.5)

    def test_steps_across_clips_do_not_count(self):
        pairs = self.moving(clips=np.array(["a", "a", "b"]), frames=np.array([0, 1, 0]))
        assert value(pairs, self.VIDEO, "MPJVE (mm/frame)") == pytest.approx(1.0)
        assert math.isnan(value(pairs, self.VIDEO, "acceleration error (mm/frame^2)"))

    def test_a_single_frame_has_no_velocity(self):
        assert math.isnan(value(self.moving().select(slice(0, 1)), self.VIDEO, "MPJVE (mm/frame)"))

    def test_bone_lengths_that_change_are_seen(self):
        truth = np.repeat(poses(1), 2, axis=0)
        predicted = truth * np.array([1.0, 1.2])[:, None, None]
        deviation = value(in_space(predicted, truth), self.VIDEO, "bone length deviation (mm)")
        ends = [(f"{s}_{a}", f"{s}_{b}") for s in "lr" for a, b in
                (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))]  # fmt: skip
        lengths = [np.linalg.norm(truth[0, H36M_17.index(a)] - truth[0, H36M_17.index(b)]) for a, b in ends]
        assert deviation == pytest.approx(1000 * 0.1 * np.mean(lengths))
        assert value(in_space(truth, truth), self.VIDEO, "bone length deviation (mm)") == pytest.approx(0.0, abs=1e-9)


def test_every_column_names_its_unit():
    for metric in METRICS.values():
        assert metric.column.endswith(("(mm)", "(%)", "(px)", "(mm/frame)", "(mm/frame^2)")), metric.column


def test_pairs_that_lack_what_is_judged_are_refused():
    truth = poses(2, MPII_16)
    with pytest.raises(ConventionError, match="joints in the picture"):
        score(in_space(truth, truth, skeleton=MPII_16), find_protocol("mpii-pckh"))
    with pytest.raises(ConventionError, match="head sizes"):
        score(in_picture(truth[..., :2], truth[..., :2]), find_protocol("mpii-pckh"))
    with pytest.raises(ConventionError, match="nobody is left"):
        score(in_space(poses(0), poses(0)), P1)


def test_pairs_with_what_is_not_finite_or_columns_that_differ_are_refused():
    truth = poses(2)
    with pytest.raises(ConventionError, match="finite"):
        in_space(np.where(truth > 0, np.nan, truth), truth)
    with pytest.raises(ConventionError, match="rows"):
        in_space(truth, truth, groups=["one"])
