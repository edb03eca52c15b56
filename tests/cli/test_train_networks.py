"""`maquette train` of networks: weights and cards from rendered people, going on, and refusals in one sentence."""

import json
from hashlib import sha256

import pytest
from painted_shards import painted_shards
from refusal import Cases, check_refusal, refused

from maquette.data.shards.index import INDEX_NAME
from maquette.methods.backbone.weights import read_backbone
from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.structure_motion.weights import read_sap
from maquette.training import precision
from maquette.training.journal import NAME as JOURNAL
from maquette.training.run import CHECKPOINT

CASES = Cases()
QUICKLY = ("--workers", 0, "--threads", 1)


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine, and sooner done for networks this small."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("painted") / "people", pictures=8, persons=4)


@pytest.fixture
def train(run, shards, tmp_path):
    """Trains a tiny network on the painted people."""

    def trained(name, *more, data=None):
        out = tmp_path / "out" / "made.safetensors"
        data = shards if data is None else data
        return run("train", f"{name}-tiny", "--data", data, "--out", out, *QUICKLY, *more), out

    return trained


def test_a_backbone_and_what_starts_from_it(train, run, shards, tmp_path):
    said, out = train("backbone", "--steps", 2)
    assert said.code == 0, said.err
    assert said.err == "" and said.out.splitlines() == [f"wrote {out}", f"wrote {out.with_suffix('.json')}"]
    card = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert (card["name"], card["recipe"], card["preset"], card["skeleton"]) == ("made", "backbone", "tiny", "anny_41")
    index = sha256((shards / INDEX_NAME).read_bytes()).hexdigest()
    assert card["training_data"] == [{"file": "people", "sha256": index, "licence": "not stated"}]
    assert read_backbone(out)
    assert {CHECKPOINT, JOURNAL} <= {path.name for path in out.with_suffix("").iterdir()}
    second = tmp_path / "sap.safetensors"
    arguments = ("--data", shards, "--out", second, *QUICKLY, "--start", out, "--folder", tmp_path / "own")
    said = run("train", "structure-motion", "--preset", "tiny", *arguments)
    assert said.code == 0 and said.err == "", said.err
    card = json.loads(second.with_suffix(".json").read_text(encoding="utf-8"))
    assert (card["recipe"], card["preset"], card["skeleton"]) == ("structure-motion", "tiny", "h36m_17")
    assert [(one["how"], one["name"], one["line"]) for one in card["lineage"]] == [("started from", out.name, "clean")]
    assert read_sap(second).config == structure_motion.TINY
    stages = [stage for stage in structure_motion.TINY.stages if stage.trains != "lifter"]  # which needs --motion
    names = [f"{number + 1}-{stage.name}" for number, stage in enumerate(stages)]
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == names


@pytest.mark.slow
def test_smaller_pictures_teach_another_network_of_the_same_kind(train, tmp_path):
    said, out = train("backbone", "--steps", 2)
    whole = out.read_bytes()
    said, out = train("backbone", "--steps", 2, "--picture-px", 32, "--folder", tmp_path / "smaller")
    assert said.code == 0, said.err
    assert out.read_bytes() != whole and json.loads(out.with_suffix(".json").read_text())["picture_px"] == 64
    start = out.rename(tmp_path / "start.safetensors")
    said, _ = train("structure-motion", "--start", start, "--picture-px", 32, "--folder", tmp_path / "sap")
    assert said.code == 0, said.err


@pytest.mark.parametrize("name", ["backbone", "structure-motion"])
def test_a_start_that_its_card_does_not_know_is_taken_only_when_trusted(train, tmp_path, name):
    _, out = train("backbone", "--steps", 1)
    start = out.rename(tmp_path / "start.safetensors")
    start.with_suffix(".json").write_text(json.dumps({"sha256": "0" * 64}), encoding="utf-8")
    more = ("--start", start, "--folder", tmp_path / "own", *(("--steps", 1) if name == "backbone" else ()))
    said, out = train(name, *more)
    assert "its sha256 differs" in refused(said) and "--trust" in said.err and not out.exists()
    said, out = train(name, *more, "--trust")
    assert said.code == 0 and said.err == "" and out.exists()


def test_the_published_depth_module_reads_one_size_alone(run, shards, tmp_path):
    more = ("--preset", "paper", "--picture-px", 128, "--out", tmp_path / "paper.safetensors")
    said = run("train", "structure-motion", "--data", shards, *more, *QUICKLY)
    assert said.code == 2 and said.err == (
        "maquette: the published depth module reads crops of 256 px alone; leave --picture-px out\n"
    )


def test_what_was_trained_is_not_trained_again_but_goes_on(train):
    said, out = train("backbone", "--steps", 1)
    assert said.code == 0, said.err
    first, journal = out.read_bytes(), out.with_suffix("") / JOURNAL
    out.unlink()
    before = journal.read_text(encoding="utf-8")
    said, _ = train("backbone", "--steps", 1)
    assert said.code == 0 and out.read_bytes() == first and journal.read_text(encoding="utf-8") == before
    said, _ = train("backbone", "--steps", 5)
    assert said.code == 0 and out.read_bytes() != first
    steps = [json.loads(line)["step"] for line in journal.read_text(encoding="utf-8").splitlines()]
    assert steps == [1, 5]


def test_a_spoilt_checkpoint_is_refused(train):
    _, out = train("backbone", "--steps", 1)
    (out.with_suffix("") / CHECKPOINT).write_bytes(b"half a checkpo")
    assert "remove it to start anew" in refused(train("backbone", "--steps", 1)[0])


def test_a_spoilt_picture_is_left_out(train, tmp_path):
    people = painted_shards(tmp_path / "spoilt", pictures=10, persons=5)
    content = bytearray((people / "people-000000.tar").read_bytes())
    place = content.index(b"000000_000001.picture") + 512
    content[place : place + 100] = bytes(100)
    (people / "people-000000.tar").write_bytes(content)
    with pytest.warns(UserWarning, match="000000_000001 was left out"):
        said, _ = train("backbone", "--steps", 4, data=people)
    assert said.code == 0, said.err


@pytest.mark.filterwarnings("ignore:.*left out")
def test_shards_that_are_no_shards_any_more_are_refused(train, tmp_path):
    people = painted_shards(tmp_path / "spoilt", pictures=4, persons=2)
    for path in people.glob("*.tar"):
        path.write_bytes(b"nonsense")
    said, out = train("backbone", "--steps", 1, data=people)
    assert "has 8 bytes, but" in refused(said) and not out.exists()


@CASES.case("holds no shards")
def folder_without_people(bench):
    bench.text("notes.txt", "nothing here")
    return "backbone-tiny", "--data", bench.folder


@CASES.case("holds no sample that can be read")
def keypoints_instead_of_people(bench):
    return "backbone-tiny", "--data", bench.raw("good.npz", bench.good.read_bytes())


@CASES.case("absent.safetensors")
def missing_start(bench):
    return "structure-motion-tiny", "--data", bench.folder, "--start", bench.folder / "absent.safetensors"


@CASES.case("cannot be read as weights")
def start_that_is_no_backbone(bench):
    return "structure-motion-tiny", "--data", bench.folder, "--start", bench.text("start.safetensors", "no weights")


@CASES.case("holds no shards")
def validation_people_who_are_none(bench):
    return "backbone-tiny", "--data", bench.folder, "--validation", bench.folder


@pytest.mark.filterwarnings("ignore:.*left out")
@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_one_sentence(run, bench, name):
    make, words = CASES[name]
    check_refusal(run, bench, ("train", *make(bench), "--out", bench.folder / "w.safetensors"), words)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--labelled-share", "0", "labelled share of 0.0 makes no sense"),
        ("--labelled-share", "nan", "labelled share of nan makes no sense"),
        ("--backgrounds", "absent", "absent"),
        ("--folder", "a_file", "cannot be made"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(train, tmp_path, monkeypatch, option, value, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_file").write_text("not a folder", encoding="utf-8")
    said, out = train("structure-motion", option, value)
    assert words in refused(said) and not out.exists()


def test_too_few_people_are_refused(train, tmp_path):
    people = painted_shards(tmp_path / "one", pictures=2, persons=1)
    assert "too few" in refused(train("structure-motion", data=people)[0])
