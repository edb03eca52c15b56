"""Make the pictures that README and docs show, out of ../shared/data; run by `make docs`."""

import io
from contextlib import closing
from pathlib import Path

from PIL import Image

from maquette.inference.detectors.table import open_detector
from maquette.inference.pipeline import PipelineSettings, detect, lift
from maquette.io.pictures import open_pictures
from maquette.methods.table import open_estimator
from maquette.show.figures import figure_strip

VIDEO = Path("../shared/data/multiview/cam02.mp4")
FRAMES = (5, 35, 60, 90)
WIDTH = 1400


def main() -> None:
    """Lift the video and draw four of its frames."""
    pictures = open_pictures(VIDEO)
    with closing(open_detector("mediapipe", video=True)) as detector:
        keypoints = detect(pictures.frames(), detector)
    settings = PipelineSettings(height_m=1.78)
    estimate = lift(keypoints, open_estimator("lifting"), settings, is_tracked=False, detector="mediapipe")
    strip = Image.open(io.BytesIO(figure_strip(estimate, pictures.frames(), FRAMES))).convert("RGB")
    strip = strip.resize((WIDTH, round(strip.height * WIDTH / strip.width)), Image.Resampling.LANCZOS)
    strip.save(Path(__file__).parent / "pictures" / "lifting.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main()
