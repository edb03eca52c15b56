"""Garments of MakeHuman: the binding rule by hand, and every way a file can be broken."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.errors import InputError
from maquette.rendering.bodies.body import anny_body
from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.assets.garment import Garment, read_binding
from maquette.rendering.wardrobe.assets.wavefront import read_mesh

WHITE = Material(np.full((2, 2, 3), 255, np.uint8))
BINDING = """# a comment
name patch
x_scale 0 1 2.0
y_scale 2 3 4.0
z_scale 4 5 0.5
material patch.mhmat
verts 0
material patch.mhmat
0 1 2 0.5 0.25 0.25 1.0 2.0 3.0
7
10 11 12 1.0 0.0 0.0 0.0 0.0 0.0

delete_verts
3 - 5 9
20
"""
MESH = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nf 1/1 2/2 3/3\n"


@pytest.fixture(scope="module")
def body():
    return anny_body()


@pytest.fixture
def files(tmp_path):
    binding, mesh = tmp_path / "patch.mhclo", tmp_path / "patch.obj"
    binding.write_text(BINDING)
    mesh.write_text(MESH)
    return binding, mesh


def test_the_fitting_rule_by_hand(files, body):
    vertices = np.random.default_rng(0).normal(size=(body.base_vertex_count, 3)).astype(np.float32)
    garment = Garment(body, *files, is_two_sided=False)
    fitted = garment.on(vertices, WHITE).vertices
    x = abs(vertices[0, 0] - vertices[1, 0]) / 2
    up = abs(vertices[2, 2] - vertices[3, 2]) / 4
    front = abs(vertices[4, 1] - vertices[5, 1]) / 0.5
    held = 0.5 * vertices[0] + 0.25 * vertices[1] + 0.25 * vertices[2]
    assert fitted[0] == pytest.approx(held + np.array([1 * x, -3 * front, 2 * up]), abs=1e-5)
    assert fitted[1] == pytest.approx(vertices[7])
    assert fitted[2] == pytest.approx(vertices[10])


def test_hidden_vertices_and_inherited_bones(files, body):
    garment = Garment(body, *files, is_two_sided=True)
    assert np.flatnonzero(garment.hides).tolist() == [3, 4, 5, 9, 20]
    surface = garment.on(np.zeros((body.base_vertex_count, 3), np.float32) + 0.1, WHITE)
    assert surface.is_two_sided
    assert surface.bone_weights.sum(axis=1) == pytest.approx(1)
    copied = dict(zip(surface.bones[1], surface.bone_weights[1], strict=True))
    for bone, weight in zip(body.bones[7], body.bone_weights[7], strict=True):
        assert weight == 0 or copied[bone] == pytest.approx(weight, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda text: "", "readable"),
        (lambda text: text.replace("x_scale 0 1 2.0", ""), "readable"),
        (lambda text: text.replace("x_scale 0 1 2.0", "x_scale 0 1 0"), "scale"),
        (lambda text: text.replace("x_scale 0 1 2.0", "x_scale 0 1 nan"), "scale"),
        (lambda text: text.replace("x_scale 0 1 2.0", "x_scale 0 99999 1"), "base mesh"),
        (lambda text: text.replace("0 1 2 0.5", "0 1 19158 0.5"), "base mesh"),
        (lambda text: text.replace("1.0 2.0 3.0", "1.0 nan 3.0"), "finite"),
        (lambda text: text.replace("1.0 2.0 3.0", "1.0 two 3.0"), "readable"),
        (lambda text: text.replace("0 1 2 0.5", "0 1 x 0.5"), "readable"),
        (lambda text: text.replace("0 1 2 0.5", "0 1 2.5 0.5"), "base mesh"),
        (lambda text: text.replace("3 - 5", "- 5"), "readable"),
        (lambda text: text[: text.index("0 1 2 0.5")], "no vertices"),
        (lambda text: text.replace("7\n", ""), "belong together"),
    ],
)
def test_a_broken_binding_is_named(files, body, change, word):
    files[0].write_text(change(BINDING))
    with pytest.raises(InputError, match=word) as caught:
        Garment(body, *files, is_two_sided=False)
    assert "patch" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "", "v 0 0 0\n", "v 0 0 0\nf 1 2 3\n", "v 0 0 0\nf 1/5 1/5 1/5\n", "v 0 0 0\nf a b c\n",
        "v 0 0 0\nf -1 -1 -1\n", "v 0 0 0\nvt nan 0\nf 1/1 1/1 1/1\n", "v 0 0 0\nvt 1\nf 1/1 1/1 1/1\n", "f\n",
    ],
)  # fmt: skip
def test_a_broken_mesh_is_named(tmp_path, text):
    path = tmp_path / "patch.obj"
    path.write_text(text)
    with pytest.raises(InputError, match=r"patch\.obj"):
        read_mesh(path)


def test_binary_missing_and_huge_files_are_named(tmp_path, body):
    with pytest.raises(InputError, match=r"none\.obj"):
        read_mesh(tmp_path / "none.obj")
    with pytest.raises(InputError, match=r"none\.mhclo"):
        read_binding(tmp_path / "none.mhclo", body.base_vertex_count)
    noise = tmp_path / "noise.mhclo"
    noise.write_bytes(bytes(range(256)) * 10)
    with pytest.raises(InputError, match=r"noise\.mhclo"):
        read_binding(noise, body.base_vertex_count)
    with (tmp_path / "huge.obj").open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(InputError, match="larger"):
        read_mesh(tmp_path / "huge.obj")


def test_faces_with_many_corners_are_cut_into_triangles(tmp_path):
    path = tmp_path / "patch.obj"
    path.write_text("v 0 0 0\n" * 5 + "vt 0.25 0.5\nf 1 2 3 4 5\nf 1/1/1 2/1 3//1\n")
    mesh = read_mesh(path)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 1, 2]]
    assert mesh.uv[3].tolist() == [[0.25, 0.5], [0.25, 0.5], [0, 0]]
