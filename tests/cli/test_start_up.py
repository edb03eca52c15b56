"""What a command loads before it works: whatever takes long to import and is not needed yet must wait."""

import subprocess
import sys

import pytest

HEAVY = ("matplotlib", "plotly", "cv2", "sounddevice", "numba", "onnxruntime", "torchmetrics", "roma")
PARTS = ("torch._dynamo", "sympy", "scipy.optimize", "scipy.interpolate", "scipy.spatial", "scipy.linalg")


def loaded_by(code: str) -> str:
    """Which of those modules a new process has loaded after the code."""
    code = f"import sys; {code}; print([name for name in {HEAVY + PARTS!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_predict_and_lift_wait_with_what_they_do_not_need_yet():
    assert loaded_by("import maquette.cli.predict, maquette.cli.lift") == "[]"


def test_the_detector_loads_no_drawing_and_no_sound():
    pytest.importorskip("mediapipe", reason="mediapipe is not installed")
    code = "from maquette.inference.detectors.blazepose import BlazePose; BlazePose(video=True)"
    assert loaded_by(code) == "[]"
