"""The figures of README.md and docs/lifting.md: the real trial, people of motion capture, speed and memory."""

from typing import Any

from records import figures
from tables import section, table

CAMERAS = ("cam1", "cam2", "cam3", "cam4")
ROWS = {
    "the BlazePose detector's own 3D": "detector's own 3D (BlazePose)",
    "`lifting` of BlazePose's 2D keypoints": "lifting, blazepose, default",
    "`lifting` of BlazePose's, camera calibrated": "lifting, blazepose, given camera",
    "`lifting` of BlazePose's, each frame by itself": "lifting, blazepose, independent frames",
    "`lifting` of OpenPose's 2D keypoints": "lifting, openpose, default",
    "`lifting` of OpenPose's, camera calibrated": "lifting, openpose, given camera",
    "`lifting` of OpenPose's, each frame by itself": "lifting, openpose, independent frames",
}
EXPERIMENTAL = "real_multiview_structure-motion"
TRACK = "real_multiview_track-lifting"
TRACK_ROWS = {
    "`track-lifting`, the default, of BlazePose's 2D keypoints": "track-lifting, blazepose, default",
    "`track-lifting` of BlazePose's, camera calibrated": "track-lifting, blazepose, given camera",
    "`track-lifting` of OpenPose's 2D keypoints": "track-lifting, openpose, default",
}
CLEAN = f"{EXPERIMENTAL}_clean"
"""Of the method that reads pictures."""
IN_README = 2
"""Rows of the trial that the README shows."""


def readme_figures() -> list[str]:
    """The short version."""
    return [real_trial(list(ROWS)[:IN_README]), on_motion_capture(), speed_in_short()]


def lifting_figures() -> list[str]:
    """All parts, one below the other."""
    return [real_trial(list(ROWS)), each_camera(), on_motion_capture(), mixture_or_one(), speed(), start_up(), memory()]


def real_trial(titles: list[str]) -> str:
    """Errors on the four-camera trial, and those of the experimental method last, of both lines."""
    found, track, other, clean = (figures(name) for name in ("real_multiview_lifting", TRACK, EXPERIMENTAL, CLEAN))
    means = {title: track[key]["mean"] for title, key in TRACK_ROWS.items()}
    means = {title: found[ROWS[title]]["mean"] for title in titles[:1]} | means
    means |= {title: found[ROWS[title]]["mean"] for title in titles[1:]}
    means["the experimental method `structure-motion`"] = other["structure-motion, blazepose, default"]["mean"]
    of_clean = clean["structure-motion of structure_motion, blazepose, default"]["mean"]
    means["the same with `--weights structure_motion`, of the clean line"] = of_clean
    rows = [
        [
            title,
            f"{one['mpjpe_mm']:.0f}",
            f"{one['mpjpe_at_true_size_mm']:.0f}",
            f"{one['n_mpjpe_mm']:.0f}",
            f"**{one['p_mpjpe_mm']:.1f}**",
        ]
        for title, one in means.items()
    ]
    words = [
        "A real trial, filmed by four cameras: a man balances on one leg. Errors are in millimetres, the mean over",
        "shoulders, elbows, wrists, hips, knees, ankles and cameras. The truth is triangulated and itself good to",
        "20-40 mm. MPJPE takes sizes as they come (without a known height those of a person of 1.70 m). The next",
        "column first scales each pose to the true sum of bone lengths, as many papers do. N-MPJPE takes the scale",
        "that fits each pose best, P-MPJPE the best rotation, scale and shift.",
    ]
    head = ["3D from", "MPJPE", "at the true size", "N-MPJPE", "P-MPJPE"]
    return section("", words, table(head, rows), "real_multiview_lifting", TRACK, EXPERIMENTAL, CLEAN)


def each_camera() -> str:
    """P-MPJPE of the trial, camera by camera."""
    found = figures("real_multiview_lifting")
    rows = [[title, *(f"{found[key][camera]['p_mpjpe_mm']:.0f}" for camera in CAMERAS)] for title, key in ROWS.items()]
    head = ["P-MPJPE in mm", "camera 1", "2", "3", "4"]
    return section("", ["The same trial, camera by camera:"], table(head, rows), "real_multiview_lifting")


def on_motion_capture() -> str:
    """Errors on motion capture of people the prior has not seen, through two cameras."""
    real, easy = figures("mocap_lifting"), figures("lifting_prior")
    spread = {name: f"{real[f'{name}_mm']:.1f} ± {real[f'{name}_spread_mm']:.1f}" for name in MEASURES}
    best = easy["compact"]["mixture"]
    level = {name: f"{best[f'{name}_mm']:.1f} ± {best[f'{name}_spread_mm']:.1f}" for name in MEASURES}
    rows = [
        ["perspective, 5 m away; lens known, tilt and the person's size unknown", *spread.values()],
        ["orthographic; tilt and the person's size known", *level.values()],
    ]
    words = [
        f"Motion capture of people that the prior has not seen: {real['frames']} frames, exact 2D keypoints. How hard",
        "that is depends on the camera. The first row is `maquette evaluate lifting --protocol mocap-lifting`, the",
        f"second the easiest camera there is, each frame by itself. In mm, mean and spread of {real['seeds']} seeds:",
    ]
    return section("", words, table(["camera", *MEASURES.values()], rows), "mocap_lifting", "lifting_prior")


MEASURES = {"mpjpe": "MPJPE", "n_mpjpe": "N-MPJPE", "p_mpjpe": "P-MPJPE"}


def mixture_or_one() -> str:
    """What the mixture is worth beside a single Gaussian."""
    found = figures("lifting_prior")
    titles = {
        "compact": "what we ship",
        "compact, most probable": "the same, most probable hypothesis alone",
        "paper": "the published setting",
    }
    rows = []
    for key, title in titles.items():
        pair = [found[key][which] for which in ("mixture", "one component")]
        cells = [f"{each['mpjpe_mm']:.1f} ± {each['mpjpe_spread_mm']:.1f}" for each in pair]
        rows.append([title, *cells, f"{found[key]['mixture_better_by_percent']:.0f} %"])
    words = ["What the mixture is worth, through the orthographic camera:"]
    head = ["MPJPE in mm", "mixture", "one component", "mixture better by"]
    return section("", words, table(head, rows), "lifting_prior")


def speed() -> str:
    """Poses a second."""
    found = figures("lifting_speed")
    titles = {
        "all joints seen": "all joints seen",
        "visibility for each pose": "a visibility of its own for every pose",
    }
    words = [
        f"The solver on two cores, {found['setting']}, in poses a second (median, lowest to highest of 15 runs):",
    ]
    rows = [[title, *rate(found[key])] for key, title in titles.items()]
    head = ["", "poses a second", "times the authors' released solver", "share of the matrix-product rate"]
    return section("", words, table(head, rows), "lifting_speed")


def rate(figure: dict[str, Any]) -> list[str]:
    """Three cells: the rate with its spread, and how it compares."""
    low, middle, high = (f"{figure[key]:,}" for key in ("lowest", "poses_per_s", "highest"))
    share = figure["share_of_matrix_product_rate"]
    return [f"{middle} ({low} to {high})", str(figure["times_the_released_solver"]), f"{share:.1%}"]


def memory() -> str:
    """Memory of long videos."""
    return section("", [streamed()], [], "long_video")


def streamed() -> str:
    """One sentence on memory."""
    short, long = figures("long_video").items()
    return (
        f"Videos are streamed: `maquette predict` with an overlay peaked at {short[1]['peak_memory_mb']} MB for "
        f"{short[0]} of video and at {long[1]['peak_memory_mb']} MB for {long[0]}."
    )


def start_up() -> str:
    """How long commands take until they work."""
    return section("", [started()], [], "startup")


def started() -> str:
    """One sentence on start-up."""
    found = figures("startup")
    predict, lift = (found[name] for name in ("predict to the first frame", "lift one picture"))
    return (
        f"`maquette predict` is at the first frame of a video after {predict['seconds']['median']:g} s, "
        f"{predict['times_import_torch']['median']:g} times what `import torch` takes; `maquette lift` of one picture "
        f"is done after {lift['seconds']['median']:g} s."
    )


def speed_in_short() -> str:
    """One sentence each on speed, start-up and memory."""
    rates = figures("lifting_speed")
    solver = (
        f"On two cores the solver lifts {rates['all joints seen']['poses_per_s']:,} poses a second, and "
        f"{rates['visibility for each pose']['poses_per_s']:,} where other joints are hidden in every pose."
    )
    return section("", [solver, started(), streamed()], [], "lifting_speed", "startup", "long_video")
