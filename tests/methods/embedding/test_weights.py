"""The pose embedding as a file: written, read back, and files that say otherwise refused."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from maquette.body.catalog import KUNDU_17
from maquette.errors import InputError
from maquette.methods.embedding.config import TINY
from maquette.methods.embedding.weights import embedding_to_bytes, read_bundled_embedding, read_embedding
from maquette.priors.embedding.model import PoseEmbedding


@pytest.fixture(scope="module")
def embedding():
    torch.manual_seed(0)
    return PoseEmbedding(KUNDU_17, TINY.sizes, TINY.frame).eval()


@pytest.fixture
def path(embedding, tmp_path):
    (tmp_path / "embedding.safetensors").write_bytes(embedding_to_bytes(embedding, "tiny"))
    return tmp_path / "embedding.safetensors"


def test_what_is_written_is_read(embedding, path):
    read = read_embedding(path)
    codes = read.sample_codes(5, generator=torch.Generator().manual_seed(0))
    assert read.skeleton == KUNDU_17 and read.decode(codes).equal(embedding.decode(codes))


def test_bundled_ones_are_there_or_named():
    for poses in ("mocap", "artificial"):
        try:
            assert read_bundled_embedding(poses).skeleton == KUNDU_17
        except InputError as error:
            assert f"embedding_{poses}.safetensors" in str(error) and "maquette train embedding" in str(error)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"preset": "huge"}, "there is no preset 'huge'"),
        ({"preset": "compact"}, "does not fit the preset"),
        ({"skeleton": "mpi_15"}, "does not fit the preset"),
        ({"skeleton": "coco_17"}, "coco_17"),
        ({"skeleton": "nobody"}, "nobody"),
        ({"kind": "maquette.backbone"}, "not maquette.pose_embedding"),
    ],
)
def test_files_that_say_otherwise_are_refused(path, change, words):
    about = {"kind": "maquette.pose_embedding", "preset": "tiny", "skeleton": "kundu_17", **change}
    save_file(load_file(path), path, metadata=about)
    with pytest.raises(InputError, match=words):
        read_embedding(path)
