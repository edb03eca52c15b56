"""Backgrounds: folders good and bad, splits, geometry that agrees with the camera, and pictures that repeat."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maquette.errors import InputError
from maquette.rendering.imaging.blur import soften
from maquette.rendering.imaging.warp import warp_photograph
from maquette.rendering.surroundings.background import BackgroundSource, sample_made_backdrop
from maquette.rendering.surroundings.collage import sample_collage
from maquette.rendering.surroundings.light import harmonics
from maquette.rendering.surroundings.outdoors import sample_outdoors
from maquette.rendering.surroundings.photo_backdrop import fit_panorama, sample_crop, sample_view
from maquette.rendering.surroundings.photographs import Photograph, PhotographCache, photographs_in
from maquette.rendering.surroundings.room import sample_room, sample_studio
from maquette.rendering.surroundings.viewpoint import Viewpoint, sample_viewpoint


def some_view(seed=0, size=(96, 80)):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(100, 3)) * [0.2, 0.15, 0.1] + np.linspace(0, 1.7, 100)[:, None] * [0, 0, 1]
    return sample_viewpoint(points, size, generator)


def axis_view(fov_deg=30.0, pitch_deg=0.0, size=(64, 64)):
    """Looking along the world's y, from a metre and a half above the floor."""
    pitch, focal = np.radians(pitch_deg), size[0] / 2 / np.tan(np.radians(fov_deg) / 2)
    forward = np.array([0, np.cos(pitch), np.sin(pitch)])
    rotation = np.stack([[1, 0, 0], np.cross(forward, [1, 0, 0]), forward])
    matrix = np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1]])
    return Viewpoint(
        size=size,
        camera_matrix=matrix.astype(np.float32),
        camera_from_world=np.column_stack([rotation, rotation @ [0, 0, -1.5]]).astype(np.float32),
        focus_m=3.0,
    )


@pytest.fixture
def folder(tmp_path):
    generator = np.random.default_rng(0)
    for index in range(6):
        pixels = generator.integers(0, 256, (40 + index, 64, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"place_{index}.{'png' if index % 2 else 'jpg'}")
    return tmp_path


def names_of(source, count=60):
    view = some_view()
    return [source.sample(np.random.default_rng(seed), view).name for seed in range(count)]


def test_without_a_folder_everything_is_drawn():
    assert set(names_of(BackgroundSource())) == {"room", "outdoors", "studio", "collage"}


@pytest.mark.slow
def test_seven_in_ten_are_photographs(folder):
    names = names_of(BackgroundSource(folder), 150)
    assert 0.58 < np.mean(["place" in name for name in names]) < 0.82
    assert len({name for name in names if "place" in name}) == 6


@pytest.mark.parametrize("sample", [sample_room, sample_outdoors, sample_studio], ids=["room", "outdoors", "studio"])
def test_places_are_seen_from_anywhere_in_them(sample):
    for seed in range(12):
        view = some_view(seed)
        place = sample(view, np.random.default_rng(seed))
        picture = place.picture_from(view)
        assert picture.shape == (80, 96, 3) and picture.dtype == np.float32
        assert np.isfinite(picture).all() and picture.min() >= 0
        assert 0.01 < np.median(picture) < 1.5
        assert place.has_floor and place.light is not None


def test_a_pixel_shows_the_same_place_at_any_resolution():
    for sample in (sample_room, sample_outdoors):
        view = some_view(3, (64, 64))
        place = sample(view, np.random.default_rng(3))
        fine = place.picture_from(view.scaled(2.0))
        halved = fine.reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
        assert np.abs(soften(halved, 2.0) - soften(place.picture_from(view), 2.0)).mean() < 0.03


def test_the_floor_of_a_room_lies_below_the_horizon():
    view = axis_view(60.0)
    room = sample_room(view, np.random.default_rng(8))
    floor = np.array([[0.0, 1.2, 0.0]])
    column, row, _ = view.project(floor)[0]
    assert row > 31.5
    levels = room.numbers.colours.copy()
    levels[:] = 0
    levels[0] = 1
    only_floor = room.numbers._replace(colours=levels, panels=room.numbers.panels[:0], kinds=np.zeros(3, np.int32))
    picture = type(room)(
        heading_rad=room.heading_rad, numbers=only_floor, blur=0.0, light=room.light, name="room"
    ).picture_from(view)
    assert picture[min(round(row), 63), round(column), 0] > 0.3
    assert picture[:31].max() == 0


def test_collages_do_not_move_with_the_camera():
    collage = sample_collage(np.random.default_rng(0))
    np.testing.assert_array_equal(collage.picture_from(some_view(1)), collage.picture_from(some_view(2)))
    assert not collage.has_floor and collage.light is None


def test_the_same_seed_gives_the_same_picture(folder):
    view = some_view()
    for seed in range(15):
        once, again = (BackgroundSource(folder).sample(np.random.default_rng(seed), view) for _ in range(2))
        assert once.name == again.name
        np.testing.assert_array_equal(once.picture, again.picture)


def test_a_clip_sees_one_place(folder):
    source, view = BackgroundSource(folder), some_view()
    for seed in range(8):
        backdrop = source.sample_backdrop(np.random.default_rng(seed), view)
        np.testing.assert_array_equal(backdrop.picture_from(view), backdrop.picture_from(view))


def test_what_was_decoded_before_changes_nothing(folder):
    fresh, used = BackgroundSource(folder), BackgroundSource(folder, cache_bytes=9000)
    names_of(used, 20)
    mine, other = (source.sample(np.random.default_rng(5), some_view()) for source in (fresh, used))
    np.testing.assert_array_equal(mine.picture, other.picture)


def test_bad_files_are_left_out_and_named(folder):
    (folder / "empty.jpg").touch()
    (folder / "text.png").write_text("no picture")
    whole = (folder / "place_0.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    Image.new("RGB", (4, 4)).save(folder / "tiny.png")
    source = BackgroundSource(folder)
    names = names_of(source, 120)
    assert not {"empty.jpg", "text.png", "cut.jpg", "tiny.png"} & set(names)
    assert len(source.skipped) == 4
    assert all("was skipped" in sentence for sentence in source.skipped)


@pytest.mark.parametrize("words", ["is no folder", "holds no JPEG"])
def test_folders_that_are_none_are_refused(tmp_path, words):
    folder = tmp_path / "absent" if "no folder" in words else tmp_path
    with pytest.raises(InputError, match=words):
        BackgroundSource(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hdri_crops.json", "{"),
        ("hdri_crops.json", "[]"),
        ("hdri_crops.json", '{"place_0.jpg": {"hdri": "hall"}}'),
        ("hdri_crops.json", '{"place_0.jpg": 3}'),
        ("licences.json", "\x00"),
        ("hdri.npz", "nothing"),
    ],
)
def test_damaged_lists_are_named(folder, name, content):
    (folder / name).write_text(content)
    with pytest.raises(InputError, match=name):
        BackgroundSource(folder)


def test_splits_share_no_file_and_no_place(folder):
    for index in range(40):
        for part in range(3):
            Image.new("RGB", (20, 20)).save(folder / f"hdri_hall_{index}_{part}.jpg")
    source = BackgroundSource(folder)
    splits = {split: source.select_split(split).photographs for split in ("train", "val", "test")}
    assert sum(map(len, splits.values())) == len(source.photographs) == 126
    places = [{photograph.series for photograph in photographs} for photographs in splits.values()]
    assert not places[0] & places[1] and not places[0] & places[2] and not places[1] & places[2]
    assert all(len(members) > 0 for members in places)
    assert len(places[0]) > 25


@pytest.mark.parametrize(
    ("first", "second", "are_together"),
    [
        ("hdri_old_hall_0", "hdri_old_hall_3", True),
        ("davis_cows_00010", "davis_cows_00090", True),
        ("grocery_train_lime_001", "grocery_test_lime_019", True),
        ("davis_cows_00010", "davis_camel_00010", False),
        ("IMG_0001", "IMG_0002", False),
    ],
)
def test_series_go_by_name(tmp_path, first, second, are_together):
    for name in (first, second):
        Image.new("RGB", (20, 20)).save(tmp_path / f"{name}.jpg")
    one, other = photographs_in(tmp_path)
    assert (one.series == other.series) == are_together


def test_splits_depend_on_nothing_but_the_name():
    assert Photograph(Path("a/place.jpg"), "place").split == Photograph(Path("b/place.jpg"), "place").split


def test_crops_stay_inside_and_keep_proportions():
    for seed in range(40):
        matrix = sample_crop((300, 200), (64, 64), np.random.default_rng(seed))
        corners = matrix @ np.array([[0, 63, 0, 63], [0, 0, 63, 63], [1, 1, 1, 1]])
        assert corners[0].min() > -20 and corners[0].max() < 319
        assert corners[1].min() > -20 and corners[1].max() < 219
        sides = np.linalg.norm(matrix[:2, :2], axis=0)
        assert 0.7 < sides[0] / sides[1] < 1.4


def test_one_lit_pixel_lands_where_the_homography_says():
    photograph = np.zeros((50, 60, 3), np.uint8)
    photograph[20, 30] = 255
    moved = warp_photograph(photograph, np.array([[1.0, 0, 12], [0, 1, 5], [0, 0, 1]]), (40, 30))
    assert np.argwhere(moved[..., 0] > 0.5).tolist() == [[15, 18]]
    mirrored = warp_photograph(photograph, np.array([[-1.0, 0, 59], [0, 1, 0], [0, 0, 1]]), (60, 50))
    assert np.argwhere(mirrored[..., 0] > 0.5).tolist() == [[20, 29]]


def test_shrinking_averages_light():
    photograph = np.zeros((60, 60, 3), np.uint8)
    photograph[::2] = 255
    small = warp_photograph(photograph, np.array([[4.0, 0, 1.5], [0, 4, 1.5], [0, 0, 1]]), (15, 15))
    np.testing.assert_allclose(small, 0.5, atol=1e-3)


def panorama_folder(folder, yaw_deg, pitch_deg):
    """One crop with a single bright spot in its middle, lit by a sun in the same direction."""
    pixels = np.full((101, 101, 3), 40, np.uint8)
    pixels[49:52, 49:52] = 255
    Image.fromarray(pixels).save(folder / "hdri_hall_0.png")
    entry = {"hdri": "hall", "yaw_deg": yaw_deg, "pitch_deg": pitch_deg, "hfov_deg": 80.0}
    (folder / "hdri_crops.json").write_text(json.dumps({"hdri_hall_0.png": entry}))
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    direction = np.array([np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    sh = harmonics(direction)[:, None] * np.ones(3)
    sh[0] += 2
    np.savez(folder / "hdri.npz", names=np.array(["hall"]), sh=sh[None].astype(np.float32))
    return folder


@pytest.mark.parametrize("seed", range(6))
def test_a_panorama_and_its_light_agree_with_the_camera(tmp_path, seed):
    photograph = photographs_in(panorama_folder(tmp_path, 70.0, 12.0))[0]
    pixels = PhotographCache(10**6).read(photograph.path)
    generator, view = np.random.default_rng(seed), axis_view(fov_deg=40.0, pitch_deg=8.0)
    found = sample_view(photograph, (101, 101), view, generator)
    backdrop = fit_panorama(photograph, pixels, found, generator)
    picture = backdrop.picture_from(view)[..., 0]
    bright = np.argwhere(picture > 0.6 * picture.max())
    sun = backdrop.light.sun_direction
    column, row, _ = view.project((view.position_m + 100 * sun)[None].astype(float))[0]
    np.testing.assert_allclose(bright.mean(axis=0), [row, column], atol=2.0)
    assert backdrop.has_floor


def test_views_that_a_crop_does_not_cover_are_not_forced(tmp_path):
    photograph = photographs_in(panorama_folder(tmp_path, 70.0, 12.0))[0]
    for fov, pitch in ((100.0, 12.0), (40.0, -45.0)):
        view = axis_view(fov_deg=fov, pitch_deg=pitch)
        assert sample_view(photograph, (101, 101), view, np.random.default_rng(0)) is None
    steep = BackgroundSource(tmp_path).sample(np.random.default_rng(1), axis_view(40.0, -45.0))
    assert steep.name == "hdri_hall_0.png" and not steep.has_floor


def test_patches_are_pieces_of_photographs(folder):
    patch = BackgroundSource(folder).sample_patch(np.random.default_rng(0), (33, 21))
    assert patch.shape == (21, 33, 3) and patch.dtype == np.uint8 and patch.std() > 5
    assert BackgroundSource().sample_patch(np.random.default_rng(0), (33, 21)).shape == (21, 33, 3)


@pytest.mark.slow
def test_shared_backgrounds(shared_data):
    folder = shared_data / "backgrounds"
    if not folder.is_dir():
        pytest.skip("the shared backgrounds are not there")
    source = BackgroundSource(folder)
    view = axis_view(35.0)
    drawn = [source.sample(np.random.default_rng(seed), view) for seed in range(150)]
    photographs = [background for background in drawn if "." in background.name]
    groceries = [background for background in photographs if background.name.startswith("grocery")]
    assert 0.55 < len(photographs) / len(drawn) < 0.85
    assert len(groceries) <= 0.15 * len(photographs)
    assert any(background.light is not None and background.has_floor for background in photographs)
    assert not source.skipped
    for split in ("train", "val", "test"):
        assert any(photograph.crop for photograph in source.select_split(split).photographs)


@pytest.mark.slow
def test_drawn_places_follow_their_shares():
    view = some_view(0, (16, 16))
    names = [sample_made_backdrop(np.random.default_rng(seed), view).name for seed in range(200)]
    assert 0.35 < names.count("room") / 200 < 0.55 and names.count("collage") > 5
