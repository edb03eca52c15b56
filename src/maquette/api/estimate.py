"""An Estimate as users have it: the poses and their history, which save and show themselves."""

from dataclasses import dataclass, field, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from maquette.api.formats import draw_page, save_as
from maquette.api.stage import StageProgress, no_stages
from maquette.arrays import no_progress
from maquette.body.estimate import PoseEstimate
from maquette.errors import MaquetteError
from maquette.extras import optional_import
from maquette.io.csv_table import pose_table
from maquette.io.pictures import PictureSource
from maquette.plain_text import count_of

if TYPE_CHECKING:
    import pandas

_PAGE_HEIGHT_PX = 760


@dataclass(frozen=True, kw_only=True, repr=False)
class Estimate(PoseEstimate):
    """3D poses of a video, picture or keypoint file, with the 2D points they came from and how they were made.

    ``poses`` (`Poses3d`) and ``keypoints`` (`Poses2d`) have the same frames, persons and skeleton. In a notebook an
    estimate shows itself as the page that `save` writes as HTML.
    """

    pictures: PictureSource | None = field(default=None, compare=False)
    """Where pages, overlays and figures take their pictures from; no result file holds it."""

    @classmethod
    def of(cls, estimate: PoseEstimate, pictures: PictureSource | None = None) -> "Estimate":
        """The same poses as an Estimate.

        Args:
            estimate: As parts of the library hand it on.
            pictures: What it was made from.
        """
        return cls(**{each.name: getattr(estimate, each.name) for each in fields(PoseEstimate)}, pictures=pictures)

    def save(
        self, path: str | Path, *, frame: int | None = None, progress: StageProgress = no_stages
    ) -> tuple[Path, ...]:
        """Write it in the format that the ending of ``path`` names.

        Results: ``.npz`` keeps everything, ``.json`` everything rounded; `read_result` reads both. ``.csv`` is a table
        with a row for each person and frame, ``.trc`` goes to OpenSim. docs/results.md describes them. Drawings:
        ``.html`` is a page to turn and scroll, ``.mp4`` an overlay video, ``.png`` a figure of one frame; they show
        the `pictures`, which are read from the disk once more, or an empty canvas.

        Args:
            path: What is there is replaced once the new file is whole; missing folders are made.
            frame: That a figure shows, counted from 0; by default the one of which most was seen, and seen surest.
            progress: Told which drawing is made and how many frames of it are done.

        Returns:
            The files that were written: one, or for TRC one a person.

        Raises:
            SettingError: The ending is none of these, or there is no such frame.
            OutputError: The file cannot be written, or would replace the pictures.
            ConventionError: The pictures have another size than those that the keypoints were found in.
            MissingExtraError: The package that draws is not installed.
        """
        return save_as(self, Path(path), pictures=self.pictures, progress=progress, frame=frame)

    def to_dataframe(self) -> "pandas.DataFrame":
        """A pandas table with the columns of the CSV file: a row for each person and frame, NaN for unknown.

        Joints are in metres, their angles in degrees.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        return optional_import("pandas", extra="table").DataFrame(pose_table(self.poses))

    def __repr__(self) -> str:
        poses = self.poses
        place = "absolute" if poses.root is None else f"relative to the {poses.root}"
        scale = "scale known" if poses.scale_known else "scale unknown"
        return (
            f"Estimate: {count_of(poses.person_count, 'person', 'people')}, {count_of(poses.frame_count, 'frame')}, "
            f"{poses.duration_s:.2f} s, {poses.skeleton}\n"
            f"  joints in {poses.unit}, {poses.frame} frame, {place}, {scale}\n"
            f"  method {self.method}, detector {self.detector}"
        )

    def _repr_html_(self) -> str | None:
        """The page in a frame of its own, for notebooks; None where it cannot be drawn, so that they print the text."""
        try:
            page = draw_page(self, self.pictures, no_progress, title=f"{self.method} on {self.detector}")
        except MaquetteError:  # such as pictures that have been moved since
            return None
        return (
            f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" title="3D poses" width="100%" '
            f'height="{_PAGE_HEIGHT_PX}" style="border: 0"></iframe>'
        )
