"""The wardrobe: people dressed by rule and in assets, and folders of assets that are broken."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")


from maquette.errors import InputError
from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import sample_phenotypes
from maquette.rendering.wardrobe.assets.asset_store import AssetStore
from maquette.rendering.wardrobe.garments.outfit import Wearer, sample_outfit
from maquette.rendering.wardrobe.tailoring.layer import widest_cover
from maquette.rendering.wardrobe.tailoring.workshop import workshop
from maquette.rendering.wardrobe.wardrobe import Wardrobe

MAKEHUMAN = Path(__file__).parents[3].parent / "shared/data/makehuman"
needs_assets = pytest.mark.skipif(not MAKEHUMAN.is_dir(), reason="the MakeHuman assets are not beside the repository")


@pytest.fixture(scope="module")
def body():
    return anny_body()


@pytest.fixture(scope="module")
def people(body):
    phenotypes = sample_phenotypes(12, np.random.default_rng(1))
    return list(zip(body.rests(phenotypes), phenotypes, strict=True))


def _check_person(body, rest, surfaces):
    skin, eyeballs, *rest_of_them = surfaces
    assert 3000 < len(skin.triangles) < len(body.skin_triangles)
    assert len(eyeballs.triangles) == len(body.eye_triangles)
    assert rest_of_them
    for surface in surfaces:
        assert np.isfinite(surface.vertices).all()
        assert np.isfinite(surface.keep).all()
        assert surface.triangles.max() < len(surface.vertices)
        assert np.allclose(surface.bone_weights.sum(axis=1), 1, atol=1e-3)
        assert (surface.parts >= 1).all()
        assert surface.material.texture.dtype == np.uint8
        assert len(surface.uv) == len(surface.parts) == len(surface.triangles)
        middle = rest.vertices[:13380].mean(axis=0)
        assert np.linalg.norm(surface.vertices - middle, axis=1).max() < 1.4


def test_everyone_is_dressed(body, people):
    wardrobe = Wardrobe()
    for number, (rest, phenotypes) in enumerate(people):
        _check_person(body, rest, wardrobe.dress(body, rest, phenotypes, np.random.default_rng(number)))


def test_hips_are_always_covered(body):
    shop = workshop(body)
    hips = (np.abs(shop.chart.height[:13380] - 0.9) < 0.06) & (shop.chart.arm[:13380] < -0.05)
    for number in range(60):
        wearer = Wearer(number % 2 == 0, [0.3, 0.75, 0.9][number % 3])
        outfit = sample_outfit(shop, wearer, np.random.default_rng(number))
        cover = widest_cover(outfit.layers, len(shop.chart.side))[:13380]
        assert (cover[hips] > 0).all()


def test_same_generator_same_person(body, people):
    rest, phenotypes = people[0]
    one, other = (Wardrobe().dress(body, rest, phenotypes, np.random.default_rng(3)) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        assert np.array_equal(first.vertices, second.vertices)
        assert np.array_equal(first.material.texture, second.material.texture)
        assert first.material.tint == second.material.tint


def test_without_assets_all_splits_have_the_same_wardrobe():
    wardrobe = Wardrobe()
    assert wardrobe.select_split("train") is wardrobe


@pytest.mark.slow
@needs_assets
def test_people_in_assets_are_dressed_too(body, people):
    wardrobe = Wardrobe(MAKEHUMAN)
    for number, (rest, phenotypes) in enumerate(people):
        surfaces = wardrobe.dress(body, rest, phenotypes, np.random.default_rng([1, number]))
        _check_person(body, rest, surfaces)


@needs_assets
def test_every_garment_of_makehuman_lies_near_the_body(body, people):
    store = AssetStore.of(MAKEHUMAN)
    generator = np.random.default_rng(0)
    rest, phenotypes = people[0]
    for kind in ("outfit", "shoes", "hat", "hair"):
        asset = store.sample(kind, phenotypes, generator)
        assert asset is not None
        surface = store.garment(body, asset).on(rest.vertices, store.dye(asset, generator))
        distance = np.linalg.norm(surface.vertices[::40, None] - rest.vertices[None, :13380:4], axis=-1).min(axis=1)
        assert np.median(distance) < 0.06


@pytest.mark.parametrize(
    ("manifest", "word"),
    [
        (None, "not there"),
        ("", "manifest"),
        ("{", "manifest"),
        ("[1]", "manifest"),
        ('{"kind": "hair"}', "manifest"),
        ('[{"kind": "hair"}]', "manifest"),
        (json.dumps([{"kind": "hair", "name": "a", "texture": "../../a.png", "obj": "a", "mhclo": "a"}]), "outside"),
        (json.dumps([{"kind": "skin", "name": "a", "texture": 7}]), "manifest"),
        ("[" * 100_000, "manifest"),
    ],
)
def test_a_broken_folder_is_named(tmp_path, manifest, word):
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(InputError, match=word) as caught:
        Wardrobe(tmp_path)
    assert "manifest.json" in str(caught.value)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        Wardrobe(tmp_path / "nowhere")
