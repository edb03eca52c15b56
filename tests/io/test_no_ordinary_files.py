"""Pipes and devices: every entry point refuses them in one and the same sentence, and waits for none."""

import os

import pytest

from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints
from maquette.io.pictures import open_pictures
from maquette.io.predictions import read_predictions
from maquette.io.results import read_estimate

READERS = {
    "keypoints": read_keypoints,
    "pictures": open_pictures,
    "results": read_estimate,
    "predictions": read_predictions,
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_ordinary_file_is_called_so(tmp_path, kind, name):
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(InputError) as refused:
        READERS[name](path)
    said = "is a pipe or a device, not an ordinary file; copy what comes out of it into a file"
    assert str(refused.value) == f"{path}: {said}"
