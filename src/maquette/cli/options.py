"""The options of every command, as dataclasses whose docstrings are the help; imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tyro.conf import Positional, subcommand


@dataclass(frozen=True, kw_only=True)
class Lifting:
    """What lifting 2D points to 3D and writing the result have in common."""

    out: Path = Path("out")
    """Folder for the results; each is called like the input."""
    format: str = "npz,html"
    """Comma list of npz, json, csv, trc, html, mp4, png."""
    method: str = "lifting"
    """How 2D becomes 3D."""
    weights: Path | None = None
    """Weights of the method from a file instead of those that come along."""
    height: float | None = None
    """Standing height of the persons in metres; without it (and without a camera) the scale is unknown."""
    bone_lengths: Path | None = None
    """Measured bones instead of a height: JSON like {"unit": "m", "lengths": {"hip-knee": 0.42}} (docs/results.md)."""
    fps: float | None = None
    """Frames per second, where the input does not say or says wrongly."""
    image_size: str | None = None
    """WIDTHxHEIGHT of the pictures, where a keypoint file does not say; pictures must agree with it."""
    camera: Path | None = None
    """Calibration of the camera (TOML or JSON)."""
    camera_name: str | None = None
    """Which camera of the calibration; by default the one named like the input."""
    independent_frames: bool = False
    """Each frame by itself: no smoothing, no shared bone lengths."""


@dataclass(frozen=True, kw_only=True)
class Predict(Lifting):
    """Find people in a picture, a folder of pictures or a video, and lift them to 3D."""

    input: Positional[Path]
    """Picture, folder of pictures, or video."""
    detector: str = "mediapipe"
    """What finds the 2D joints: mediapipe, rtmpose."""
    detector_model: Path | None = None
    """Model file of the detector (rtmpose: an ONNX file)."""


@dataclass(frozen=True, kw_only=True)
class Lift(Lifting):
    """Lift the 2D keypoint files of any detector to 3D."""

    keypoints: Positional[Path]
    """File or folder of OpenPose, COCO, AlphaPose, MMPose, rtmlib, ultralytics, MediaPipe, VideoPose3D or our own."""
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
    """Result file (npz or json)."""
    pictures: Path | None = None
    """The video or pictures that it came from."""
    out: Path = Path("out")
    """Folder for what is made."""
    format: str = "html"
    """Comma list of html, mp4, png, csv, trc, json, npz."""


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
class Train:
    """Train what a method needs from your own data."""

    recipe: Positional[str]
    """What to train: lifting-prior, backbone, structure-motion, temporal, temporal-bidirectional, embedding; the preset
    may follow, as in structure-motion-compact."""
    data: Path | None = None
    """lifting-prior: motion capture (NPZ); else a folder of `maquette synthesise`, of clips for temporal. Only the
    embedding needs none."""
    out: Path | None = None
    """Where the weights go, by default runs/RECIPE.safetensors; their card is written beside them as JSON."""
    preset: str = "compact"
    """paper, compact or tiny."""
    seed: int = 0
    """Of all random choices."""
    folder: Path | None = None
    """For checkpoints and the journal, by default runs/RECIPE; a training that is found there goes on."""
    steps: int | None = None
    """How long backbone and embedding are trained, instead of the preset's number."""
    backgrounds: Path | None = None
    """Folder of photographs without people, to put rendered people before."""
    judged_by: Path | None = None
    """Rendered people (temporal: clips, embedding: motion capture) of another split, by whom backbone, temporal and
    embedding are judged while they learn."""
    start: Path | None = None
    """A backbone to start from: backbone goes on from it, structure-motion takes it in place of the one that comes along."""
    dataset: str = "human3.6m"
    """Which data set --data is, where --flat-data is given (docs/datasets.md lists them)."""
    flat_data: Path | None = None
    """structure-motion: photographs annotated in 2D alone, to learn from beside a data set of people known in 3D."""
    flat_dataset: str = "mpii"
    """Which data set --flat-data is."""
    motion: Path | None = None
    """temporal: motion capture (NPZ), to see more motion with errors like those of the clips. embedding: its poses."""
    poses: str = "mocap"
    """embedding: what it learns. mocap (the poses of --motion, with toes), artificial (drawn from joint limits) or the
    path of motion capture."""
    skeleton: str = "kundu_17"
    """embedding: whose joints; mpi_15 has no feet and needs no toes."""
    method: str = "structure-motion"
    """temporal: whose poses are refined, where --data are rendered clips."""
    labelled_share: float = 0.5
    """Share of the people whose depths structure-motion may know; of the others it knows the 2D joints alone."""
    workers: int = 1
    """Processes that load pictures."""
    licence: str = "not stated"
    """Licence of the data, for the card."""


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Score predictions, weights or a method on a data set by a published protocol."""

    subject: Positional[str]
    """What is judged: a predictions file (npz), a result of one clip (npz, json), weights, or a method's name."""
    on: Path
    """The data set's folder, as it was downloaded (mocap-lifting: an NPZ file of motion capture)."""
    protocol: str
    """How, such as h36m-martinez-1, mpi-inf-3dhp, mupots-all, 3dpw, mpii-pckh (docs/evaluation.md lists them)."""
    out: Path | None = None
    """Folder for the table as JSON and Markdown; without it the table is only printed."""
    predictions: Path | None = None
    """File (npz) to keep what a method or weights predict; it can be judged again without them."""
    method: str = "lifting"
    """Whose weights they are, where the subject is a file of weights."""
    dataset: str | None = None
    """Which data set it is, where the protocol takes any."""
    allow_missing: bool = False
    """Leave out people who have no prediction instead of refusing."""
    seed: int = 0
    """Of the cameras of mocap-lifting."""


@dataclass(frozen=True, kw_only=True)
class Analyse:
    """Work out a paper's analysis again: a figure, an interactive page and the numbers."""

    analysis: Positional[str]
    """Which: loss-surface, sensitivity, limits, embedding."""
    out: Path = Path("out")
    """Folder for the files; they are called like the analysis."""
    weights: Path | None = None
    """Weights to look into, in place of those that come along (sensitivity: a temporal net; embedding)."""
    data: Path | None = None
    """Motion capture (NPZ, BVH, AMC or a folder) to average over (sensitivity) or to hold limits and embedding against;
    without it likely poses are drawn."""
    limits: Path | None = None
    """limits: ranges of a file (JSON) in place of the measured ones."""
    count: int | None = None
    """limits, embedding: how many poses to draw, by default 20000 and 2000."""
    seed: int = 0
    """Of all random choices."""


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Say what is installed, what is missing and what gets in each other's way."""


@dataclass(frozen=True, kw_only=True)
class Models:
    """List the weights that come along, what they were trained on and under which licences, and the known skeletons."""


COMMANDS = tyro.conf.OmitSubcommandPrefixes[
    Annotated[Predict, subcommand("predict")]
    | Annotated[Lift, subcommand("lift")]
    | Annotated[Show, subcommand("show")]
    | Annotated[Synthesise, subcommand("synthesise")]
    | Annotated[Train, subcommand("train")]
    | Annotated[Evaluate, subcommand("evaluate")]
    | Annotated[Analyse, subcommand("analyse")]
    | Annotated[Doctor, subcommand("doctor")]
    | Annotated[Models, subcommand("models")]
]
"""One of the commands, as tyro wants it."""
