"""Write the figures of benchmarks/results into README.md and docs/lifting.md; run by `make docs`."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/lifting.md")
START, END = "<!-- figures -->", "<!-- end of figures -->"
CAMERAS = ("cam1", "cam2", "cam3", "cam4")


def main() -> None:
    """Renew the part of each page between the two marks."""
    text = "\n".join([START, real_trial(), held_out(), speed(), END])
    for page in PAGES:
        path = ROOT / page
        old = path.read_text(encoding="utf-8")
        path.write_text(re.sub(f"{START}.*{END}", lambda _: text, old, flags=re.DOTALL), encoding="utf-8")


def figures(name: str) -> dict[str, Any]:
    """The figures of one benchmark."""
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))["figures"]


def source(name: str, script: str) -> str:
    """The line under a figure that says how it was made."""
    return f"`python benchmarks/{script}.py` → `benchmarks/results/{name}.json`\n"


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


if __name__ == "__main__":
    main()
