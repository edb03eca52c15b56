"""Human3.6M: eleven actors in a studio, fifteen actions, four cameras, exact 3D."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maquette.body.catalog import H36M_17, H36M_32
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import missing_dataset
from maquette.data.readers.clip import (
    ClipName,
    Points,
    check_every,
    clip_of,
    join_all,
    join_people,
    no_points,
    points,
    select_names,
)
from maquette.data.readers.human36m_cameras import CALIBRATION_FILES, CameraCalibration, read_calibrations
from maquette.data.readers.human36m_files import PosedClip, find_recordings, read_metres, read_pixels
from maquette.data.readers.human36m_names import (
    CAMERAS,
    FLAWED_CLIPS,
    HUMAN36M_SUBJECTS,
    HUMAN36M_TEST_SUBJECTS,
    HUMAN36M_TRAINING_SUBJECTS,
    IMAGE_SIZES,
    action_of,
)
from maquette.errors import InputError, SettingError
from maquette.plain_text import count_of

_NAME = "Human3.6M"
_WANTED = (
    "S9/MyPoseFeatures/D3_Positions_mono/*.cdf (official), S9/MyPoses/3D_positions/*.h5 or data_3d_h36m.npz "
    "(VideoPose3D)"
)
_SPLITS = {"train": HUMAN36M_TRAINING_SUBJECTS, "test": HUMAN36M_TEST_SUBJECTS, "all": HUMAN36M_SUBJECTS}


def read_human36m(
    root: Path,
    *,
    split: str = "test",
    subjects: Sequence[str] | None = None,
    cameras: Sequence[str] | None = None,
    every: int = 1,
    skeleton: Skeleton = H36M_17,
) -> AnnotatedPeople:
    """Human3.6M in any of its layouts (see `maquette.data.readers.human36m_files`), every camera a clip of its own.

    World joints are brought into the cameras by the calibration that must then lie in the same folder (see
    `maquette.data.readers.human36m_cameras`); with one, 2D that no file gives is projected. Clips with shifted ground
    truth (`FLAWED_CLIPS`) are flagged in ``is_flawed``, not left out. Videos need not be there.

    Args:
        root: The folder that holds ``S1``, ``S5``, ..., or VideoPose3D's file or its folder.
        split: ``train`` (S1, S5, S6, S7, S8), ``test`` (S9, S11) or ``all``.
        subjects: Other subjects than the split's.
        cameras: Names such as ``54138969``; None takes all four.
        every: Takes frames 0, ``every``, 2 ``every``, ... of each clip.
        skeleton: What to put them on by joint name; `H36M_32` keeps all published joints.

    Raises:
        InputError: There is no such data set, or nothing in it can be read.
        SettingError: An unknown split, subject or camera.
    """
    check_every(every)
    people = _people(split, subjects)
    views = select_names(cameras, CAMERAS, f"camera of {_NAME}")
    recordings, skipped = find_recordings(root, people)
    if not recordings and not skipped:
        raise missing_dataset(root, _NAME, f"{_WANTED}, of {', '.join(people)}")
    reader = _Reader(root if root.is_dir() else root.parent, views, every, skeleton)
    read = [reader.read(recording) for recording in recordings]
    parts = [part for found, _ in read for part in found]
    skipped += [sentence for _, sentences in read for sentence in sentences]
    missing = [name for name in people if name not in {recording.subject for recording in recordings}]
    skipped += [f"'{root}' has no {name}" for name in missing]
    return join_all(parts, skipped, f"'{root}' has no frame of {', '.join(people)}")


def _people(split: str, subjects: Sequence[str] | None) -> tuple[str, ...]:
    if split not in _SPLITS:
        raise SettingError(f"{_NAME} has no split '{split}'; known are {', '.join(_SPLITS)}")
    return _SPLITS[split] if subjects is None else select_names(subjects, HUMAN36M_SUBJECTS, f"subject of {_NAME}")


class _Reader:
    """What the recordings of one data set have in common."""

    def __init__(self, root: Path, cameras: Sequence[str], every: int, skeleton: Skeleton) -> None:
        self.root, self.cameras, self.every, self.skeleton = root, cameras, every, skeleton
        self.calibrations = read_calibrations(root)

    def read(self, recording: PosedClip) -> tuple[list[AnnotatedPeople], list[str]]:
        """One part a camera, and a sentence for each that cannot be read."""
        parts, skipped = [], []
        if recording.mono:
            for camera in self.cameras:
                if camera in recording.mono:
                    try:
                        parts.append(self._from_mono(recording, camera))
                    except InputError as error:
                        skipped.append(str(error))
            return parts, skipped
        try:
            return [self._from_world(recording)], []
        except InputError as error:
            return [], [str(error)]

    def _from_mono(self, recording: PosedClip, camera: str) -> AnnotatedPeople:
        joints = read_metres(recording.mono[camera])
        frames = np.arange(0, len(joints), self.every)
        metres, universal, pixels = points(joints[frames]), None, None
        if camera in recording.universal:
            universal = points(self._matching(recording.universal[camera], read_metres, len(joints))[frames]).joints
        if camera in recording.pixels:
            pixels = points(self._matching(recording.pixels[camera], read_pixels, len(joints))[frames])
        return self._clip(recording, camera, frames, metres, pixels, universal)

    @staticmethod
    def _matching(path: Path, read, count: int) -> np.ndarray:
        joints = read(path)
        if len(joints) != count:
            raise InputError(
                f"'{path}' has {count_of(len(joints), 'frame')}, the 3D joints in the camera frame {count}"
            )
        return joints

    def _from_world(self, recording: PosedClip) -> AnnotatedPeople:
        where = recording.world
        joints = read_metres(where) if isinstance(where, Path) else np.asarray(where, np.float64)
        frames = np.arange(0, len(joints), self.every)
        parts = []
        for camera in self.cameras:
            calibration = self._calibration(recording.subject, camera)
            metres = points(calibration.in_camera(joints[frames]))
            parts.append(self._clip(recording, camera, frames, metres, None, None))
        return join_people(parts)

    def _calibration(self, subject: str, camera: str) -> CameraCalibration:
        calibration = self.calibrations.get((subject, camera))
        if calibration is None:
            raise InputError(
                f"'{self.root}' holds joints in the world but no calibration of camera {camera} for {subject}; "
                f"put {', '.join(CALIBRATION_FILES[:-1])} or {CALIBRATION_FILES[-1]} there"
            )
        return calibration

    def _clip(
        self,
        recording: PosedClip,
        camera: str,
        frames: np.ndarray,
        metres: Points,
        pixels: Points | None,
        universal: np.ndarray | None,
    ) -> AnnotatedPeople:
        calibration = self.calibrations.get((recording.subject, camera))
        if pixels is None and calibration is not None:
            seen = calibration.pixels(metres.joints.astype(np.float64))
            pixels = points(np.where(metres.known[..., None], seen, np.nan))
        subject, name = recording.subject, recording.name
        labels = ClipName("human3.6m", self.root, f"{subject}/{name}/{camera}", subject, action_of(name), camera)
        return clip_of(
            labels,
            H36M_32,
            frames,
            pixels or no_points(len(frames), len(H36M_32), 2),
            metres,
            pictures=recording.videos.get(camera, ""),
            universal_m=universal,
            camera_matrices=None if calibration is None else calibration.matrix,
            image_sizes=IMAGE_SIZES[camera],
            is_flawed=(subject, name) in FLAWED_CLIPS,
        ).mapped_to(self.skeleton, exact_only=True)
