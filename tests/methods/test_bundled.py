"""Weights by name: a file that is there comes first, and what is neither file nor name is said."""

import pytest

from maquette.api.method import load_method
from maquette.errors import InputError
from maquette.methods.bundled import find_bundled, find_weights


def test_a_name_is_that_of_bundled_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_weights("lifting_prior") == find_bundled("lifting_prior")
    (tmp_path / "lifting_prior").write_bytes(b"")
    assert find_weights("lifting_prior").resolve() == tmp_path / "lifting_prior"


@pytest.mark.parametrize("path", ["lifting_prior.safetensors", "folder/lifting_prior"])
def test_paths_stay_paths(path):
    assert str(find_weights(path)) == path


def test_a_name_of_nothing_is_refused():
    with pytest.raises(InputError, match="'liftin_prior' is neither a file nor the name of bundled weights; give a"):
        find_weights("liftin_prior")


def test_methods_open_with_a_name():
    assert load_method("lifting", "lifting_prior").name == "lifting"
    with pytest.raises(InputError, match="neither a file nor the name"):
        load_method("lifting", "nothing")
