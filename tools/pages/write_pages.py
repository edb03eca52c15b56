"""Write the figures of benchmarks/results into README.md and the pages of docs; run by `make docs`."""

import re
from typing import Any

from pose_space_figures import pose_space_figures, ranges, ratios, repair_figures
from result_files import ROOT, figures, source
from structure_figures import structure_figures

START, END = "<!-- {} -->", "<!-- end of {} -->"
CAMERAS = ("cam1", "cam2", "cam3", "cam4")


def main() -> None:
    """Renew the parts of the pages between two marks."""
    lifting = [real_trial(), held_out(), speed()]
    for page in ("README.md", "docs/lifting.md"):
        renew(page, "figures", lifting)
    renew("docs/synthetic.md", "synthetic figures", [rendering_speed(), label_agreement(), test_sets()])
    renew("docs/structure_motion.md", "structure figures", structure_figures())
    space = {"bone ratios": ratios, "joint limits": ranges, "repair figures": repair_figures}
    for mark, parts in {**space, "pose space figures": pose_space_figures}.items():
        renew("docs/pose_space.md", mark, parts())


def renew(page: str, mark: str, parts: list[str]) -> None:
    """Write the parts between the two marks of that name."""
    start, end = START.format(mark), END.format(mark)
    path = ROOT / page
    text = "\n".join([start, *parts, end])
    old = path.read_text(encoding="utf-8")
    path.write_text(re.sub(f"{start}.*{end}", lambda _: text, old, flags=re.DOTALL), encoding="utf-8")


def real_trial() -> str:
    """Errors on the four-camera trial."""
    found = figures("real_multiview_lifting")
    rows = {
        "the BlazePose detector's own 3D": "detector's own 3D (BlazePose)",
        "our lifting of BlazePose's 2D points": "lifting, blazepose, default",
        "the same, each frame by itself": "lifting, blazepose, independent frames",
        "the same, camera calibrated": "lifting, blazepose, given camera",
        "our lifting of OpenPose's 2D points": "lifting, openpose, default",
        "the same, each frame by itself ": "lifting, openpose, independent frames",
        "the same, camera calibrated ": "lifting, openpose, given camera",
    }
    lines = [
        "A real trial filmed by four cameras (a man balancing on one leg): error of shoulders, elbows, wrists, hips,",
        "knees and ankles in millimetres against triangulated truth, which itself is good to 20-40 mm.",
        "",
        "| 3D from | P-MPJPE camera 1 | 2 | 3 | 4 | mean | MPJPE | N-MPJPE |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for title, key in rows.items():
        cells = [f"{found[key][camera]['p_mpjpe_mm']:.0f}" for camera in CAMERAS]
        mean = found[key]["mean"]
        cells += [f"**{mean['p_mpjpe_mm']:.1f}**", f"{mean['mpjpe_mm']:.0f}", f"{mean['n_mpjpe_mm']:.0f}"]
        lines.append(f"| {title.strip()} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", source("real_multiview_lifting", "real_multiview")])


def held_out() -> str:
    """Errors on motion capture of people the prior has not seen."""
    found = figures("lifting_prior")
    lines = [
        f"People of motion capture that the prior has not seen ({found['frames']} frames, exact 2D points, camera",
        f"known to be level, random headings; mean and spread of {found['seeds']} seeds):",
        "",
        "| MPJPE in mm | mixture | one component | mixture better by |",
        "|---|---|---|---|",
    ]
    titles = {
        "compact": "what we ship",
        "compact, most probable": "the same, most probable hypothesis alone",
        "paper": "the published setting",
    }
    for key, title in titles.items():
        pair = [found[key][which] for which in ("mixture", "one component")]
        cells = [f"{each['mpjpe_mm']:.1f} ± {each['mpjpe_spread_mm']:.1f}" for each in pair]
        lines.append(f"| {title} | {' | '.join(cells)} | {found[key]['mixture_better_by_percent']:.0f} % |")
    return "\n".join([*lines, "", source("lifting_prior", "lifting_prior")])


def speed() -> str:
    """Poses a second, and memory of long videos."""
    found = figures("lifting_speed")
    rows = {"all joints seen": "all joints seen", "a visibility of its own for every pose": "visibility for each pose"}
    short, long = figures("long_video").items()
    return "\n".join(
        [
            f"The solver on two cores, {found['setting']}, in poses a second (median, lowest to highest of 15 runs):",
            "",
            "| | poses a second | times the authors' released solver | share of the matrix-product rate |",
            "|---|---|---|---|",
            *(f"| {title} | {rate(found[key])} |" for title, key in rows.items()),
            "",
            source("lifting_speed", "lifting_speed"),
            f"Videos are streamed: `maquette predict` with an overlay peaked at {short[1]['peak_memory_mb']} MB for "
            f"{short[0]} of video and at {long[1]['peak_memory_mb']} MB for {long[0]}.",
            source("long_video", "long_video"),
        ]
    )


def rate(figure: dict[str, Any]) -> str:
    """Three cells: the rate with its spread, and how it compares."""
    low, middle, high = (f"{figure[key]:,}" for key in ("lowest", "poses_per_s", "highest"))
    share = figure["share_of_matrix_product_rate"]
    return f"{middle} ({low} to {high}) | {figure['times_the_released_solver']} | {share:.1%}"


def rendering_speed() -> str:
    """Pictures a second, the rasteriser beside another, and memory."""
    found, raster = figures("synthesis"), figures("raster")
    lines = [
        "## How fast",
        "",
        "Pictures per second of one processor core's time, everything included (bodies, clothes, poses, scene,",
        "picture, labels, encoding, writing), with all three kinds of files given; median, lowest to highest of",
        "repeated shards:",
        "",
        "| | pictures per core-second |",
        "|---|---|",
    ]
    for title, rate in found["pictures_per_core_second"].items():
        lines.append(f"| {title} | {rate['median']} ({rate['lowest']} to {rate['highest']}) |")
    memory = ", ".join(f"{value:,.0f} MB {key}" for key, value in found["memory_mb"].items() if key != "peak")
    lines += [
        "",
        f"Memory of the process: {memory}.",
        source("synthesis", "synthesis"),
        f"The rasteriser alone takes {raster['raster_256px_ms']} ms for a body of {raster['triangles']:,} triangles at",
        f"256 pixels, on one core; {against(raster)}.",
        source("raster", "raster"),
    ]
    return "\n".join(lines)


def against(raster: dict[str, Any]) -> str:
    """How the rasteriser compares with pyrender, if that was there."""
    if "times_faster_than_pyrender" not in raster:
        return "pyrender was not there to compare with"
    return (
        f"pyrender in the same run takes {raster['times_faster_than_pyrender']} times as long for its picture, and "
        f"{raster['times_faster_than_pyrender_depth_only']} times for depth alone"
    )


def label_agreement() -> str:
    """Whether points, parts, masks and cameras say the same."""
    found = figures("synthesis")
    titles = {
        "pictures": "pictures looked at",
        "reprojection_px_at_most": "3D joints projected onto 2D ones, largest distance in pixels",
        "limb_joints_on_their_part_percent": "unhidden joints of arms and legs that lie on a part they belong to, %",
        "all_joints_on_their_part_percent": "the same for all 41 joints, %",
        "mask_agrees_with_instances_percent": "pixels whose soft mask and instance label agree, %",
    }
    one, several = found["labels_of_one_person"], found["labels_of_2_to_6_people"]
    lines = ["## Whether the labels agree", "", "| | one person | two to six people |", "|---|---|---|"]
    lines += [f"| {title} | {one[key]} | {several[key]} |" for key, title in titles.items()]
    return "\n".join([*lines, "", source("synthesis", "synthesis")])


def test_sets() -> str:
    """The test sets, and the methods we ship judged on them."""
    found = figures("synthetic_v1")
    about = {
        "people": "people",
        "joints_visible_percent": "joints seen, %",
        "people_mostly_hidden_percent": "people of whom less than a quarter is seen, %",
        "median_height_px": "median height of what is seen of a person, pixels",
    }
    lines = ["## The test sets, and `lifting` on them", "", f"| | {' | '.join(found)} |", "|---|" + "---|" * len(found)]
    lines += [f"| {title} | {' | '.join(str(one[key]) for one in found.values())} |" for key, title in about.items()]
    lines += [
        "",
        "`lifting` on pictures and clips spread over the sets, given the true 2D joints of everybody, seen or not,",
        "and the camera's matrix, not its tilt:",
        "",
    ]
    for kind, one in found.items():
        scores = ", ".join(f"{name} {value:g}" for name, value in one["lifting"].items())
        lines.append(f"- {kind}, {one['people_judged']} people: {scores}")
    return "\n".join([*lines, "", source("synthetic_v1", "synthetic_v1")])


if __name__ == "__main__":
    main()
