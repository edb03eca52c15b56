"""Write the figures of benchmarks/results into README.md, the pages of docs and the cards of bundled weights.

Run by `make docs`.

Each part stands between two marks, such as ``<!-- figures -->`` and ``<!-- end of figures -->``.
"""

import re
from collections.abc import Callable

from analyses_figures import limits_figures, sensitivity_figures, surface_figures
from card_figures import renew_cards
from doubt_figures import doubt_figures
from fuzzing_figures import fuzzing_figures
from lifting_figures import lifting_figures, readme_figures
from method_figures import method_figures
from people_figures import live_figures, people_figures
from pose_space_figures import pose_space_figures, ranges, ratios, repair_figures
from records import ROOT
from structure_figures import structure_figures
from synthetic_figures import synthetic_figures
from track_figures import track_lifting_figures

PAGES: dict[str, dict[str, Callable[[], list[str]]]] = {
    "README.md": {"figures": readme_figures},
    "docs/lifting.md": {"figures": lifting_figures},
    "docs/inputs.md": {"fuzzing figures": fuzzing_figures},
    "docs/track_lifting.md": {"track lifting figures": track_lifting_figures},
    "docs/which_method.md": {"method figures": method_figures},
    "docs/people.md": {"people figures": people_figures},
    "docs/live.md": {"live figures": live_figures},
    "docs/results.md": {"doubt figures": doubt_figures},
    "docs/synthetic.md": {"synthetic figures": synthetic_figures},
    "docs/structure_motion.md": {"structure figures": structure_figures},
    "docs/pose_space.md": {
        "bone ratios": ratios,
        "joint limits": ranges,
        "repair figures": repair_figures,
        "pose space figures": pose_space_figures,
    },
    "docs/analyses.md": {
        "limits figures": limits_figures,
        "sensitivity figures": sensitivity_figures,
        "surface figures": surface_figures,
    },
}
"""By page and mark, what makes the lines between the marks."""


def main() -> None:
    """Renew all pages and cards."""
    renew_cards()
    for page in PAGES:
        (ROOT / page).write_text(renewed(page), encoding="utf-8")


def renewed(page: str) -> str:
    """The page with its figures as they are now.

    Raises:
        SystemExit: A mark is missing, or a results file.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    for mark, make in PAGES[page].items():
        start, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        lines = "\n".join([start, *make(), end])
        text, count = re.subn(f"{start}.*?{end}", lambda _, lines=lines: lines, text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{page} has {count} places for '{mark}'; it needs one between '{start}' and '{end}'")
    return text


if __name__ == "__main__":
    main()
