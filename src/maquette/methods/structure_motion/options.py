"""What a user may set of SAP-Net's training; imports no torch."""

from dataclasses import dataclass
from pathlib import Path

from maquette.errors import SettingError
from maquette.training.options import PictureOptions


@dataclass(frozen=True, kw_only=True)
class StructureMotionOptions(PictureOptions):
    """Joints and depths of one person (SAP-Net), from few depths and many 2D labels.

    Example: maquette train structure-motion --data people --labelled-share 0.5

    Example: maquette train structure-motion --data h36m --data-2d mpii
    """

    backgrounds: Path | None = None
    """Folder of photographs without people, to put rendered people before."""
    motion: Path | None = None
    """Motion capture, to learn how deep keypoints lie from views of it without pictures, in a stage of its own. Leave
    those people out of it by whom the weights are to be judged."""
    labelled_share: float | None = None
    """Share of the rendered people whose depths may be known, by default 0.5; of the others only the 2D joints are."""
    photographs: tuple[Path, ...] = ()
    """Folders of photographs labelled in 2D, in COCO's format, to learn from beside rendered people without depths."""
    data_2d: Path | None = None
    """Photographs with 2D labels alone, to learn from beside --data, which then is a data set of people known in 3D."""
    dataset: str | None = None
    """With --data-2d: which data set --data is, by default human3.6m (docs/datasets.md lists them)."""
    dataset_2d: str | None = None
    """With --data-2d: which data set that is, by default mpii."""

    def __post_init__(self) -> None:
        super().__post_init__()
        is_rendered = self.data_2d is None
        unused = ("dataset", "dataset_2d") if is_rendered else ("backgrounds", "labelled_share", "photographs")
        for name in unused:
            if getattr(self, name) not in (None, ()):
                needs = "needs --data-2d too" if is_rendered else "is for rendered people, not for --data-2d"
                raise SettingError(f"--{name.replace('_', '-')} {needs}; leave one of them out")
