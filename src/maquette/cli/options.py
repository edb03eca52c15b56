"""The options of every command, as dataclasses whose docstrings are the help; imports nothing heavy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Union

import tyro
from tyro.conf import Positional, subcommand

from maquette.cli.analyse.limits_options import LimitsOptions
from maquette.errors import SettingError
from maquette.methods.backbone.pretrained import PRETRAINED
from maquette.methods.detectors import DEFAULT_DETECTOR, DETECTORS, DetectorEntry
from maquette.methods.embedding.analysis_options import EmbeddingAnalysisOptions
from maquette.methods.evaluations import EVALUATIONS
from maquette.methods.structure_motion.analysis_options import LossSurfaceOptions
from maquette.methods.table import DEFAULT_METHOD, METHODS, REFINEMENTS, Method, Refinement
from maquette.methods.temporal.analysis_options import SensitivityOptions
from maquette.methods.trainings import TRAININGS


def _list(entries: Mapping[str, DetectorEntry | Method | Refinement], prefix: str = "") -> str:
    return "; ".join(f"{prefix}{name} ({entry.sentence})" for name, entry in entries.items())


def _list_with(option: str) -> str:
    """The methods that can do so: those whose evaluation has the option."""
    return ", ".join(name for name, method in METHODS.items() if hasattr(method.evaluation, option))


_METHODS_HELP = f"How 2D becomes 3D: {_list(METHODS)}. Refined through time: {_list(REFINEMENTS, 'METHOD+')}."
_NETWORKS_HELP = "Which network it is, by default that of the file's ending: " + "; ".join(
    f"{name} ({known.form})" for name, known in PRETRAINED.items()
)
_DETECTORS_HELP = f"What finds the 2D joints, by default {DEFAULT_DETECTOR}: {_list(DETECTORS)}."
_FLIP_HELP = f"Read each person's mirror image as well and take the mean: twice the time ({_list_with('flip')})."
_FRAME_HELP = "Frame that a png shows, from 0, or best: of which most was seen, and seen surest."
_TRUST_HELP = "Use weights although they differ from the card beside them."
_LOOKS_HELP = (
    f"How often each person is read ({_list_with('looks')}): from the second time on, around the joints found before."
)


@dataclass(frozen=True, kw_only=True)
class Lifting:
    """What lifting 2D points to 3D and writing the result have in common."""

    out: Path = Path("out")
    """Folder for the results; each is called like the input."""
    format: str = "npz,html"
    """Comma list of npz, json, csv, trc, html, mp4, png."""
    frame: Annotated[str, tyro.conf.arg(help=_FRAME_HELP)] = "best"
    method: Annotated[str, tyro.conf.arg(help=_METHODS_HELP)] = DEFAULT_METHOD
    weights: Path | None = None
    """Weights of the method from a file, or by the name of others that come along (see `maquette models`)."""
    trust: Annotated[bool, tyro.conf.arg(help=_TRUST_HELP)] = False
    height: float | None = None
    """Standing height of the persons in metres; without it (and without a camera) the scale is unknown."""
    bone_lengths: Path | None = None
    """Measured bones instead of a height: JSON like {"unit": "m", "lengths": {"hip-knee": 0.42}} (docs/results.md)."""
    fps: float | None = None
    """Frames per second, where the input does not say or says wrongly."""
    image_size: str | None = None
    """WIDTHxHEIGHT of the pictures, where a keypoint file does not say; pictures must agree with it."""
    camera: Path | None = None
    """Calibration of the camera (TOML, YAML or JSON; docs/camera.md)."""
    camera_name: str | None = None
    """Which camera of the calibration; by default the one named like the input."""
    world_up: Literal["z", "y", "-y", "none"] | None = None
    """Axis of the calibration's world that points up, or none to forget it; by default z, if people stand along it."""
    camera_pitch: float | None = None
    """Degrees that the camera looks down, where no calibration says so."""
    camera_roll: float | None = None
    """Degrees that upright people lean to the picture's right; with --camera-pitch."""
    focal: float | None = None
    """Focal length in pixels, instead of a calibration."""
    independent_frames: bool = False
    """Each frame by itself: no smoothing, no shared bone lengths."""
    refine: bool = True
    """Fit the whole track of each person at once, after lifting (docs/track_lifting.md)."""
    clip: bool = False
    """Pictures are one clip, in the order of their names, though they are not numbered frames of one size."""
    strict: bool = False
    """Stop at the first input or picture that cannot be read; else it is named, counted and left out."""

    def __post_init__(self) -> None:
        if self.trust and self.weights is None:
            raise SettingError("--trust is for weights of your own; give them with --weights, or leave --trust out")


@dataclass(frozen=True, kw_only=True)
class Predict(Lifting):
    """Find people in pictures, folders of pictures, videos or live, and lift them to 3D."""

    inputs: Annotated[Positional[tuple[str, ...]], tyro.conf.arg(metavar="[PATH [PATH ...]]")]
    """Pictures, videos, and folders: of numbered frames of one size, which are a clip, or of photographs; or, live,
    camera:0 or the address of a stream (rtsp, http)."""
    detector: Annotated[str | None, tyro.conf.arg(help=_DETECTORS_HELP)] = None
    detector_model: Path | None = None
    """Model file of the detector (rtmpose: an ONNX file)."""
    max_persons: int | None = None
    """How many people are looked for in a picture, at most; by default 10."""
    flip: Annotated[bool, tyro.conf.arg(help=_FLIP_HELP)] = False
    looks: Annotated[int, tyro.conf.arg(help=_LOOKS_HELP)] = 1


@dataclass(frozen=True, kw_only=True)
class Lift(Lifting):
    """Lift the 2D keypoint files of any detector to 3D."""

    keypoints: Positional[tuple[Path, ...]]
    """Files or folders of OpenPose, COCO, AlphaPose, MMPose, rtmlib, ultralytics, MediaPipe, VideoPose3D or our own."""
    detector: str | None = None
    """What found the keypoints, for the record; by default the format of the file."""
    skeleton: str | None = None
    """Name of the skeleton, where the file leaves it open (see `maquette models`)."""
    pictures: Path | None = None
    """The video or pictures that the keypoints were found in, to be shown in pages and overlays."""


@dataclass(frozen=True, kw_only=True)
class Show:
    """Show a result: a page to turn and scroll, an overlay video, or a figure."""

    result: Positional[Path]
    """Result file (npz or json), or markers that are joints (trc, c3d)."""
    pictures: Path | None = None
    """The video or pictures that it came from."""
    out: Path = Path("out")
    """Folder for what is made."""
    format: str = "html"
    """Comma list of html, mp4, png, csv, trc, json, npz."""
    frame: Annotated[str, tyro.conf.arg(help=_FRAME_HELP)] = "best"


@dataclass(frozen=True, kw_only=True)
class Synthesise:
    """Render people with every label: joints, visibility, parts, masks, depth and cameras, as shards to train on."""

    out: Path
    """Folder for the shards; a run that was stopped goes on there."""
    people: int = 1000
    """How many labelled people to make; one who is in four pictures counts four times."""
    size: str = "192"
    """Pixels of the pictures, as SIDE or WIDTHxHEIGHT."""
    seed: int = 0
    """Of all random choices: the same seed and files give the same people."""
    workers: int = 0
    """Processes that render; 0 is one for each core."""
    per_picture: str = "1"
    """People in one picture, as a number or LOW-HIGH (to 6)."""
    clip: int = 1
    """Frames of a clip; 1 makes single pictures."""
    fps: float = 25.0
    """Frames per second of clips."""
    motion: Path | None = None
    """Motion capture (NPZ, BVH, AMC or a folder); without it people walk, stand, sit and take likely poses."""
    assets: Path | None = None
    """Folder of MakeHuman clothes, hair and skins with a manifest.json."""
    backgrounds: Path | None = None
    """Folder of photographs without people."""
    set: str | None = None
    """A fixed set, such as synthetic-v1/single-val, that decides all of the above; it needs the three sources."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """Find people in pictures without labels by MoveNet Thunder, and write whom it is sure of, to be learnt from.

    Example: maquette label videos photos --weights movenet_thunder.safetensors --every 10 --out taught
    """

    sources: Positional[tuple[Path, ...]]
    """Photographs, videos, animated pictures, and folders of them; pictures of COCO are left out."""
    weights: Path
    """MoveNet Thunder as a safetensors file (docs/training.md)."""
    out: Path
    """New folder for the photographs and their labels, in COCO's format."""
    every: int = 10
    """Of videos and animated pictures, every n-th frame is read."""
    confidence: float = 0.4
    """Of joints, 0 to 1; those of less are no labels."""
    spread: float = 0.12
    """How far apart readings of a joint may be in several views, as a share of the torso."""
    limbs: int = 8
    """People of whom fewer of the twelve limb joints are sure are left out."""
    trust: Annotated[bool, tyro.conf.arg(help=_TRUST_HELP)] = False


_TRAININGS = tuple(Annotated[training.options, subcommand(name)] for name, training in TRAININGS.items())


@dataclass(frozen=True, kw_only=True)
class Train:
    """Train what a method needs from your own data; the preset may follow the name, as in structure-motion-compact."""

    training: Annotated[Union[*_TRAININGS], tyro.conf.arg(name="")]  # type: ignore[valid-type]
    """What to train."""


@dataclass(frozen=True, kw_only=True)
class Convert:
    """Make a file that `maquette train backbone --start` takes of a pre-trained network of others."""

    source: Positional[Path]
    """The network's own file."""
    out: Path
    """File for the weights, ending in .safetensors; its header tells network, origin, licence and line."""
    network: Annotated[str | None, tyro.conf.arg(help=_NETWORKS_HELP)] = None


_EVALUATIONS = tuple(Annotated[options, subcommand(name)] for name, options in EVALUATIONS.items())


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Score predictions or a method on a data set by a published protocol; +tp or +bi-tp may follow a method."""

    subject: Annotated[Union[*_EVALUATIONS], tyro.conf.arg(name="")]  # type: ignore[valid-type]
    """What is judged."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """Write a network that reads pictures as an ONNX file, from the bytes of pictures to joints and depths."""

    weights: Positional[str]
    """File of weights of a backbone or of structure-motion, or the name of bundled ones (see `maquette models`)."""
    onnx: Path
    """The ONNX file."""
    int8: Path | None = None
    """Folder or video of some pictures of one person each: convolutions in 8 bits, with ranges measured on these."""
    trust: Annotated[bool, tyro.conf.arg(help=_TRUST_HELP)] = False


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Say what is installed, what is missing and what gets in each other's way."""


@dataclass(frozen=True, kw_only=True)
class Models:
    """List the weights that come along, what they were trained on and under which licences, and the known skeletons."""


Analyses = Annotated[
    Annotated[LossSurfaceOptions, subcommand("loss-surface")]
    | Annotated[SensitivityOptions, subcommand("sensitivity")]
    | Annotated[LimitsOptions, subcommand("limits")]
    | Annotated[EmbeddingAnalysisOptions, subcommand("embedding")],
    subcommand(
        "analyse", description="Work out a paper's analysis again: a figure, an interactive page and the numbers."
    ),
]
"""One of the analyses, each with its own options."""

COMMANDS = tyro.conf.OmitSubcommandPrefixes[
    Annotated[Predict, subcommand("predict")]
    | Annotated[Lift, subcommand("lift")]
    | Annotated[Show, subcommand("show")]
    | Annotated[Synthesise, subcommand("synthesise")]
    | Annotated[Label, subcommand("label")]
    | Annotated[Train, subcommand("train")]
    | Annotated[Convert, subcommand("convert")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[Export, subcommand("export")]
    | Analyses
    | Annotated[Doctor, subcommand("doctor")]
    | Annotated[Models, subcommand("models")]
]
"""One of the commands, as tyro wants it."""

_ANALYSES: dict[type, str] = {
    LossSurfaceOptions: "loss_surface",
    SensitivityOptions: "sensitivity",
    LimitsOptions: "limits",
    EmbeddingAnalysisOptions: "embedding",
}


def module_of(options: object) -> str:
    """The module below `maquette.cli` whose ``run`` takes these options."""
    analysis = _ANALYSES.get(type(options))
    return type(options).__name__.lower() if analysis is None else f"analyse.{analysis}"
