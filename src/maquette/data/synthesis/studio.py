"""The studio: casts of dressed people put into poses, places and light, and photographed.

Everything that a shoot shows follows from the settings, the files, the seed and the shoot's number alone, so that
shoots can be made in any order, by any number of workers, and again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from maquette.data.motion.library import MotionLibrary
from maquette.data.synthesis.settings import SynthesisSettings
from maquette.rendering.bodies.body import AnnyBody, RestBody, anny_body
from maquette.rendering.bodies.shape import sample_phenotypes
from maquette.rendering.imaging.sensor import Sensor, sample_sensor
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture
from maquette.rendering.mesh import Surface
from maquette.rendering.performer import Motion, Performer, place_apart
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.scene import Moment, RenderedScene, render_scene
from maquette.rendering.surroundings.background import BackgroundSource
from maquette.rendering.surroundings.held import sample_held_thing
from maquette.rendering.surroundings.light import sample_light
from maquette.rendering.surroundings.prop import sample_props
from maquette.rendering.surroundings.viewpoint import sample_camera_path, sample_viewpoint
from maquette.rendering.wardrobe.wardrobe import Wardrobe

_SHOOTS_OF_A_BLOCK = 64
"""Whose poses are drawn together."""
_HOLDING = 0.1
"""Share of people in single pictures who hold something."""
_BODIES_OF_A_BLOCK = 16
"""That are shaped together."""


def people_in_shoot(settings: SynthesisSettings, seed: int, shoot: int) -> int:
    """How many people are in each picture of a shoot."""
    return int(_generator(seed, shoot, 0).integers(settings.fewest_people, settings.most_people + 1))


def shoots_for(settings: SynthesisSettings, seed: int, people: int) -> int:
    """How many shoots it takes until so many people have been pictured; one in three pictures counts three."""
    if settings.fewest_people == settings.most_people:
        return -(-people // (settings.most_people * settings.pictures_per_shoot))
    shoots, pictured = 0, 0
    while pictured < people:
        pictured += people_in_shoot(settings, seed, shoots) * settings.pictures_per_shoot
        shoots += 1
    return shoots


@dataclass(frozen=True)
class Studio:
    """Everything that is loaded once and used for every shoot."""

    settings: SynthesisSettings
    motion: MotionLibrary
    wardrobe: Wardrobe
    backgrounds: BackgroundSource
    body: AnnyBody
    _pose_blocks: dict[tuple[int, int], BodyPose] = field(default_factory=dict)
    _rest_blocks: dict[tuple[int, int], list[RestBody]] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        settings: SynthesisSettings,
        motion: MotionLibrary,
        *,
        assets: Path | None = None,
        backgrounds: Path | None = None,
    ) -> "Studio":
        """A studio with clothes of a folder of assets and photographs of a folder of backgrounds, where given.

        Raises:
            InputError: A folder is missing or holds nothing of use, or no motion of the settings' subjects is there.
            MissingExtraError: anny or numba is not installed.
        """
        wardrobe, source = Wardrobe(assets), BackgroundSource(backgrounds)
        if (split := settings.split) != "all":
            wardrobe, source = wardrobe.select_split(split), source.select_split(split)
        library = motion.select_subjects(settings.subjects) if settings.subjects else motion
        return cls(settings, library, wardrobe, source, anny_body())

    def shoot(self, seed: int, number: int) -> Iterator[LabelledPicture]:
        """The pictures of one shoot: a clip, or single pictures of the same people in other poses and places."""
        generator = _generator(seed, number, 1)
        cast = self._cast(seed, number, generator)
        if self.settings.clip_frames > 1:
            yield from self._clip(cast, number, generator)
        else:
            poses, people = self._poses(seed, number), self.settings.most_people
            for picture in range(self.settings.pictures_per_cast):
                first = picture * people
                yield self._picture(cast, poses.select(slice(first, first + len(cast))), generator)

    def _cast(self, seed: int, number: int, generator: np.random.Generator) -> list[Performer]:
        people = people_in_shoot(self.settings, seed, number)
        return [
            Performer(self.body, rest, self.wardrobe.dress(self.body, rest, rest.phenotypes, generator), identity)
            for identity, rest in enumerate(self._rests(seed, number)[:people], number * self.settings.most_people)
        ]

    def _rests(self, seed: int, number: int) -> list[RestBody]:
        """The bodies of a shoot; they are shaped for several shoots at once, which is cheaper."""
        most = self.settings.most_people
        shoots = max(1, _BODIES_OF_A_BLOCK // most)
        block, place = divmod(number, shoots)
        if (seed, block) not in self._rest_blocks:
            self._rest_blocks.clear()
            phenotypes = sample_phenotypes(shoots * most, _generator(seed, block, 3))
            self._rest_blocks[seed, block] = self.body.rests(phenotypes)
        return self._rest_blocks[seed, block][place * most : (place + 1) * most]

    def _poses(self, seed: int, number: int) -> BodyPose:
        """The single poses of a shoot, picture by picture; they are drawn for many shoots at once, which is cheaper."""
        settings = self.settings
        each = settings.pictures_per_cast * settings.most_people
        block, place = divmod(number, _SHOOTS_OF_A_BLOCK)
        if (seed, block) not in self._pose_blocks:
            self._pose_blocks.clear()
            count = _SHOOTS_OF_A_BLOCK * each
            self._pose_blocks[seed, block] = self.motion.sample_poses(count, _generator(seed, block, 2))
        return self._pose_blocks[seed, block].select(slice(place * each, (place + 1) * each))

    def _picture(self, cast: list[Performer], poses: BodyPose, generator: np.random.Generator) -> LabelledPicture:
        motions = [Motion.of(one, poses.select(slice(i, i + 1))).ground() for i, one in enumerate(cast)]
        motions = place_apart([motion.centre() for motion in motions], generator)
        return self._photograph(motions, generator)

    def _clip(self, cast: list[Performer], number: int, generator: np.random.Generator) -> Iterator[LabelledPicture]:
        frames, fps = self.settings.clip_frames, self.settings.fps
        times = np.arange(frames) / fps
        windows = [self.motion.sample_window(frames, fps, generator)[0] for _ in cast]
        motions = [Motion.of(one, window).ground() for one, window in zip(cast, windows, strict=True)]
        motions = place_apart([motion.centre() for motion in motions], generator)
        start = sample_viewpoint(np.concatenate([motion.outline_m for motion in motions]), self._size, generator)
        backdrop = self.backgrounds.sample_backdrop(generator, start)
        light, sensor = backdrop.light or sample_light(generator), self._sensor(generator)
        props = tuple(sample_props(np.stack([motion.box_m for motion in motions]), start, generator))
        for frame, view in enumerate(sample_camera_path(start, times, generator)):
            scene = RenderedScene(
                actors=tuple(motion.actor(frame, i + 1) for i, motion in enumerate(motions)),
                props=props,
                viewpoint=view,
                background=backdrop.picture_from(view),
                has_floor=backdrop.has_floor,
                light=light,
                sensor=replace(sensor, noise_seed=int(generator.integers(2**31))),
            )
            yield render_scene(scene, Moment(number, frame, float(times[frame])))

    def _photograph(self, motions: list[Motion], generator: np.random.Generator) -> LabelledPicture:
        view = sample_viewpoint(np.concatenate([motion.outline_m for motion in motions]), self._size, generator)
        background = self.backgrounds.sample(generator, view)
        scene = RenderedScene(
            actors=tuple(motion.actor(0, i + 1) for i, motion in enumerate(motions)),
            props=tuple(
                sample_props(np.stack([motion.box_m for motion in motions]), view, generator)
                + [thing for motion in motions for thing in _sample_held(motion, generator)]
            ),
            viewpoint=view,
            background=background.picture,
            has_floor=background.has_floor,
            light=background.light or sample_light(generator),
            sensor=self._sensor(generator),
        )
        return render_scene(scene)

    def _sensor(self, generator: np.random.Generator) -> Sensor:
        return sample_sensor(generator, self.settings.sensor_strength)

    @property
    def _size(self) -> tuple[int, int]:
        return self.settings.width, self.settings.height


def _generator(seed: int, shoot: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, shoot, purpose])


def _sample_held(motion: Motion, generator: np.random.Generator) -> list[Surface]:
    """What a person holds in the first frame: mostly nothing."""
    if generator.random() >= _HOLDING:
        return []
    side = "lr"[int(generator.integers(2))]
    at = RENDERED_SKELETON.indices(*(f"{side}_{name}" for name in ("wrist", "hand", "elbow")))
    wrist, hand, elbow = motion.joints_m[0, at]
    return [sample_held_thing((wrist + hand) / 2, wrist - elbow, generator)]
