"""``maquette predict``: from pictures to 3D poses."""

from contextlib import closing

from maquette.body.people import Poses2d
from maquette.cli.console import progress
from maquette.cli.lifting import Found, lifted, opened, parse_size, require_sensible
from maquette.cli.options import Predict
from maquette.cli.outputs import parse_formats, require_free_paths, say_summary, write_outputs
from maquette.errors import SettingError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.pipeline import detect
from maquette.inference.top_down import PictureEstimator, ReadPeople
from maquette.io.pictures import PictureSource, open_pictures
from maquette.methods.detectors import open_detector


def run(options: Predict) -> None:
    """Detect, lift and write."""
    formats = parse_formats(options.format)
    require_sensible(options)
    method = opened(options)
    pictures = open_pictures(options.input, options.fps)
    if parse_size(options.image_size) not in (None, pictures.image_size):
        width, height = pictures.image_size
        raise SettingError(
            f"--image-size {options.image_size} contradicts '{options.input}', which is {width}x{height}"
        )
    is_video = pictures.frame_count != 1 and not options.independent_frames
    require_free_paths(options.out, formats, options.input)
    detector: Detector = open_detector(options.detector, model=options.detector_model, video=is_video)
    if isinstance(method.estimator, PictureEstimator):
        detector = ReadPeople(detector, method.estimator.reader)
    with closing(detector):
        keypoints = _detected(pictures, detector)
    found = Found(keypoints, options.detector, is_tracked=False, notes=(*pictures.notes, *detector.notes))
    estimate = lifted(options, found, method, named_like=options.input)
    say_summary(estimate)
    write_outputs(estimate, options.input, options.out, formats, pictures)


def _detected(pictures: PictureSource, detector: Detector) -> Poses2d:
    with progress(f"finding people with {detector.name}", pictures.frame_count) as told:
        return detect(pictures.frames(), detector, told)
