"""The figures of docs/pose_space.md: ranges out of the code, exactness, plausibility, embeddings, speed, repair."""

from typing import Any

from result_files import ROOT, figures, source

from maquette.body.anatomy import BONE_RATIOS
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, LIMITED_JOINTS, MEASURED_LIMITS, BendRange

BONES = {
    "shoulder": "collar bone", "head_top": "head", "elbow": "upper arm", "wrist": "forearm", "knee": "thigh",
    "ankle": "shin", "foot": "foot", "thorax": "trunk", "hip": "half of the hips",
}  # fmt: skip


def ranges() -> list[str]:
    """The table of joint limits."""
    lines = [
        "| limb | ends at | gamma | theta | measured: gamma | theta |",
        "|---|---|---|---|---|---|",
    ]
    for joint in LIMITED_JOINTS:
        cells = [words(pair) for limits in (DEFAULT_LIMITS, MEASURED_LIMITS) for pair in bounds(limits.ranges[joint])]
        lines.append(f"| {BONES[joint]} | `{joint}` | {' | '.join(cells)} |")
    tilts = [f"±{limits.hip_tilt_deg:g}" for limits in (DEFAULT_LIMITS, MEASURED_LIMITS)]
    return [*lines, f"| hip line | `hip` | tilt {tilts[0]} | | tilt {tilts[1]} | |"]


def bounds(bend: BendRange) -> tuple[tuple[float, float], tuple[float, float]]:
    """Gamma's and theta's."""
    return bend.gamma, bend.theta


def words(bounds: tuple[float, float]) -> str:
    """A range as the table says it."""
    return "any" if bounds[1] - bounds[0] >= 360 else f"{bounds[0]:g} to {bounds[1]:g}"


def ratios() -> list[str]:
    """The table of bone lengths."""
    return [
        f"| {' | '.join(BONES[joint] for joint in BONE_RATIOS)} |",
        "|---" * len(BONE_RATIOS) + "|",
        f"| {' | '.join(f'{ratio:g}' for ratio in BONE_RATIOS.values())} |",
    ]


def pose_space_figures() -> list[str]:
    """What the benchmark of the space found; nothing if it has not been run."""
    if not has_results("pose_space"):
        return []
    found = figures("pose_space")
    parts = [exactness(found), in_range(found), implausible(found), embeddings(found), speed(found)]
    return [*parts, source("pose_space", "pose_space")]


def repair_figures() -> list[str]:
    """Errors before and after each repair; nothing if the benchmark has not been run."""
    if not has_results("pose_repair"):
        return []
    found = figures("pose_repair")
    corruptions = {name: one for name, one in found.items() if isinstance(one, dict)}
    ways = [name for name in next(iter(corruptions.values())) if name != "winner"]
    lines = [
        "MPJPE relative to the pelvis and, in brackets, P-MPJPE, in millimetres on an adult;",
        f"{found['poses']} poses of people nobody learned from, mean and spread of {found['seeds']} seeds:",
        "",
        f"| corrupted by | {' | '.join(ways)} | best |",
        "|---" * (len(ways) + 2) + "|",
    ]
    for name, one in corruptions.items():
        lines.append(f"| {name} | {' | '.join(errors(one, way) for way in ways)} | {' and '.join(one['winner'])} |")
    best = "; ".join(f"{name}: {' and '.join(one['winner'])}" for name, one in corruptions.items() if name != "nothing")
    return ["\n".join([*lines, "", f"Which wins: {best}.", ""]), source("pose_repair", "pose_repair")]


def has_results(name: str) -> bool:
    """Whether there are results of that name."""
    return (ROOT / "benchmarks" / "results" / f"{name}.json").is_file()


def errors(one: dict[str, Any], way: str) -> str:
    """A cell, the best one in bold."""
    found = one[way]
    mpjpe = f"{found['mpjpe_mm']:.1f}"
    mpjpe = f"**{mpjpe}**" if way in one["winner"] else mpjpe
    return f"{mpjpe} ± {found['mpjpe_spread_mm']:.1f} ({found['p_mpjpe_mm']:.1f})"


def exactness(found: dict[str, Any]) -> str:
    """The worst errors of all maps."""
    columns = found["exactness"]
    first = next(iter(columns.values()))
    names = [name for name in first if name != "poses"]
    lines = [
        "### Exactness",
        "",
        f"The largest error of any coordinate over {first['poses']:,} recorded poses about their pelvis, in metres; of",
        "rotations and directions, as a number:",
        "",
        f"| | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    lines += [f"| {name} | {' | '.join(f'{one[name]:.1e}' for one in columns.values())} |" for name in names]
    return "\n".join([*lines, ""])


def in_range(found: dict[str, Any]) -> str:
    """How many real poses keep to the limits."""
    columns: dict[str, dict[str, float]] = found["limits"]
    titles = {"DEFAULT_LIMITS": "default", "MEASURED_LIMITS": "measured"}
    first = next(iter(columns.values()))
    lines = [
        "### Real poses within the limits",
        "",
        f"Percent of {found['poses']:,} held-out recorded poses:",
        "",
        f"| | {' | '.join(titles.get(name, name) for name in columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    lines += [f"| {name} | {' | '.join(f'{one[name]:g}' for one in columns.values())} |" for name in first]
    return "\n".join([*lines, ""])


def implausible(found: dict[str, Any]) -> str:
    """Who fails the test of plausibility."""
    rows = dict(found["implausible"])
    titles = {"val": "held-out motion capture"}
    rows |= {f"random codes, {name}": one["implausible_percent"] for name, one in found["embeddings"].items()}
    tests = ("all", "elbows", "knees", "limbs meet")
    lines = [
        "### Implausible poses",
        "",
        f"Percent, mean and spread of {found['seeds']} seeds of {found['drawn']:,} poses:",
        "",
        f"| | {' | '.join(tests)} | spread of all |",
        "|---" * (len(tests) + 2) + "|",
    ]
    for name, one in rows.items():
        lines.append(
            f"| {titles.get(name, name)} | {' | '.join(f'{one[test]:g}' for test in tests)} | {one['spread']:g} |"
        )
    return "\n".join([*lines, ""])


def embeddings(found: dict[str, Any]) -> str:
    """What the embeddings reach."""
    columns = found["embeddings"]
    if not columns:
        return ""
    titles = {
        "reconstruction_mm": "encoded and decoded, mean over joints, mm",
        "reconstruction_median_mm": "the same, median over poses, mm",
        "nearest_mm": "nearest pose of the embedding, mm",
        "covered_percent": "poses within 30 mm of a decoded code, %",
        "implausible_against_artificial": "implausible random codes, as a share of implausible artificial poses",
        "bones_off_at_most": "largest error of a decoded bone, head lengths",
    }
    lines = [
        "### Embeddings",
        "",
        f"On {found['poses']:,} held-out recorded poses, at adult size:",
        "",
        f"| learned from | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for key, title in titles.items():
        lines.append(f"| {title} | {' | '.join(f'{one[key]:g}' for one in columns.values())} |")
    return "\n".join([*lines, ""])


def speed(found: dict[str, Any]) -> str:
    """How quick the maps are."""
    one = found["speed"]
    lines = [
        "### Speed",
        "",
        f"{one['poses']:,} poses on two threads, median. A matrix product is that of two float32 matrices of side",
        f"2048, which took {one['matrix_product_s']:g} s in the same run:",
        "",
        "| | seconds | poses a second | matrix products |",
        "|---|---|---|---|",
    ]
    for name, timing in one.items():
        if isinstance(timing, dict):
            lines.append(
                f"| {name} | {timing['seconds']:g} | {timing['poses_per_s']:,} | {timing['matrix_products']:g} |"
            )
    return "\n".join([*lines, ""])
