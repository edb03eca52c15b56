"""The figures of docs/people.md and docs/live.md: who is found, how often numbers are exchanged, how late poses are."""

from records import figures
from tables import section, table

_WAYS = {"everybody": "`mediapipe`", "quickly": "`mediapipe-quick`", "one person": "`--max-persons 1`, quickly"}
_FOLLOWED = {
    "videos": "`mediapipe`",
    "videos, quickly": "`mediapipe-quick`",
    "videos, as photographs": "the same, told of photographs",
}


def people_figures() -> list[str]:
    """People of photographs, and of clips."""
    return [on_photographs(), in_clips()]


def on_photographs() -> str:
    """How many are found there, and how fast."""
    found = figures("people_found")
    rows = [
        [
            title,
            f"{way['found']} of {way['people']}",
            f"{way['held_out']['found']} of {way['held_out']['people']}",
            way["others_reported"],
            f"{way['pictures_per_s']['median']:g}",
            f"{way['times_one_person']['median']:g}",
        ]
        for name, title in _WAYS.items()
        for way in (found[name],)
    ]
    words = [
        f"People of {found['pictures']} photographs, marked by eye. Thresholds were chosen on every second one; the",
        "other half stands by itself. Times are medians of one run on the machine that the results file names:",
    ]
    head = ["", "found", "in the other half", "found where nobody is", "photographs a second", "times one person's"]
    return section("## Who is found", words, table(head, rows), "people_found")


def in_clips() -> str:
    """Who is found in marked frames, and how often numbers are exchanged."""
    found = figures("people_found")
    rows = [
        [
            f"`{name.rsplit('/', 1)[-1]}`",
            title,
            f"{clip['found']} of {clip['people']}",
            clip["number_swaps"],
            f"{clip['pictures_per_s']:g}",
        ]
        for name in found["videos"]
        for way, title in _FOLLOWED.items()
        for clip in (found[way][name],)
    ]
    words = [
        "People in marked pictures of clips, and how often somebody got another's number. MediaPipe's landmarker looks",
        "where people were before if it is told that pictures follow each other, and searches each anew if it is not:",
    ]
    head = ["", "", "found", "swaps", "pictures a second"]
    return section("", words, table(head, rows), "people_found")


def live_figures() -> list[str]:
    """How late poses are."""
    rows = [
        [f"`{name}`", f"{one['median_ms']:g}", f"{one['p95_ms']:g}", f"{one['frames_per_s']:g}"]
        for name, one in figures("live").items()
    ]
    words = ["From a frame's arrival to its pose, a film of one person being served at 30 frames a second:"]
    head = ["method", "median, ms", "95th percentile, ms", "frames a second"]
    return [section("", words, table(head, rows), "live")]
