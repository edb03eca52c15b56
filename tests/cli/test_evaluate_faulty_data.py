"""`maquette evaluate` on data that are bad in places: the rest is scored, and what was left out is told and counted."""

import json
import shutil
from tarfile import TarInfo

import made_human36m
import made_mpi_inf_3dhp
import made_three_dpw
import numpy as np
import pytest
from judging import judge, predict, truth_of

from maquette.body.catalog import H36M_32
from maquette.data.shards.encoding import LABELS_END, PICTURE_END
from maquette.data.shards.files import BLOCK, ShardEntry
from maquette.data.shards.index import ShardWriter

SINGLE = "synthetic-v1-single"


@pytest.fixture
def mine(datasets, tmp_path):
    """Right predictions for the rendered people of one a picture."""
    return predict(truth_of(datasets("synthetic") / "single", SINGLE), SINGLE, tmp_path / "mine.npz")


class TestShards:
    """Of three samples some are bad."""

    def judged(self, run, root, mine, samples):
        table = judge(run, mine, root, SINGLE)
        assert table.samples == samples and table.average["MPJPE (mm)"] == pytest.approx(0, abs=1e-3)
        return [note for note in table.notes if "while reading" in note]

    def test_a_tar_that_ends_in_the_middle(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("synthetic") / "single", tmp_path / "data")
        path = root / "people-000000.tar"
        content = path.read_bytes()
        path.write_bytes(content[: content.index(b"000000_000001.mask") + 700])
        (note,) = self.judged(run, root, mine, 1)
        assert str(path) in note and "cut off" in note

    @pytest.mark.parametrize(
        ("member", "content", "words"),
        [
            (LABELS_END, None, f"sample 000000_000001 was left out: {LABELS_END} is missing"),
            (LABELS_END, b"", f"sample 000000_000001 was left out: {LABELS_END} is empty"),
            (LABELS_END, b"no labels", "labels.safetensors is damaged"),
            (PICTURE_END, b"", f"sample 000000_000001 was left out: {PICTURE_END} is empty"),
            (PICTURE_END, None, f"sample 000000_000001 was left out: {PICTURE_END} is missing"),
        ],
    )
    def test_a_sample_with_a_bad_member(self, run, datasets, mine, tmp_path, member, content, words):
        root = shutil.copytree(datasets("synthetic") / "single", tmp_path / "data")
        path = root / "people-000000.tar"
        path.write_bytes(with_member(path.read_bytes(), f"000000_000001.{member}", content))
        (note,) = self.judged(run, root, mine, 2)
        assert str(path) in note and words in note

    def test_the_index_tells_how_many_samples_are_lost(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("synthetic") / "single", tmp_path / "data")
        path = root / "people-000000.tar"
        index = ShardWriter(root, {}, seed=0, generator_version=1)
        index.add(ShardEntry(path.name, 3, path.stat().st_size, ""))
        index.add(ShardEntry("people-000001.tar", 5, 10, ""))
        assert self.judged(run, root, mine, 3) == [
            f"left out while reading: '{root}': 5 of 8 samples could not be read"
        ]
        assert self.judged(run, path, mine, 3) == []
        path.write_bytes(path.read_bytes()[:-3000])
        lost, rest, faults = self.judged(run, root, mine, 2)
        assert "6 of 8 samples could not be read" in lost and str(path) in rest and faults.endswith("reading: 2")

    def test_many_faults_are_counted_and_not_all_named(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("synthetic") / "single", tmp_path / "data")
        for number in range(1, 13):
            (root / f"people-{number:06d}.tar").write_bytes(b"no tar" * 200)
        notes = self.judged(run, root, mine, 3)
        assert len(notes) == 9 and notes[-1] == "faults found while reading: 12, of which the first 8 are named"


def with_member(content, name, changed):
    """A tar in which one member has another content, or is gone."""
    start = content.index(name.encode())
    size = int(content[start + 124 : start + 135], 8)
    end = start + BLOCK + -(-size // BLOCK) * BLOCK
    if changed is None:
        return content[:start] + content[end:]
    info = TarInfo(name)
    info.size = len(changed)
    return content[:start] + info.tobuf() + changed.ljust(-(-len(changed) // BLOCK) * BLOCK, b"\0") + content[end:]


class TestDataSets:
    """One file, one person or one joint is bad."""

    def test_a_clip_of_human36m(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("human3.6m"), tmp_path / "data")
        (root / "S9/MyPoseFeatures/D3_Positions_mono/Directions 1.54138969.cdf").write_bytes(b"")
        table = self.judged(run, root, "h36m-martinez-1", mine)
        assert table.samples == 33 and "Directions 1.54138969.cdf' is empty" in table.notes[0]

    def test_joints_of_human36m_that_are_no_numbers(self, run, mine, tmp_path):
        joints = made_human36m.world(1)
        joints[1, H36M_32.index("pelvis")] = np.nan
        joints[2, H36M_32.index("l_wrist")] = np.nan
        root = tmp_path / "data"
        root.mkdir()
        made_human36m.write_hdf5_cameras(root)
        made_human36m.write_hdf5(root, "S9", "Walking", joints)
        table = self.judged(run, root, "h36m-martinez-1", mine, bad_joint="l_wrist", bad_rows=slice(2, None, 7))
        assert table.samples == 24 and "samples left out, of which no joint that counts is known: 4" in table.notes

    def test_a_sequence_of_3dhp_and_those_that_are_not_there(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("mpi-inf-3dhp"), tmp_path / "data")
        made_mpi_inf_3dhp.write_test(root, "TS2", spoil=lambda content: content.pop("annot3"))
        table = self.judged(run, root, "mpi-inf-3dhp", mine)
        assert table.samples == 3 and "faults found while reading: 5" in table.notes

    def test_a_sequence_of_mupots(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("mupots-3d"), tmp_path / "data")
        (root / "TS2" / "annot.mat").write_bytes(b"nonsense" * 50)
        table = self.judged(run, root, "mupots-all", mine)
        assert table.samples == 5 and "TS2/annot.mat'" in table.notes[0]
        assert "faults found while reading: 19, of which the first 8 are named" in table.notes

    def test_pictures_of_mupots_without_a_byte_are_not_looked_at(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("mupots-3d"), tmp_path / "data")
        for frame in range(4):
            (root / "TS1" / f"img_{frame:06d}.jpg").touch()
        assert self.judged(run, root, "mupots-all", mine).samples == 10

    def test_a_file_of_3dpw_that_wants_to_run_a_program(self, run, datasets, mine, tmp_path):
        root = shutil.copytree(datasets("3dpw"), tmp_path / "data")
        content = made_three_dpw.sequence() | {"genders": [Harmful()]}
        made_three_dpw.write(root, content, name="harmful_00")
        table = self.judged(run, root, "3dpw", mine)
        assert table.samples == 11 and "harmful_00.pkl'" in table.notes[1] and "wants to use" in table.notes[1]

    @pytest.mark.parametrize(
        ("dataset", "file"), [("coco", "annotations/person_keypoints_val2017.json"), ("mpii", "annot/valid.json")]
    )
    def test_a_person_with_a_joint_that_is_no_number(self, run, datasets, mine, tmp_path, dataset, file):
        if dataset == "coco":
            pytest.importorskip("pycocotools", reason="pycocotools is not installed (extra 'data')")
        root = shutil.copytree(datasets(dataset), tmp_path / "data")
        content = json.loads((root / file).read_text())
        (content["annotations"][0]["keypoints"] if dataset == "coco" else content[0]["joints"][0])[0] = float("nan")
        (root / file).write_text(json.dumps(content))
        table = self.judged(run, root, {"coco": "coco-keypoints", "mpii": "mpii-pckh"}[dataset], mine)
        assert table.samples == 2 and "left out 1 of '" in table.notes[0] and file in table.notes[0]

    def judged(self, run, root, protocol, mine, bad_joint=None, bad_rows=slice(0)):
        """The table of right predictions, of which one joint of some rows is nonsense because nobody knows it."""
        people = truth_of(root, protocol)

        def move(joints):
            joints = joints.copy()
            if bad_joint is not None:
                joints[bad_rows, people.skeleton.index(bad_joint)] += 3.0
            return joints

        table = judge(run, predict(people, protocol, mine, move=move), root, protocol)
        best = next(iter(table.average.values()))
        assert best == pytest.approx(100.0 if "%" in next(iter(table.average)) else 0.0, abs=1e-3)
        return table


class Harmful:
    def __reduce__(self):
        return print, ("harmed",)
