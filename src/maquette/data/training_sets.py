"""Data sets of annotated photographs and videos to learn from, by name: how to read their training people."""

from collections.abc import Callable, Mapping
from pathlib import Path

from maquette.data.annotated import AnnotatedPeople
from maquette.data.readers.coco import read_coco
from maquette.data.readers.human36m import read_human36m
from maquette.data.readers.lsp import read_lsp
from maquette.data.readers.mpi_inf_3dhp import read_mpi_inf_3dhp
from maquette.data.readers.mpii import read_mpii
from maquette.errors import SettingError

TRAINING_SETS: Mapping[str, Callable[[Path], AnnotatedPeople]] = {
    "human3.6m": lambda root: read_human36m(root, split="train", every=5),
    "mpi-inf-3dhp": lambda root: read_mpi_inf_3dhp(root, split="train", every=5),
    "mpii": lambda root: read_mpii(root, split="train"),
    "coco": lambda root: read_coco(root, split="train"),
    "lsp": lambda root: read_lsp(root, split="train"),
}
"""By the name that `AnnotatedPeople.dataset` calls them; of videos every fifth frame, as is usual."""


def read_training_set(name: str, root: Path) -> AnnotatedPeople:
    """The training people of the data set of that name.

    Raises:
        SettingError: There is none; the message lists those there are.
        InputError: It cannot be read.
    """
    if name not in TRAINING_SETS:
        raise SettingError(f"there is no data set '{name}' to learn from; known are {', '.join(TRAINING_SETS)}")
    return TRAINING_SETS[name](root)
