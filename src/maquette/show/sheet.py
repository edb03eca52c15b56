"""What the figures of analyses share: a white sheet for print, and a web page that holds an interactive figure."""

import io
import textwrap
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from types import ModuleType
from typing import Any

from maquette.extras import optional_import
from maquette.show.palette import PAPER_LINE, PAPER_TEXT

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
"""Typefaces of interactive figures."""


def new_sheet(width: float, height: float) -> Any:
    """An empty matplotlib figure of that size in inches.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    matplotlib: ModuleType = optional_import("matplotlib.figure", extra="show")
    figure = matplotlib.Figure(figsize=(width, height), dpi=160, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.08)
    return figure


def sheet_png(figure: Any, footnote: str) -> bytes:
    """The figure as a PNG, with a footnote in small print below."""
    lines = textwrap.fill(footnote, int(figure.get_figwidth() * 17))
    figure.supxlabel(lines, fontsize=8, color=PAPER_TEXT, parse_math=False)
    agg = optional_import("matplotlib.backends.backend_agg", extra="show")
    agg.FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.08)
    return buffer.getvalue()


def style_axis(axis: Any, title: str) -> None:
    """Quiet lines, small print and a title."""
    axis.set_title(title, fontsize=10, color=PAPER_TEXT)
    axis.tick_params(labelsize=7.5, colors=PAPER_TEXT, length=0)
    axis.xaxis.label.set(size=8.5, color=PAPER_TEXT)
    axis.yaxis.label.set(size=8.5, color=PAPER_TEXT)
    axis.spines[:].set_color(PAPER_LINE)


def style_bar(bar: Any, title: str) -> None:
    """The same for the scale of a map's colours."""
    bar.set_label(title, size=8.5, color=PAPER_TEXT)
    bar.ax.tick_params(labelsize=7.5, colors=PAPER_TEXT, length=0)
    bar.outline.set_edgecolor(PAPER_LINE)


def paper_layout() -> dict[str, Any]:
    """Typeface and white grounds of an interactive figure."""
    font = {"family": FONT, "color": PAPER_TEXT, "size": 13}
    return {"font": font, "paper_bgcolor": "white", "plot_bgcolor": "white"}


def interactive_page(figures: Sequence[Any], title: str, paragraphs: Sequence[str]) -> str:
    """A web page with plotly figures below each other, which works from the file system and without network.

    Args:
        figures: Figures of plotly, or what they are as dictionaries.
        title: Shown as text; nothing in it is read as HTML.
        paragraphs: What is to be seen, likewise as text.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    plotly = optional_import("plotly.io", extra="show")
    shown = [
        plotly.to_html(
            figure,
            full_html=False,
            include_plotlyjs=at == 0,
            div_id=f"figure-{at}",
            config={"responsive": True, "displaylogo": False},
            validate=False,
        )
        for at, figure in enumerate(figures)
    ]
    template = Template((files("maquette.show") / "page" / "figure.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title),
        text="\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs),
        figures="\n".join(f'<figure class="card">{figure}</figure>' for figure in shown),
    )
