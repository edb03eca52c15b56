"""Make the pictures that README and docs show, of the shared data, the example and the analyses; run by `make docs`."""

import io
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from maquette.cli import main as run
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints
from maquette.io.pictures import open_pictures
from maquette.methods.detectors import open_detector
from maquette.methods.table import DEFAULT_METHOD, open_estimator
from maquette.show.figures import figure_strip

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
DATA = ROOT.parent / "shared" / "data"
REAL_VIDEO = DATA / "multiview" / "cam02.mp4"
EXAMPLE_VIDEO = ROOT / "examples" / "data" / "walk.mp4"
WIDTH = 1400
PEOPLE = ["--people", "96", "--size", "160", "--seed", "5"]


def main() -> None:
    """Lift a real video and the example's, and draw four frames of each; render people and show some."""
    draw_people(PICTURES / "synthetic_people.jpg")
    draw_strip(REAL_VIDEO, PICTURES / "lifting.jpg", frames=(5, 35, 60, 90))
    draw_strip(EXAMPLE_VIDEO, PICTURES / "example.jpg", frames=(5, 42, 76, 112))
    draw_strip(REAL_VIDEO, PICTURES / "structure_motion.jpg", frames=(5, 35, 60, 90), method="structure-motion+bi-tp")
    for analysis in ("loss-surface", "sensitivity"):
        draw_analysis(analysis, PICTURES / f"{analysis.replace('-', '_')}.jpg")
    for analysis in ("limits", "embedding"):
        draw_analysis(analysis, PICTURES / f"{analysis}.jpg", "--data", str(DATA / "mocap" / "val.npz"))


def draw_people(path: Path) -> None:
    """The contact sheet of rendered people, before drawn places and panoramas that are in the public domain."""
    with TemporaryDirectory() as folder:
        panoramas = Path(folder) / "panoramas"
        panoramas.mkdir()
        for source in (DATA / "backgrounds").glob("hdri*"):
            (panoramas / source.name).symlink_to(source.resolve())
        files = ["--motion", DATA / "mocap", "--assets", DATA / "makehuman", "--backgrounds", panoramas]
        shards = Path(folder) / "people"
        if run(["synthesise", *PEOPLE, *map(str, files), "--out", str(shards)]) != 0:
            raise SystemExit("the people could not be rendered")
        sheet = Image.open(shards / "preview.png").convert("RGB")
        sheet.save(path, quality=85, optimize=True)


def draw_strip(
    video: Path, path: Path, *, frames: tuple[int, ...], height_m: float = 1.78, method: str = DEFAULT_METHOD
) -> None:
    """Some frames of a video with the person found in them, and the same moments in 3D, as a JPEG."""
    pictures, estimator = open_pictures(video), open_estimator(method)
    with closing(estimator.reads.detector_over(partial(open_detector, "mediapipe", video=True))) as detector:
        keypoints = detect(pictures.frames(), detector)
    settings = PipelineSettings(height_m=height_m)
    estimate = lift_keypoints(keypoints, estimator, settings, is_tracked=False, detector="mediapipe")
    strip = Image.open(io.BytesIO(figure_strip(estimate, pictures.frames(), frames))).convert("RGB")
    strip = strip.resize((WIDTH, round(strip.height * WIDTH / strip.width)), Image.Resampling.LANCZOS)
    strip.save(path, quality=88, optimize=True)


def draw_analysis(name: str, path: Path, *options: str) -> None:
    """The figure of an analysis, as a JPEG."""
    with TemporaryDirectory() as folder:
        if run(["analyse", name, *options, "--out", folder]) != 0:
            raise SystemExit(f"the analysis {name} could not be made")
        figure = Image.open(Path(folder) / f"{name}.png").convert("RGB")
        figure = figure.resize((WIDTH, round(figure.height * WIDTH / figure.width)), Image.Resampling.LANCZOS)
        figure.save(path, quality=92, optimize=True)


if __name__ == "__main__":
    main()
