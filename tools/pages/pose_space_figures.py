"""The figures of docs/pose_space.md: ranges out of the code, exactness, plausibility, embeddings, speed, repair."""

from typing import Any

from records import figures
from tables import section, table, transposed

from maquette.body.anatomy import BONE_RATIOS
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, LIMITED_JOINTS, MEASURED_LIMITS, BendRange

BONES = {
    "shoulder": "collar bone", "head_top": "head", "elbow": "upper arm", "wrist": "forearm", "knee": "thigh",
    "ankle": "shin", "foot": "foot", "thorax": "trunk", "hip": "half of the hips",
}  # fmt: skip


def ranges() -> list[str]:
    """The table of joint limits."""
    rows = []
    for joint in LIMITED_JOINTS:
        cells = [words(pair) for limits in (DEFAULT_LIMITS, MEASURED_LIMITS) for pair in bounds(limits.ranges[joint])]
        rows.append([BONES[joint], f"`{joint}`", *cells])
    tilts = [f"±{limits.hip_tilt_deg:g}" for limits in (DEFAULT_LIMITS, MEASURED_LIMITS)]
    rows.append(["hip line", "`hip`", f"tilt {tilts[0]}", "", f"tilt {tilts[1]}", ""])
    return table(["limb", "ends at", "gamma", "theta", "measured: gamma", "theta"], rows)


def bounds(bend: BendRange) -> tuple[tuple[float, float], tuple[float, float]]:
    """Gamma's and theta's."""
    return bend.gamma, bend.theta


def words(bounds: tuple[float, float]) -> str:
    """A range as the table says it."""
    return "any" if bounds[1] - bounds[0] >= 360 else f"{bounds[0]:g} to {bounds[1]:g}"


def ratios() -> list[str]:
    """The table of bone lengths."""
    return table([BONES[joint] for joint in BONE_RATIOS], [[f"{ratio:g}" for ratio in BONE_RATIOS.values()]])


def pose_space_figures() -> list[str]:
    """What the benchmarks of the space found."""
    found = figures("pose_space")
    return [exactness(found), in_range(found), implausible(found), embeddings(found), speed()]


def repair_figures() -> list[str]:
    """Errors before and after each repair."""
    found = figures("pose_repair")
    corruptions = {name: one for name, one in found.items() if isinstance(one, dict)}
    ways = [name for name in next(iter(corruptions.values())) if name != "winner"]
    about = [
        "MPJPE relative to the pelvis and, in brackets, P-MPJPE, in millimetres on an adult;",
        f"{found['poses']} poses of people nobody learned from, mean and spread of {found['seeds']} seeds:",
    ]
    rows = [
        [name, *(errors(one, way) for way in ways), " and ".join(one["winner"])] for name, one in corruptions.items()
    ]
    best = "; ".join(f"{name}: {' and '.join(one['winner'])}" for name, one in corruptions.items() if name != "nothing")
    lines = [*table(["corrupted by", *ways, "best"], rows), "", f"Which wins: {best}."]
    return [section("", about, lines, "pose_repair")]


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
    about = [
        f"The largest error of any coordinate over {first['poses']:,} recorded poses about their pelvis, in metres; of",
        "rotations and directions, as a number:",
    ]
    titles = {name: name for name in first if name != "poses"}
    return section("### Exactness", about, transposed(titles, columns, "{:.1e}"), "pose_space")


def in_range(found: dict[str, Any]) -> str:
    """How many real poses keep to the limits."""
    limits: dict[str, dict[str, float]] = found["limits"]
    columns = {"default": limits["DEFAULT_LIMITS"], "measured": limits["MEASURED_LIMITS"]}
    about = [f"Percent of {found['poses']:,} held-out recorded poses:"]
    lines = transposed({name: name for name in columns["default"]}, columns)
    return section("### Real poses within the limits", about, lines, "pose_space")


def implausible(found: dict[str, Any]) -> str:
    """Who fails the test of plausibility."""
    titles = {"val": "held-out motion capture"}
    shares = {titles.get(name, name): one for name, one in found["implausible"].items()}
    shares |= {f"random codes, {name}": one["implausible_percent"] for name, one in found["embeddings"].items()}
    tests = ("all", "elbows", "knees", "limbs meet", "spread")
    about = [f"Percent, mean and spread of {found['seeds']} seeds of {found['samples']:,} poses:"]
    rows = [[name, *(f"{one[test]:g}" for test in tests)] for name, one in shares.items()]
    return section("### Implausible poses", about, table(["", *tests[:-1], "spread of all"], rows), "pose_space")


def embeddings(found: dict[str, Any]) -> str:
    """What the embeddings reach."""
    titles = {
        "reconstruction_mm": "encoded and decoded, mean over joints, mm",
        "reconstruction_median_mm": "the same, median over poses, mm",
        "nearest_mm": "nearest pose of the embedding, mm",
        "covered_percent": "poses within 30 mm of a decoded code, %",
        "implausible_against_artificial": "implausible random codes, as a share of implausible artificial poses",
        "bones_off_at_most": "largest error of a decoded bone, head lengths",
    }
    about = [f"On {found['poses']:,} held-out recorded poses, at adult size; learned from:"]
    return section("### Embeddings", about, transposed(titles, found["embeddings"]), "pose_space")


def speed() -> str:
    """How quick the maps are."""
    found = figures("pose_space_speed")
    about = [
        f"{found['poses']:,} poses on two threads, median. A matrix product is that of two float32 matrices of side",
        f"2048, which took {found['matrix_product_s']:g} s in the same run:",
    ]
    rows = [
        [name, f"{one['seconds']:g}", f"{one['poses_per_s']:,}", f"{one['matrix_products']:g}"]
        for name, one in found.items()
        if isinstance(one, dict)
    ]
    lines = table(["", "seconds", "poses a second", "matrix products"], rows)
    return section("### Speed", about, lines, "pose_space_speed")
