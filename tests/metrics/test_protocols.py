from dataclasses import replace
from pathlib import Path

import pytest

from maquette.errors import SettingError
from maquette.metrics.adjustment import ADJUSTMENTS
from maquette.metrics.metric import METRICS
from maquette.metrics.protocols import FIRST_TRIALS, LSP_LIKE_14, PROTOCOLS, Protocol, find_protocol

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evaluation.md"


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_every_protocol_hangs_together(protocol: Protocol):
    assert protocol.name and protocol.dataset and protocol.sentence and protocol.source
    assert protocol.skeleton.indices(*protocol.joints, *protocol.roots if protocol.needs == "space" else ())
    assert len(set(protocol.joints)) == len(protocol.joints)
    assert all(metric in METRICS for metric in protocol.metrics)
    assert all(adjustment in ADJUSTMENTS for adjustment in protocol.adjustments)
    assert len({METRICS[metric].needs for metric in protocol.metrics}) <= 1
    assert protocol.metrics or protocol.match == "oks"
    assert protocol.average == "samples" or protocol.group_by != "none"
    assert protocol.every >= 1


def facts(name: str) -> tuple[object, ...]:
    protocol = PROTOCOLS[name]
    return protocol.subjects, protocol.every, len(protocol.joints), protocol.alignment


BOTH = ("S9", "S11")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("h36m-tome-1", (BOTH, 5, 17, "none")),
        ("h36m-tome-2", (("S11",), 64, 14, "procrustes")),
        ("h36m-tome-3", (BOTH, 1, 14, "procrustes")),
        ("h36m-zhou-1", (BOTH, 5, 16, "none")),
        ("h36m-dabral-1", (BOTH, 5, 16, "none")),
        ("h36m-dabral-2", (BOTH, 5, 16, "procrustes")),
        ("h36m-martinez-1", (BOTH, 1, 17, "none")),
        ("h36m-martinez-2", (BOTH, 1, 17, "procrustes")),
        ("h36m-moon-1", (("S11",), 64, 17, "procrustes")),
        ("h36m-moon-2", (BOTH, 64, 17, "none")),
        ("h36m-kundu-2", (BOTH, 1, 17, "procrustes")),
    ],
)
def test_human36m_is_what_the_papers_say(name, wanted):
    assert facts(name) == wanted


def test_the_two_numberings_are_opposite():
    martinez = [PROTOCOLS[f"h36m-martinez-{number}"].alignment for number in (1, 2)]
    moon = [PROTOCOLS[f"h36m-moon-{number}"].alignment for number in (1, 2)]
    assert martinez == moon[::-1]


def test_first_trials_are_one_of_each_action():
    assert len(FIRST_TRIALS) == 30 and len(set(FIRST_TRIALS)) == 30
    actions = {(clip.split("/")[0], clip.split("/")[1].split()[0]) for clip in FIRST_TRIALS}
    assert len(actions) == 30


def test_the_14_joints_leave_out_pelvis_spine_and_face():
    assert len(LSP_LIKE_14) == 14 and not {"pelvis", "spine", "head", "nose"} & set(LSP_LIKE_14)


def test_multi_person_protocols():
    everybody, matched, absolute = (PROTOCOLS[f"mupots-{name}"] for name in ("all", "matched", "absolute"))
    assert (everybody.match, matched.match) == ("all", "matched")
    assert (
        everybody.average == "groups"
        and everybody.adjustments == ("bones of the truth",)
        and everybody.truth == "universal"
    )
    assert absolute.truth == "camera" and absolute.roots == ()
    assert PROTOCOLS["3dpw"].roots == ("l_hip", "r_hip") and PROTOCOLS["3dpw"].metrics == ("mpjpe", "p_mpjpe")


def test_protocols_are_found_however_they_are_written():
    assert find_protocol(" H36M_Tome 1 ").name == "h36m-tome-1"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(SettingError, match=r"no protocol 'h36m'; known are h36m-tome-1, .*3dpw.*mocap-lifting"):
        find_protocol("h36m")


def who(protocol: Protocol) -> str:
    parts = [", ".join(protocol.subjects)] if protocol.subjects else []
    parts += [f"camera {', '.join(protocol.cameras)}"] if protocol.cameras else []
    parts += ["first trials"] if protocol.clips else []
    parts += ["without flawed"] if protocol.without_flawed else []
    return "; ".join(parts) or "all"


def table_lines() -> list[str]:
    """The table of docs/evaluation.md, as the code has it."""
    lines = [
        "| protocol | what it is | people | every | joints | average over | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for protocol in PROTOCOLS.values():
        columns = [METRICS[metric].column for metric in protocol.metrics] or ["AP, AR"]
        over = f"{protocol.group_by}s" if protocol.average == "groups" else "samples"
        cells = [
            f"`{protocol.name}`",
            f"{protocol.sentence}. {', '.join(columns)}",
            f"{protocol.dataset}: {who(protocol)}",
            str(protocol.every),
            str(len(protocol.joints)),
            "COCO's rule" if protocol.match == "oks" else over,
            protocol.source,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def test_the_page_lists_the_protocols_as_they_are():
    wanted = "\n".join(table_lines())
    assert wanted in PAGE.read_text(encoding="utf-8"), f"put this table into {PAGE.name}:\n{wanted}"


def test_alignment_follows_the_first_metric():
    assert replace(PROTOCOLS["3dpw"], metrics=("p_mpjpe",)).alignment == "procrustes"
    assert PROTOCOLS["coco-keypoints"].alignment == "none" and PROTOCOLS["coco-keypoints"].needs == "picture"
