"""The figures of docs/track_lifting.md: the real trial and other people's motion capture, lifted and refined."""

from records import figures
from tables import section, table

WAYS = ("default", "given camera", "independent frames")
TRIALS = {"lifting": "real_multiview_lifting", "track-lifting": "real_multiview_track-lifting"}
MOTION = {"lifting": "mocap_lifting", "track-lifting": "mocap_lifting_track-lifting"}
REFINEMENT = "refinement_track-lifting"
REFINED = {
    "p_mpjpe_mm": "P-MPJPE", "mpjpe_at_true_size_mm": "MPJPE", "sliding_mm_s": "sliding",
    "acceleration_m_s2": "acceleration", "acceleration_of_truth_m_s2": "of the truth",
    "acceleration_error_m_s2": "its error", "tilt_deg": "tilt",
}  # fmt: skip
MEASURES = {"mpjpe": "MPJPE", "n_mpjpe": "N-MPJPE", "p_mpjpe": "P-MPJPE"}


def track_lifting_figures() -> list[str]:
    """All parts, one below the other."""
    return [on_the_trial(), on_motion_capture(), by_action(), of_refinement()]


def on_the_trial() -> str:
    """P-MPJPE of the four cameras, and errors at the true size, of both methods."""
    rows = []
    for detector in ("blazepose", "openpose"):
        for way in WAYS:
            for method, name in TRIALS.items():
                found = figures(name)[f"{method}, {detector}, {way}"]
                cameras = [f"{found[f'cam{number}']['p_mpjpe_mm']:.0f}" for number in (1, 2, 3, 4)]
                mean = found["mean"]
                of_mean = [f"**{mean['p_mpjpe_mm']:.1f}**", f"{mean['mpjpe_at_true_size_mm']:.0f}"]
                rows.append([f"`{method}`, {detector}, {way}", *cameras, *of_mean])
    words = [
        "The real trial of [lifting](lifting.md#figures): P-MPJPE in mm, camera by camera and on average, and the",
        "MPJPE at the true size. The network has not seen these people.",
    ]
    head = ["", "camera 1", "2", "3", "4", "mean", "MPJPE"]
    return section("## Figures", words, table(head, rows), *TRIALS.values())


def on_motion_capture() -> str:
    """Errors on motion capture of other people."""
    rows = []
    for method, name in MOTION.items():
        found = figures(name)
        spread = [f"{found[f'{one}_mm']:.1f} ± {found[f'{one}_spread_mm']:.1f}" for one in MEASURES]
        rows.append([f"`{method}`", *spread])
    frames, seeds = (figures(MOTION["track-lifting"])[key] for key in ("frames", "seeds"))
    words = [
        f"Motion capture of people whom neither has seen, through a camera 5 m away: {frames} frames, exact 2D",
        f"keypoints, lens known, tilt and size unknown. In mm, mean and spread of {seeds} seeds:",
    ]
    return section("", words, table(["", *MEASURES.values()], rows), *MOTION.values())


def of_refinement() -> str:
    """What the fit over whole tracks is worth."""
    rows = []
    for name, both in figures(REFINEMENT).items():
        for is_refined, found in both.items():
            values = [f"{found[one]:.{0 if one == 'sliding_mm_s' else 1}f}" if one in found else "" for one in REFINED]
            rows.append([f"{name}, {is_refined}", *values])
    cost = max(both["with"]["ms_per_frame"] - both["without"]["ms_per_frame"] for both in figures(REFINEMENT).values())
    words = [
        "Without and with `--refine`: P-MPJPE and MPJPE at the true size in mm; how fast ankles slide that stand in",
        "truth, in mm/s, where a known lens puts people at places; mean acceleration, that of the truth, and its",
        "error, in m/s²; error of the camera's tilt in degrees. Motion capture is of other people before made-up",
        "cameras, found by a made-up detector.",
        f"The fit takes up to {cost:.0f} ms more of a processor for each frame of a person.",
    ]
    return section("", words, table(["", *REFINED.values()], rows), REFINEMENT)


def by_action() -> str:
    """P-MPJPE of filmed motion capture, kind of action by kind of action."""
    name = "filmed_actions_track-lifting"
    found = figures(name)
    ways = [way for way, part in found.items() if isinstance(part, dict)]
    actions = list(found[ways[0]]["p_mpjpe_mm"])
    rows = [[way, *(f"{found[way]['p_mpjpe_mm'][action]:.0f}" for action in actions)] for way in ways]
    words = [
        "The same people before cameras that are near and far, level, steep and askew, action by action: with exact 2D",
        "keypoints, with the errors that BlazePose was seen to make on rendered people, and with its depths as well.",
        "P-MPJPE in mm:",
    ]
    head = ["2D keypoints", *(action.replace("_", " ") for action in actions)]
    return section("", words, table(head, rows), name)
