"""The numbers of the refinement, each with its unit and reason."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RefinementConfig:
    """How far each thing may be off, and how the fit goes; tuned on motion capture before cameras that are made up."""

    rounds: int = 10
    """Linear solutions one after the other; after so many, joints move by less than a millimetre."""
    frame_s: float = 1 / 30
    """Each frame counts for the time it stands for, in these: a video of twice the rate is no more certain, for errors
    last longer than frames."""

    depth_ratio: float = 1.4
    """Errors of lifted bones along the line of sight, as a multiple of those across: depth is not seen."""
    lifted_within: float = 1.0
    """Deviations from which on a lifted bone pulls no harder (Huber)."""

    keypoint_m: float = 0.015
    """Deviation of 2D keypoints at the person, about 3 % of the joints' distance from their middle, but for what is
    off all through a track."""
    keypoint_within: float = 1.5
    """Deviations from which on a keypoint pulls no harder (Huber)."""
    outlier_m: float = 0.15
    """Keypoints that are well farther off than this do not count."""
    offset_m: float = 0.03
    """Deviation of what a joint's keypoints are off all through a track: detectors define joints otherwise."""

    loose_bone_m: float = 0.03
    tight_bone_m: float = 0.003
    """Deviation of bones from their one length in the first and last rounds: first they find it, then they keep it."""

    cutoff_hz: float = 5.3
    """Frequency at which half the amplitude is left of a knee's motion; see `maquette.inference.smoothing`."""
    jerk_within: float = 3.0
    """Deviations from which on jerk costs no more than in proportion (Huber): kicks and throws are kept."""

    foothold_mps: float = 0.02
    """Speed of a foot that stands, as a deviation."""
    still_mps: tuple[float, float] = (0.2, 0.4)
    """Feet slower than the first may stand, those faster than the second do not; between, in part."""
    still_s: float = 0.1
    """They stand for so long at least: at the top of a jump feet are slow for a shorter time."""
    lowest_m: float = 0.06
    """A foot that stands is no higher above the person's lower foot."""
    depth_share: float = 0.15
    """How much of a foot's speed along the line of sight counts: most of that is error."""

    ground_m: float = 0.03
    """Deviation of standing feet from the person's ground; three times as far off, feet stand on something else."""
    up_deg: float = 3.0
    """Deviation of an estimated camera tilt, before the feet are asked."""
    ground_known_s: float = 3.0
    """Errors of places on the ground last so long: the feet of this time count as one measurement of the tilt."""

    bend: float = 0.1
    """Volume of an elbow or knee bent the wrong way, of bones one unit long, as a deviation."""
    damping_m: float = 0.2
    """Deviation of each joint from where the round before has put it: what nothing else holds stays."""

    chunk: int = 480
    """Frames that are solved for at once: memory does not grow with the track."""
    overlap: int = 60
    """Frames on both sides that are solved for along with them and not kept."""
    apart_s: float = 0.5
    """Frames farther apart tell nothing of each other's motion, as in smoothing."""
