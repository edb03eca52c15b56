"""The figures of docs/structure_motion.md: backbone, SAP-Net, TP-Net, weak losses, photographs, speed."""

from typing import Any

from records import figures
from tables import section, table

METHODS = {"SAP-Net": "structure-motion", "+ TP-Net": "structure-motion+tp", "+ Bi-TP-Net": "structure-motion+bi-tp"}
CAMERAS = ("cam1", "cam2", "cam3", "cam4")
PUBLISHED_ROWS = {"+ L_s": 58.3, "+ L_a": 57.7, "+ L_g": 58.3, "+ L_g + L_a": 56.2, "+ L_g + L_a + L_s": 55.51}
PUBLISHED_WINDOWS = {
    "online, 4 poses": 53.0, "online, 10 poses": 52.24, "online, 20 poses": 52.1,
    "bidirectional, 4 poses": 52.4, "bidirectional, 10 poses": 51.36, "bidirectional, 20 poses": 51.1,
}  # fmt: skip
"""MPJPE in mm on Human3.6M, tables 3 and 4 of Dabral et al. (ECCV 2018)."""
PUBLISHED_START, PUBLISHED_BEFORE = 58.5, 55.5
"""Of supervised losses alone, and of SAP-Net before TP-Net."""


def structure_figures() -> list[str]:
    """All parts, one below the other."""
    parts = [backbone(), backbone_training(), structure_on_synthetic(), weak_losses(), temporal(), old_poses()]
    return [*parts, on_real_trial(), domain_step(), structure_speed(), loss_times()]


OF_BACKBONE = {
    "torso_pck": ("limb joints within a fifth of the torso, %", 100),
    "pair_accuracy": ("pairs of joints on their own sides, %", 100),
    "part_iou": ("intersection over union of parts, %", 100),
    "depth_error_mm": ("error of depths, mm", 1),
    "yaw_error_deg": ("median error of the body's yaw, degrees", 1),
    "size_error": ("median error of the size, %", 100),
}
OF_CURVE = OF_BACKBONE | {
    "photographs_torso_pck": ("in photographs: limb joints within a fifth of the torso, %", 100),
    "photographs_mirrored": ("people mirrored, %", 100),
}


def backbone() -> str:
    """How good the backbones of both lines are on people they have not seen."""
    names = {"clean, `backbone`": "backbone", "assisted, `backbone_assisted`": "backbone_assisted"}
    rows = [[line, f"{figures(name)['people']}", *cells_of_backbone(figures(name))] for line, name in names.items()]
    words = ["The bundled backbones on people of synthetic-v1's test set:"]
    lines = table(["line", "people", *(title for title, _ in OF_BACKBONE.values())], rows)
    return section("### The backbone", words, lines, *names.values())


def backbone_training() -> str:
    """The way there."""
    curve = figures("backbone_training")["curve on the validation set"]
    words = [
        "The assisted line's, on people of the validation set, while it learned, and on photographs of COCO held out.",
        "What is bundled is the best of the first training by the sum of both PCK; the second, with all but the finest",
        "features learning at 192 px, went on from there, and is what the bundled SAP-Net started from:",
    ]
    rows = [[f"{one['samples']:,}", f"{one['hours']:.1f}", *cells_of_backbone(one, OF_CURVE)] for one in curve]
    lines = table(["samples seen", "hours", *(title for title, _ in OF_CURVE.values())], rows)
    return section("", words, lines, "backbone_training")


def cells_of_backbone(found: dict[str, float], titles: dict[str, tuple[str, int]] = OF_BACKBONE) -> list[str]:
    """The figures in the units of the table; empty where one was not measured."""
    return [f"{found[key] * factor:.1f}" if key in found else "" for key, (_, factor) in titles.items()]


def structure_on_synthetic() -> str:
    """SAP-Net, alone and refined through time, on the three test sets."""
    names = [f"synthetic_v1_{method}" for method in METHODS.values()]
    found = {title: figures(name) for title, name in zip(METHODS, names, strict=True)}
    lines: list[str] = []
    for kind, one in found["SAP-Net"].items():
        columns = list(one["structure-motion"])
        rows = [
            [title, *(f"{found[title][kind][method][name]:g}" for name in columns)] for title, method in METHODS.items()
        ]
        lines += [f"{kind}, {one['people_judged']} people:", "", *table(["", *columns], rows), ""]
    words = ["People cut out around their true boxes, the camera's matrix given; sizes as the network reads them."]
    return section("### SAP-Net on synthetic-v1", words, lines[:-1], *names)


def weak_losses() -> str:
    """What each weak loss adds, beside the paper's ablation."""
    found = figures("structure_ablation")
    settings, rows = found["settings"], found["rows"]
    titles = {
        "mpjpe_mm": ("MPJPE, mm", 1),
        "p_mpjpe_mm": ("P-MPJPE, mm", 1),
        "asymmetry_mm": ("left-right difference, mm", 1),
        "illegal_share": ("illegal bends, %", 100),
    }
    words = [
        "The depth module alone, on a backbone that has learned from 2D labels only. Of "
        f"{settings['count']} rendered people {100 * settings['share']:g} %",
        f"show their depths, the others are annotated in 2D. The published weights of the weak losses are multiplied "
        f"by {settings['scale']:g};",
        f"beside them the depth error has the weight 1. Scored are {settings['tested']} people of the test set, "
        "scaled to their true",
        f"size; mean of {settings['seeds']} seeds, and in brackets the seeds:",
    ]
    cells = ([name, *(over_seeds(row[key], by) for key, (_, by) in titles.items())] for name, row in rows.items())
    lines = [*table(["", *(title for title, _ in titles.values())], cells), "", *best_single_loss(rows)]
    return section("### What the weak losses add", words, lines, "structure_ablation")


def over_seeds(figure: dict[str, Any], factor: float) -> str:
    """The mean, and in brackets every seed; in an older file least and most of them."""
    if "seeds" not in figure:
        return f"{figure['mean'] * factor:.1f} ({figure['least'] * factor:.1f} to {figure['most'] * factor:.1f})"
    return f"{figure['mean'] * factor:.1f} ({', '.join(f'{value * factor:.1f}' for value in figure['seeds'])})"


def best_single_loss(rows: dict[str, Any]) -> list[str]:
    """Which loss helps most by itself, here and in the paper."""
    start = rows["supervised only"]["mpjpe_mm"]["mean"]
    gains = {name: start - rows[name]["mpjpe_mm"]["mean"] for name in PUBLISHED_ROWS}
    published = {name: PUBLISHED_START - error for name, error in PUBLISHED_ROWS.items()}
    singles = [name for name in gains if name.count("+") == 1]
    ours, theirs = (max(singles, key=found.__getitem__) for found in (gains, published))
    same = "as in the paper" if ours == theirs else f"in the paper it is {theirs.removeprefix('+ ')}"
    everything = list(PUBLISHED_ROWS)[-1]
    told = "; ".join(f"{name} {gains[name]:.1f} ({published[name]:.1f})" for name in PUBLISHED_ROWS)
    return [
        f"The single loss that helps most here is {ours.removeprefix('+ ')}; {same}. Gains in MPJPE, mm, and in",
        f"brackets those of the paper's table 3 (Human3.6M): {told}.",
        f"All three together take {gains[everything]:.1f} of {start:.1f} mm off here, {published[everything]:.1f} of "
        f"{PUBLISHED_START:g} mm there.",
    ]


def temporal() -> str:
    """How much nearer TP-Net comes to the truth, on validation and on test clips."""
    found = figures("temporal_on_predictions")
    windows = {name: of_splits(found[name]) for name in PUBLISHED_WINDOWS}
    first = next(iter(windows.values()))
    before = " and ".join(f"{one['before_mm']:.1f}" for one in first.values() if one)
    words = [
        "Poses of SAP-Net in rendered clips, nets trained anew. Settings were compared on the validation clips;",
        f"the test clips, of yet other people, decided nothing. MPJPE in mm, {found['seeds']} seeds; before: {before}.",
        f"The paper's column is its table 4 (Human3.6M), where SAP-Net has {PUBLISHED_BEFORE:g}:",
    ]
    rows = [
        [name, *gain(one["validation"]), *gain(one["test"]), f"{PUBLISHED_WINDOWS[name]:g}"]
        for name, one in windows.items()
    ]
    head = ["window", "validation", "better by, %", "test", "better by, %", "paper"]
    lines = [*table(head, rows), "", *order_of_windows(windows)]
    return section("### TP-Net", words, lines, "temporal_on_predictions")


def of_splits(one: dict[str, Any]) -> dict[str, dict[str, float]]:
    """The figures of a window on validation and on test clips; an older file holds those of validation clips alone."""
    return one if "validation" in one else {"validation": one, "test": {}}


def gain(one: dict[str, float]) -> list[str]:
    """Two cells: the error after, and by how much it is better; empty where that was not measured."""
    if not one:
        return ["", ""]
    return [f"{one['after_mm']:.1f} ± {one['after_spread_mm']:.1f}", f"{one['better_by_percent']:.1f}"]


def order_of_windows(windows: dict[str, Any]) -> list[str]:
    """Which window is best online, here and in the paper, and what is shipped."""
    online = [name for name in PUBLISHED_WINDOWS if name.startswith("online")]
    ours = sorted(online, key=lambda name: windows[name]["validation"]["after_mm"])
    theirs = sorted(online, key=PUBLISHED_WINDOWS.__getitem__)
    lengths, published = (", ".join(name.split()[1] for name in order) for order in (ours, theirs))
    shipped = windows["online, 20 poses"]
    gains = {split: f"by {one['better_by_percent']:.1f} % on {split} clips" for split, one in shipped.items() if one}
    order = "the paper's order too" if lengths == published else f"the paper's order is {published}"
    return [
        f"Online windows from best to worst on validation clips: {lengths} poses; {order}.",
        f"What we ship, online with 20 poses, is better {' and '.join(gains.values())}.",
    ]


def old_poses() -> str:
    """How much poses of long ago still sway TP-Net."""
    found = figures("analyses")["sensitivity"]
    words = [
        f"The paper calls poses more than five steps back negligible. In the bundled TP-Net each of these "
        f"{found['old_poses']} poses still",
        f"sways the output {100 * found['old_poses_mean_share']:.0f} % as much as the current pose does, "
        f"{found['old_poses_summed_share']:g} times as much all together",
        "(`maquette analyse sensitivity`, [analyses](analyses.md)).",
    ]
    return section("", words, [], "analyses")


def on_real_trial() -> str:
    """Errors on the four-camera trial."""
    names = [f"real_multiview_{method}" for method in METHODS.values()]
    names += [f"real_multiview_{method}_clean" for method in METHODS.values()]
    compared = "real_multiview_lifting"
    found = {
        name.replace("blazepose, ", "").removesuffix(", default"): one
        for record in names
        for name, one in figures(record).items()
        if CAMERAS[0] in one
    }
    found["lifting, for comparison"] = figures(compared)["lifting, blazepose, default"]
    words = [
        "The four cameras of [lifting](lifting.md), the person shown where BlazePose found him. P-MPJPE in mm camera",
        "by camera, then means: MPJPE with sizes as they come, the same at the true size, and P-MPJPE. Frames in which",
        "a joint is unknown are left out. Rows that are older than the fit over whole tracks are without it; their",
        "commits tell:",
    ]
    rows = [
        [
            name,
            *(f"{one[camera]['p_mpjpe_mm']:.0f}" for camera in CAMERAS),
            *(f"{one['mean'][key]:.0f}" for key in ("mpjpe_mm", "mpjpe_at_true_size_mm", "p_mpjpe_mm")),
            f"{sum(one[camera]['frames_left_out'] for camera in CAMERAS):g}",
        ]
        for name, one in found.items()
    ]
    head = ["", "camera 1", "2", "3", "4", "MPJPE", "at the true size", "P-MPJPE", "frames left out"]
    return section("### On a real trial", words, table(head, rows), *names, compared)


def domain_step() -> str:
    """The same weights on rendered people and on photographs."""
    found = figures("domain_step")
    titles = {
        "people": "people",
        "joints": "joints",
        "pck_percent": "PCK@0.2, %",
        "pck_of_visible_percent": "of visible joints",
        "pck_ignoring_sides_percent": "ignoring sides",
        "pairs_wholly_right_percent": "pairs on their own sides, %",
        "people_mirrored_percent": "people mirrored, %",
        "joints_not_found_percent": "not found, %",
    }
    words = ["The joints of the limbs, within a fifth of the torso, people cut out around their true boxes:"]
    judged = {name: one for name, one in found.items() if isinstance(one, dict)}
    titles = {key: title for key, title in titles.items() if any(key in one for one in judged.values())}
    rows = [[name, *(_with_interval(one, key) for key in titles)] for name, one in judged.items()]
    lines = table(["", *titles.values()], rows)
    return section("### From rendered people to photographs", words, lines, "domain_step")


def _with_interval(one: dict[str, Any], key: str) -> str:
    """A figure, and within which it lies in 95 % of samples of people where the file says so."""
    if one.get(key) is None:
        return ""
    within = one.get(f"{key}_within")
    return f"{one[key]:g}" + (f" ({within[0]:g} to {within[1]:g})" if within and None not in within else "")


def structure_speed() -> str:
    """How quick the networks are."""
    lines = [
        f"- {name}: {one['per_s']:g} a second ({one['slow_per_s']:g} to {one['fast_per_s']:g})"
        for name, one in figures("structure_speed").items()
        if isinstance(one, dict)
    ]
    words = ["In plain torch on two threads, median, slowest and fastest tenth:"]
    return section("### Speed", words, lines, "structure_speed")


def loss_times() -> str:
    """How quick the losses are."""
    found = figures("losses")
    lines = []
    for name, one in found.items():
        if isinstance(one, dict):
            ours = one.get("this", one)
            plain = f"; written plainly {one['plain']['median_ms']:g}" if "plain" in one else ""
            lines.append(f"- {name}: {ours['median_ms']:g} ({ours['least_ms']:g}){plain}")
    words = [f"{found['setting']}; median and least, in milliseconds, on two threads:"]
    return section("### The losses' times", words, lines, "losses")
