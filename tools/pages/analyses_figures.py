"""The figures of docs/analyses.md: what joint limits hold, what sways the temporal net, heights of the loss surface."""

from records import figures
from tables import section, table

LIMBS = {"hip": "hips' tilt", "ankle": "shin"}


def limits_figures() -> list[str]:
    """Real poses within the ranges, and samples that are implausible."""
    found = figures("analyses")["limits"]
    columns = [found[name] for name in ("default", "measured")]
    titles = {
        "implausible samples": "either",
        "samples whose right elbow bends the wrong way (left alike)": "r_elbow",
        "samples that pass through themselves": "self_intersection",
    }
    tightest = (f"{LIMBS.get(one['tightest'], one['tightest'])}, {one['tightest_percent']:g} %" for one in columns)
    rows = [
        ["whole poses within the ranges", *(f"{one['whole_poses_percent']:g} %" for one in columns)],
        ["limb that is within least often", *tightest],
        *([title, *(f"{one['implausible_percent'][key]:.0f} %" for one in columns)] for title, key in titles.items()),
        [
            "implausible with rejection",
            *(f"{one['implausible_after_rejection_percent']['either']:g} %" for one in columns),
        ],
    ]
    real = found["implausible_poses_percent"]
    words = [f"On {found['poses']:,} poses of other people (`val.npz`), and {found['samples']:,} samples of each:"]
    lines = [
        *table(["", "default", "measured"], rows),
        "",
        f"Of the real poses {real['either']:.0f} % fail the test too: {real['r_elbow']:.0f} % by the right elbow, "
        f"{real['l_elbow']:.0f} % by the left one.",
    ]
    return [section("", words, lines, "analyses")]


def sensitivity_figures() -> list[str]:
    """By how much poses of the window sway the output."""
    found = figures("analyses")["sensitivity"]
    shares = found["share_of_the_current_pose"]
    steps = ["-1", "-2", "-3", "-5", "-10", "-19"]
    words = ["How far the output follows a joint of an earlier pose, as a share of how far it follows the current one:"]
    lines = [
        *table(["t", *steps], [["share, %", *(f"{100 * shares[step]:.0f}" for step in steps)]]),
        "",
        f"The {found['old_poses']} poses more than five steps back have "
        f"{100 * found['old_poses_mean_share']:.0f} % each, {found['old_poses_summed_share']:g} times the current pose",
        "all together.",
    ]
    return [section("", words, lines, "analyses")]


def surface_figures() -> list[str]:
    """The heights that the loss surface is argued with."""
    found = figures("analyses")["loss surface"]
    raised = found["losses"]["bent backwards"]["2D + symmetry + angles"]
    words = [
        f"Angles raise (1) by {raised:g}. Between (1) and (3), symmetry makes a barrier of "
        f"{found['barrier_of_symmetry']:g}: once it holds",
        "an elbow, angles no longer pull it over. That fits the order of training, in which symmetry comes last.",
    ]
    return [section("", words, [], "analyses")]
