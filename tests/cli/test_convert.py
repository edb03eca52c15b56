"""`maquette convert`: the file, what is said of it, and bad files refused in one sentence."""

import json

import pytest
import torch
from made_efficientnets import sample_efficientnet
from made_graphs import described, write_graph, write_movenet
from refusal import Cases, refused
from safetensors import safe_open

from maquette.methods.backbone.convert import feature_shapes
from maquette.methods.backbone.pretrained import PRETRAINED
from maquette.nets.sizes import InvertedResidual, KeypointPyramid, MobileSizes

SIZES = MobileSizes(
    stem=4,
    blocks=(InvertedResidual(4, expansion=1), *(InvertedResidual(width, 2, expansion=2) for width in (6, 8, 10, 12))),
    last=16,
    pyramid=KeypointPyramid(reads=(3, 2, 1), lateral=(8, 8, 6, 5), smooth=(6, 5, 7), hidden=9),
)
REFUSED = Cases()


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    for name in PRETRAINED:
        monkeypatch.setitem(PRETRAINED, name, PRETRAINED[name]._replace(sizes=SIZES))


def write_model(folder):
    return write_movenet(folder, {name: torch.zeros(shape) for name, shape in feature_shapes(SIZES).items()})


def test_a_graph_becomes_a_file_that_says_whose_it_is(run, tmp_path):
    out = tmp_path / "new" / "thunder.safetensors"
    said = run("convert", write_model(tmp_path), "--out", out)
    assert said.code == 0 and said.err == "", said.err
    origin, written = said.out.splitlines()
    assert "Google" in origin and "Apache-2.0" in origin and "'assisted'" in origin and written == f"wrote {out}"
    with safe_open(out, "pt") as file:
        assert set(file.keys()) == set(feature_shapes(SIZES))
        assert file.metadata()["network"] == "movenet-thunder" and file.metadata()["line"] == "assisted"
    first = out.read_bytes()
    assert run("convert", tmp_path / "model.json", "--out", out, "--network", "movenet-thunder").code == 0
    assert out.read_bytes() == first


@REFUSED.case("no such file", "check the path")
def absent_model(bench):
    return bench.folder / "absent.json", "--out", bench.folder / "a.safetensors"


@REFUSED.case("no ending that is known", "model.json", ".pth")
def unknown_form(bench):
    return bench.text("model.onnx", "x"), "--out", bench.folder / "a.safetensors"


@REFUSED.case("there is no network 'movenet'", "movenet-thunder, efficientnet-lite0")
def unknown_network(bench):
    return bench.text("model.json", "{}"), "--network", "movenet"


@REFUSED.case("should end in .safetensors")
def out_of_another_ending(bench):
    return write_model(bench.folder), "--out", bench.folder / "model.json"


@REFUSED.case("is a folder")
def out_that_is_a_folder(bench):
    (bench.folder / "a.safetensors").mkdir()
    return write_model(bench.folder), "--out", bench.folder / "a.safetensors"


@REFUSED.case("no tensor called 'model/conv1/conv2d_weights'", "give the graph of movenet thunder")
def another_graph(bench):
    return (write_graph(bench.folder, [described("a", torch.zeros(3).numpy())]),)


@REFUSED.case("may not be called '../secret.bin'")
def a_path_that_leaves_the_folder(bench):
    path = write_model(bench.folder)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["weightsManifest"][0]["paths"][0] = "../secret.bin"
    return (bench.text("model.json", json.dumps(content)),)


@REFUSED.case("cut off")
def numbers_cut_off(bench):
    path = write_model(bench.folder)
    last = max(bench.folder.glob("*.bin"), key=lambda one: int(one.stem.partition("shard")[2].partition("of")[0]))
    last.write_bytes(last.read_bytes()[:-1])
    return (path,)


@REFUSED.case("has no tensor '_bn0.bias'")
def another_network_of_torch(bench):
    values = sample_efficientnet(SIZES, torch.Generator().manual_seed(0))
    del values["_bn0.bias"]
    torch.save(values, bench.folder / "net.pth")
    return (bench.folder / "net.pth",)


@REFUSED.case("net.pth", "give the file of the package")
def no_network_of_torch(bench):
    return (bench.raw("net.pth", b"PK\x03\x04 and so on"),)


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused(run, bench, name):
    make, words = REFUSED[name]
    source, *more = make(bench)
    out = () if "--out" in more else ("--out", bench.folder / "a.safetensors")
    before = sorted(bench.folder.iterdir())
    said = run("convert", source, *more, *out)
    assert sorted(bench.folder.iterdir()) == before
    error = refused(said)
    assert said.out == "" and all(word in error for word in words), error


def test_what_is_read_is_not_replaced(run, tmp_path):
    path = write_model(tmp_path).rename(tmp_path / "net.safetensors")
    before = path.read_bytes()
    said = run("convert", path, "--network", "movenet-thunder", "--out", path)
    assert said.code == 2 and "is read here and would be replaced" in said.err and path.read_bytes() == before
