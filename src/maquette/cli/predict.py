"""``maquette predict``: from pictures to 3D poses."""

from contextlib import closing

from maquette.body.people import Poses2d
from maquette.cli.console import progress
from maquette.cli.lifting import Found, lift_found, open_method, parse_size, require_sensible
from maquette.cli.options import Predict
from maquette.cli.outputs import parse_formats, require_free_paths, say_summary, write_outputs
from maquette.errors import SettingError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.estimator import Estimator, WholePictures
from maquette.inference.pipeline import detect
from maquette.io.pictures import PictureSource, open_pictures
from maquette.methods.detectors import DEFAULT_DETECTOR, open_detector


def run(options: Predict) -> None:
    """Detect, lift and write."""
    formats = parse_formats(options.format)
    require_sensible(options)
    method = open_method(options)
    pictures = open_pictures(options.input, options.fps)
    if parse_size(options.image_size) not in (None, pictures.image_size):
        width, height = pictures.image_size
        raise SettingError(
            f"--image-size {options.image_size} contradicts '{options.input}', which is {width}x{height}"
        )
    is_video = pictures.frame_count != 1 and not options.independent_frames
    require_free_paths(options.out, formats, options.input)
    with closing(_open_detector(options, method.estimator, is_video)) as detector:
        keypoints = _detect(pictures, detector)
    found = Found(keypoints, detector.name, is_tracked=False, notes=(*pictures.notes, *detector.notes))
    estimate = lift_found(options, found, method, named_like=options.input)
    say_summary(estimate)
    write_outputs(estimate, options.input, options.out, formats, pictures)


def _open_detector(options: Predict, estimator: Estimator, is_video: bool) -> Detector:
    """What finds the keypoints that the method wants.

    Raises:
        SettingError: A detector is chosen for a method that has its own, or there is no such detector.
    """
    name, model = options.detector, options.detector_model
    if isinstance(estimator.reads, WholePictures) and (name is not None or model is not None):
        given = "--detector" if name is not None else "--detector-model"
        raise SettingError(f"{given} is not used: the method '{estimator.name}' finds people itself; leave it out")

    def open_inner() -> Detector:
        return open_detector(name or DEFAULT_DETECTOR, model=model, video=is_video)

    return estimator.reads.detector_over(open_inner)


def _detect(pictures: PictureSource, detector: Detector) -> Poses2d:
    with progress(f"finding people with {detector.name}", pictures.frame_count) as report:
        return detect(pictures.frames(), detector, report)
