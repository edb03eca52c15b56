"""The figures of docs/structure_motion.md: backbone, SAP-Net, TP-Net, weak losses, photographs, speed."""

from result_files import figures, source


def structure_figures() -> list[str]:
    """All parts, one below the other."""
    parts = [backbone(), structure_on_synthetic(), weak_losses(), temporal(), on_real_trial(), domain_step()]
    return [*parts, structure_speed(), loss_times()]


def backbone() -> str:
    """How good the backbone is on people it has not seen, and its way there."""
    found = figures("backbone")
    titles = {
        "torso_pck": ("limb joints within a fifth of the torso, %", 100),
        "pair_accuracy": ("pairs of joints on their own sides, %", 100),
        "part_iou": ("intersection over union of parts, %", 100),
        "depth_error_mm": ("error of depths, mm", 1),
        "yaw_error_deg": ("median error of the body yaw, degrees", 1),
        "size_error": ("median error of the size, %", 100),
    }
    curve = found["curve on the validation set"]
    lines = [
        "### The backbone",
        "",
        f"On {found['people']} people of synthetic-v1's test set, and on the way there on 512 of the validation set:",
        "",
        f"| views | {' | '.join(title for title, _ in titles.values())} |",
        "|---|" + "---|" * len(titles),
    ]
    rows = [(f"{entry['views']:,}", entry) for entry in curve] + [("**test**", found["test"])]
    for name, entry in rows:
        cells = (f"{entry[key] * factor:.1f}" if key in entry else "" for key, (_, factor) in titles.items())
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", source("backbone", "backbone")])


METHODS = {"SAP-Net": "structure-motion", "+ TP-Net": "structure-motion+tp", "+ Bi-TP-Net": "structure-motion+bi-tp"}


def structure_on_synthetic() -> str:
    """SAP-Net, alone and refined through time, on the three test sets."""
    found = {title: figures(f"synthetic_v1_{method}") for title, method in METHODS.items()}
    lines = [
        "### SAP-Net on synthetic-v1",
        "",
        "People cut out around their true boxes, the camera's matrix given.",
        "",
    ]
    for kind, one in found["SAP-Net"].items():
        names = list(one["structure-motion"])
        lines += [
            f"{kind}, {one['people_judged']} people:",
            "",
            f"| | {' | '.join(names)} |",
            "|---|" + "---|" * len(names),
        ]
        for title, method in METHODS.items():
            lines.append(f"| {title} | {' | '.join(f'{found[title][kind][method][name]:g}' for name in names)} |")
        lines.append("")
    return "\n".join([*lines, source("synthetic_v1_METHOD", "synthetic_v1", " --method METHOD")])


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
        "joints_not_found_percent": "not found, %",
    }
    lines = [
        "### From rendered people to photographs",
        "",
        "The joints of the limbs, within a fifth of the torso, people cut out around their true boxes:",
        "",
        f"| | {' | '.join(titles.values())} |",
        "|---|" + "---|" * len(titles),
    ]
    for name, one in found.items():
        if isinstance(one, dict):
            lines.append(f"| {name} | {' | '.join(f'{one[key]:g}' for key in titles)} |")
    return "\n".join([*lines, "", source("domain_step", "domain_step")])


def structure_speed() -> str:
    """How quick the networks are."""
    found = figures("structure_speed")
    lines = ["### Speed", "", "In plain torch on two threads, median, slowest and fastest tenth:", ""]
    for name, one in found.items():
        if isinstance(one, dict):
            lines.append(f"- {name}: {one['per_s']:g} a second ({one['slow_per_s']:g} to {one['fast_per_s']:g})")
    return "\n".join([*lines, "", source("structure_speed", "structure_speed")])


def loss_times() -> str:
    """How quick the losses are."""
    found = figures("losses")
    lines = ["### The losses' times", "", f"{found['setting']}; median and least, in milliseconds, on two threads:", ""]
    for name, one in found.items():
        if isinstance(one, dict):
            ours = one.get("this", one)
            plain = f"; written plainly {one['plain']['median_ms']:g}" if "plain" in one else ""
            lines.append(f"- {name}: {ours['median_ms']:g} ({ours['least_ms']:g}){plain}")
    return "\n".join([*lines, "", source("losses", "losses")])


def weak_losses() -> str:
    """What each weak loss adds, as in the paper's ablation."""
    found = figures("structure_ablation")
    settings = found["settings"]
    titles = {
        "mpjpe_mm": ("MPJPE, mm", 1),
        "p_mpjpe_mm": ("P-MPJPE, mm", 1),
        "asymmetry_mm": ("left-right difference, mm", 1),
        "illegal_share": ("illegal bends, %", 100),
    }
    lines = [
        "### What the weak losses add",
        "",
        f"The depth module alone, on a backbone that has learnt from 2D labels only; {100 * settings['share']:g} % of",
        f"{settings['count']} rendered people show their depths, the others are annotated in 2D. {settings['tested']}",
        f"people of the test set at their true size; mean of {settings['seeds']} seeds, least and most:",
        "",
        f"| | {' | '.join(title for title, _ in titles.values())} |",
        "|---|" + "---|" * len(titles),
    ]
    for name, row in found["rows"].items():
        cells = [
            f"{row[key]['mean'] * by:.1f} ({row[key]['least'] * by:.1f} to {row[key]['most'] * by:.1f})"
            for key, (_, by) in titles.items()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    options = " --people PEOPLE --test PEOPLE --backbone FILE"
    return "\n".join([*lines, "", source("structure_ablation", "structure_ablation", options)])


def temporal() -> str:
    """How much nearer TP-Net comes to the truth."""
    found = figures("temporal_on_predictions")
    lines = [
        "### TP-Net",
        "",
        f"Poses of SAP-Net in rendered clips, other people's clips to judge by, {found['seeds']} seeds:",
        "",
        "| window | MPJPE before, mm | after, mm | better by, % | ms a frame |",
        "|---|---|---|---|---|",
    ]
    for name, one in found.items():
        if isinstance(one, dict):
            after = f"{one['after_mm']:.1f} ± {one['after_spread_mm']:.1f}"
            cells = (f"{one['before_mm']:.1f}", after, f"{one['better_by_percent']:.1f}", one["milliseconds_a_frame"])
            lines.append(f"| {name} | {' | '.join(map(str, cells))} |")
    options = " --predictions CLIPS --judges CLIPS"
    return "\n".join([*lines, "", source("temporal_on_predictions", "temporal", options)])


def on_real_trial() -> str:
    """Errors on the four-camera trial."""
    lines = [
        "### On a real trial",
        "",
        "The four cameras of [lifting](lifting.md), the person shown where BlazePose found him; P-MPJPE in mm:",
        "",
        "| | camera 1 | 2 | 3 | 4 | mean |",
        "|---|---|---|---|---|---|",
    ]
    rows = {
        name.removesuffix(", default").replace("blazepose, ", ""): one
        for method in METHODS.values()
        for name, one in figures(f"real_multiview_{method}").items()
    }
    for name, one in rows.items():
        cells = [f"{one[camera]['p_mpjpe_mm']:.0f}" for camera in ("cam1", "cam2", "cam3", "cam4", "mean")]
        lines.append(f"| {name.removesuffix(', blazepose')} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", source("real_multiview_METHOD", "real_multiview", " --method METHOD")])
