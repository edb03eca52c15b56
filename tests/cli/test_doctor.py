"""`maquette doctor`: what is installed, what is missing, and what gets in the way."""

from maquette.cli import doctor


def test_doctor_lists_packages_and_machine(run):
    said = run("doctor")
    assert said.code == 0 and said.err == ""
    for word in ("maquette", "torch", "mediapipe", "plotly", "processor cores", "components"):
        assert word in said.out
    assert "pytest" not in said.out.split("Machine")[1]


def test_doctor_names_what_is_missing_and_what_gets_in_the_way(run, monkeypatch):
    class Installed:
        def __init__(self, name):
            self.metadata = {"Name": name}

    monkeypatch.setattr(doctor, "distributions", lambda: map(Installed, ["opencv-python", "OpenCV-contrib-python"]))
    real = doctor._version_or_none
    monkeypatch.setattr(doctor, "_version_or_none", lambda name: None if name == "plotly" else real(name))
    text = " ".join(run("doctor").out.split())
    assert "OpenCV is installed 2 times" in text and "uninstall all and install one" in text
    assert "'show' is incomplete (plotly): pip install 'maquette[show]'" in text
