"""Assets: their splits and textures."""

import json
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.errors import InputError, SettingError
from maquette.rendering.split import Split
from maquette.rendering.wardrobe.assets.asset import ASSET_KINDS, Asset, read_manifest, read_texture, select_split
from maquette.rendering.wardrobe.assets.asset_store import AssetStore

MAKEHUMAN = Path(__file__).parents[4].parent / "shared/data/makehuman"
needs_assets = pytest.mark.skipif(not MAKEHUMAN.is_dir(), reason="the MakeHuman assets are not beside the repository")


@needs_assets
def test_splits_of_the_assets_are_disjoint_and_each_has_all_kinds():
    store = AssetStore.of(MAKEHUMAN)
    names = {split: store.select_split(split).names for split in get_args(Split)}
    for split in get_args(Split):
        kinds = {kind for kind, _ in names[split]}
        assert kinds == set(ASSET_KINDS)
    by_hand = {kind for kind, count in _counts(store).items() if count >= 3}
    for one, other in (("train", "val"), ("train", "test"), ("val", "test")):
        assert not {name for name in names[one] & names[other] if name[0] in by_hand}


def _counts(store):
    kinds = [kind for kind, _ in store.names]
    return {kind: kinds.count(kind) for kind in kinds}


def test_a_split_does_not_change_with_order_and_must_be_one_of_three():
    assets = [Asset(f"thing{i}", "hair", Path(f"{i}.png"), None, None) for i in range(20)]
    assert select_split(assets, "val") == select_split(assets[::-1], "val")
    assert sum(len(select_split(assets, split)) for split in get_args(Split)) == 20
    with pytest.raises(SettingError, match="train, val, test"):
        select_split(assets, "all")


def test_a_broken_picture_is_named(tmp_path):
    path = tmp_path / "cloth.png"
    for content in (b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50)):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"cloth\.png"):
            read_texture(path, has_alpha=False)


def test_alpha_is_kept_for_hair_alone(tmp_path):
    path = tmp_path / "hair.png"
    Image.new("RGBA", (4, 3), (10, 20, 30, 0)).save(path)
    assert read_texture(path, has_alpha=True).shape == (3, 4, 4)
    assert read_texture(path, has_alpha=False).shape == (3, 4, 3)


@pytest.mark.parametrize("key", ["name", "texture", "obj", "mhclo"])
@pytest.mark.parametrize("value", [{}, 1e308, None])
def test_a_manifest_whose_names_are_no_texts_is_refused_in_one_sentence(tmp_path, key, value):
    entry = {"name": "a", "kind": "outfit", "texture": "a.png", "obj": "a.obj", "mhclo": "a.mhclo"}
    (tmp_path / "manifest.json").write_text(json.dumps([entry | {key: value}]))
    with pytest.raises(InputError, match=f"'{key}' is no text") as caught:
        read_manifest(tmp_path)
    assert "\n" not in str(caught.value)
