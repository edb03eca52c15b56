"""What a user may set of the backbone's training; imports no torch."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from maquette.errors import SettingError
from maquette.training.options import PictureOptions, require_steps


@dataclass(frozen=True, kw_only=True)
class BackboneOptions(PictureOptions):
    """A start for all networks that read pictures, from every label of rendered people.

    Example: maquette train backbone --start movenet_thunder.safetensors --data people --photographs coco

    Example: maquette train backbone --preset hourglass --data people --validation others
    """

    backgrounds: Path | None = None
    """Folder of photographs without people, to put rendered people before."""
    crowds: Path | None = None
    """Folder of rendered pictures of several people, to learn from beside --data whom a picture is about."""
    photographs: tuple[Path, ...] = ()
    """Folders of photographs whose people are labelled in 2D, in COCO's format (see `maquette label`)."""
    validation: Path | None = None
    """Rendered people of another split, on whom the backbone is evaluated while it learns."""
    only_best: tyro.conf.FlagCreatePairsOff[bool] = False
    """Train no further: write the weights that were best on --validation so far, with their card."""
    validation_photographs: Path | None = None
    """Folder of COCO's people; those of them who are held out for ever judge the backbone while it learns."""
    steps: int | None = None
    """How long, in place of the preset's number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_steps(self.steps)
        if self.only_best and self.restart:
            raise SettingError("--only-best takes what was learnt, which --restart would throw away; give one of them")
