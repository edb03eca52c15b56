"""How late live poses are: the example's film, served on this computer as a stream and watched to its end.

The time runs from a frame's arrival to its pose. Frames that come while another is at work are dropped, so a slower
machine shows fewer, not later ones.
"""

import argparse
import functools
import http.server
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

from record import write_result

from maquette.api.finder import DetectorChoice
from maquette.api.known_camera import KnownOfCamera
from maquette.api.lifting import Lifter, LiftingSettings
from maquette.api.live import predict_live
from maquette.api.stage import no_stages
from maquette.arrays import Frame
from maquette.io.pictures import open_pictures
from maquette.io.video import write_video

EXAMPLE = Path(__file__).parent.parent / "examples" / "data" / "walk.mp4"
FPS = 30
METHODS = ("lifting", "structure-motion")


def main() -> None:
    """Print and record the latencies of each method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the film")
    options = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as address:
        frames = [frame.image for frame in open_pictures(EXAMPLE).frames()]
        to_and_fro = islice(cycle([*frames, *reversed(frames)]), round(options.seconds * FPS))
        film = (Frame(image, index / FPS) for index, image in enumerate(to_and_fro))
        write_video(Path(folder) / "film.mp4", film, image_size=(960, 540))
        for method in METHODS:
            figures[method] = watch(f"{address}/film.mp4", method)
            print(method, figures[method], flush=True)
    write_result("live", options, figures)


def watch(address: str, method: str) -> dict[str, float]:
    """Latencies in milliseconds, and how many frames were looked at in a second."""
    settings = LiftingSettings(None, None, None, None, None, True, KnownOfCamera(None, None, None, None))
    lifter = Lifter.of(settings, method, None, no_stages)
    choice = DetectorChoice(True, None, None, None, is_video=True)
    found = predict_live(address, lifter, choice, until=threading.Event())
    return {
        "frames": found.looked_at + found.dropped,
        "looked_at": found.looked_at,
        "median_ms": round(1000 * found.latency.median_s, 1),
        "p95_ms": round(1000 * found.latency.high_s, 1),
        "frames_per_s": round(found.looked_at / max(found.estimate.poses.duration_s, 1e-9), 1),
    }


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address under which the files of a folder are served."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    main()
