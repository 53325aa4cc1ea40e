"""Charts of a class as SVG, drawn by Altair and vl-convert: static, without scripts, in the page's own colours.

Both are optional (``deepgrade[report]``): without them a page has its tables alone.
"""

import importlib.util
from collections.abc import Sequence
from typing import Any

from grader.report.pages.statistics import SharedMistake

WIDTH = 520
BINS = 10
PADDING = {"left": 24, "right": 8, "top": 5, "bottom": 5}  # a browser's letters may be wider than those measured here
INK = "#010203"  # stands for the page's own colour, light or dark, which Vega's schema does not know
BAR = "#3b74c9"
HEAT = ("#9fc1ee", "#1f4fa3")


def can_draw() -> bool:
    """Return whether the libraries are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("altair", "vl_convert"))


def histogram(shares: Sequence[float], title: str) -> str:
    """Return the distribution of scores as SVG.

    Parameters
    ----------
    shares : sequence of float
        Each submission's share of the points, from 0 to 1.
    title : str
        Label of the axis.
    """
    import altair as alt

    rows = [{"from": 10 * place, "to": 10 * place + 10, "people": count} for place, count in enumerate(counts(shares))]
    chart = (
        alt.Chart(alt.InlineData(values=rows), width=WIDTH, height=140)
        .mark_bar(color=BAR)
        .encode(
            x=alt.X("from:Q", bin="binned", title=title, scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=10)),
            x2="to:Q",
            y=alt.Y("people:Q", title="submissions", axis=alt.Axis(tickMinStep=1)),
        )
    )
    return _svg(chart)


def counts(shares: Sequence[float]) -> list[int]:
    """Return how many shares lie in each tenth; all points belong to the last one.

    Examples
    --------
    >>> counts([0.0, 0.05, 0.999, 1.0])
    [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    """
    places = [min(int(share * BINS + 1e-9), BINS - 1) for share in shares]
    return [places.count(place) for place in range(BINS)]


def heat_map(mistakes: Sequence[SharedMistake], tasks: Sequence[str]) -> str:
    """Return the mistakes of each task as SVG: a cell per mistake with the number of people who make it.

    Parameters
    ----------
    mistakes : sequence of SharedMistake
        The most frequent first.
    tasks : sequence of str
        Order of the rows.
    """
    import altair as alt

    rows = cells(mistakes)
    present = [task for task in tasks if any(row["task"] == task for row in rows)]
    base = alt.Chart(alt.InlineData(values=rows), height=alt.Step(24), width=alt.Step(44)).encode(
        x=alt.X("rank:O", title="mistake", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("task:N", title=None, sort=present),
    )
    most = max(row["people"] for row in rows)
    colour = alt.Color("people:Q", scale=alt.Scale(domain=[0, most], range=list(HEAT)), legend=None)
    dark = alt.condition(f"datum.people > {most / 2}", alt.value("#ffffff"), alt.value("#10151f"))
    return _svg(base.mark_rect(stroke=None).encode(color=colour) + base.mark_text().encode(text="people:Q", color=dark))


def cells(mistakes: Sequence[SharedMistake]) -> list[dict[str, Any]]:
    """Return a row for each mistake: its task, its place among the task's mistakes, and the number of people."""
    ranks: dict[str, int] = {}
    rows = []
    for mistake in mistakes:
        ranks[mistake.task] = ranks.get(mistake.task, 0) + 1
        rows.append({"task": mistake.task, "rank": ranks[mistake.task], "people": len(mistake.students)})
    return rows


def _svg(chart: Any) -> str:
    """Return a chart as SVG without a background."""
    import vl_convert

    axis = {"labelColor": INK, "titleColor": INK, "domainColor": INK, "tickColor": INK, "grid": False}
    configured = chart.configure(background="transparent", font="sans-serif", padding=PADDING).configure_axis(
        **axis, titleFontWeight="normal", labelLimit=260
    )
    configured = configured.configure_view(stroke=None)
    svg: str = vl_convert.vegalite_to_svg(configured.to_dict(), allowed_base_urls=[])
    return svg.replace(INK, "currentColor")
