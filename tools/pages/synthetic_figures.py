"""The figures of docs/synthetic.md: how fast people are rendered, whether labels agree, the test sets."""

from typing import Any

from records import figures
from tables import section, table, transposed


def synthetic_figures() -> list[str]:
    """All parts, one below the other."""
    return [rendering_speed(), raster_speed(), label_agreement(), test_sets(), lifting_on_them()]


def rendering_speed() -> str:
    """Pictures a second, and memory."""
    found = figures("synthesis")
    words = [
        "Pictures per second of one processor core's time, everything included (bodies, clothes, poses, scene,",
        "picture, labels, encoding, writing), with all three kinds of files given; median, lowest to highest of",
        "repeated shards:",
    ]
    rates = found["pictures_per_core_second"]
    rows = [[title, f"{rate['median']} ({rate['lowest']} to {rate['highest']})"] for title, rate in rates.items()]
    memory = ", ".join(f"{value:,.0f} MB {key}" for key, value in found["memory_mb"].items() if key != "peak")
    lines = [*table(["", "pictures per core-second"], rows), "", f"Memory of the process: {memory}."]
    return section("## How fast", words, lines, "synthesis")


def raster_speed() -> str:
    """The rasteriser alone, beside another."""
    found = figures("raster")
    words = [
        f"The rasteriser alone takes {found['raster_256px_ms']} ms for a body of {found['triangles']:,} triangles at",
        f"256 pixels, on one core; {against(found)}.",
    ]
    return section("", words, [], "raster")


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
    columns = {"one person": found["labels_of_one_person"], "two to six people": found["labels_of_2_to_6_people"]}
    return section("## Whether the labels agree", [], transposed(titles, columns, "{}"), "synthesis")


def test_sets() -> str:
    """What the test sets hold."""
    titles = {
        "people": "people",
        "joints_visible_percent": "joints seen, %",
        "people_mostly_hidden_percent": "people of whom less than a quarter is seen, %",
        "median_height_px": "median height of what is seen of a person, pixels",
    }
    lines = transposed(titles, figures("synthetic_v1_lifting"), "{}")
    return section("## The test sets, and `lifting` on them", [], lines, "synthetic_v1_lifting")


def lifting_on_them() -> str:
    """Lifting on the test sets."""
    words = [
        "`lifting` on pictures and clips spread over the sets, given the true 2D joints of everybody, seen or not,",
        "and the camera's matrix, not its tilt; sizes as they come, those of a person of 1.70 m:",
    ]
    lines = []
    for kind, one in figures("synthetic_v1_lifting").items():
        scores = ", ".join(f"{name} {value:g}" for name, value in one["lifting"].items())
        lines.append(f"- {kind}, {one['people_judged']} people: {scores}")
    return section("", words, lines, "synthetic_v1_lifting")
