"""The detectors by name: the default finds everybody in real pictures, and nobody who is not there."""

import importlib.util
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maquette.errors import MissingExtraError
from maquette.inference.thorough import ThoroughDetector
from maquette.methods import detectors
from maquette.methods.detectors import open_detector

needs_mediapipe = pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed")


@needs_mediapipe
def test_by_default_everybody_at_a_table_is_found_and_nobody_else_beside_a_man_alone(shared_data: Path, capfd):
    with closing(open_detector("mediapipe")) as detector, closing(open_detector("mediapipe-quick")) as quick:
        assert (detector.name, quick.name) == ("mediapipe", "mediapipe-quick")
        table, alone = (
            np.array(Image.open(shared_data / f"photos/{name}.jpg").convert("RGB"))
            for name in ("coco_000000000790", "yogait_t5")
        )
        found = detector.detect(table)
        noses = np.sort(found.joints[:, 0, 0] / table.shape[1])
        np.testing.assert_allclose(noses, [0.21, 0.39, 0.63, 0.82], atol=0.04)
        assert len(quick.detect(table).joints) < 4
        by_itself = quick.detect(alone)
        np.testing.assert_array_equal(detector.detect(alone).joints, by_itself.joints)
        assert len(by_itself.joints) == 1
    assert capfd.readouterr() == ("", "")


@needs_mediapipe
def test_a_release_without_the_further_models_is_searched_by_the_network_alone(monkeypatch):
    def missing():
        raise MissingExtraError("this needs the package 'mediapipe'")

    monkeypatch.setattr("maquette.inference.detectors.regions.RegionLandmarks", missing)
    monkeypatch.setattr("maquette.inference.detectors.faces.FaceFinder", missing)
    search = detectors._open_search()
    assert search._landmarks is None and search._faces is None
    with closing(open_detector("mediapipe")) as detector:
        assert isinstance(detector, ThoroughDetector)
        assert detector.detect(np.zeros((40, 30, 3), np.uint8)).joints.shape == (0, 33, 2)
