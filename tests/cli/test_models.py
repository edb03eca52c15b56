"""`maquette models`: the weights that come along and the known skeletons."""

from maquette.body.catalog import SKELETONS


def test_models_lists_weights_with_their_licence_and_all_skeletons(run):
    said = run("models")
    assert said.code == 0 and "lifting_prior" in said.out
    assert all(name in said.out for name in SKELETONS)
