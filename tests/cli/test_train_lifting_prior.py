"""`maquette train lifting-prior`: weights, their card, and the same file from the same seed."""

import json
from hashlib import sha256

import numpy as np

from maquette import __version__
from maquette.methods.lifting.weights import read_prior


def test_train_writes_weights_and_their_card(tiny_weights, motion):
    card = json.loads(tiny_weights.with_suffix(".json").read_text(encoding="utf-8"))
    prior = read_prior(tiny_weights)
    assert card["name"] == "tiny" and card["skeleton"] == "h36m_17" == prior.skeleton.name
    assert (card["recipe"], card["preset"], card["seed"]) == ("lifting-prior", "tiny", 5)
    assert (card["components"], card["bases"]) == (prior.component_count, prior.basis_count)
    assert card["poses"] == 360 and card["maquette"] == __version__
    assert card["sha256"] == sha256(tiny_weights.read_bytes()).hexdigest()
    (data,) = card["training_data"]
    assert data == {"file": motion.name, "sha256": sha256(motion.read_bytes()).hexdigest(), "licence": "CC0 1.0"}
    assert "frame" in card and "unit" in card and np.isfinite(card["mean_log_density"])


def test_training_again_with_the_same_seed_gives_the_same_file(run, tiny_weights, motion, tmp_path):
    out = tmp_path / "new" / "tiny.safetensors"
    said = run(
        "train", "lifting-prior", "--data", motion, "--out", out, "--preset", "tiny", "--seed", "5", "--threads", 1
    )
    assert said.code == 0 and said.out.splitlines() == [f"wrote {out}", f"wrote {out.with_suffix('.json')}"]
    assert out.read_bytes() == tiny_weights.read_bytes()
