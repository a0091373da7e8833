"""The charts: Vega-Lite specifications, drawn into the pages as SVG when they are made.

Belongs here: what each kind of chart shows and how all of them look. Does not belong here: data.

A kind of chart is one declarative specification, compiled once; a chart is that kind with its rows.
Colours are the custom properties of the pages' style sheet, so a chart follows light and dark, and
paper, without being drawn twice. Sizes are fixed and no text is measured to lay a chart out, so the
same rows give the same bytes whatever fonts a machine has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from threading import Thread
from typing import Any

from markupsafe import Markup, escape

Spec = dict[str, Any]
Value = str | float | int | bool | None | date | Decimal

WIDTH, HEIGHT = 340, 190
_SPARK_WIDTH, _SPARK_HEIGHT = 132, 30
_PADDING = {"left": 36, "right": 12, "top": 10, "bottom": 22}
# Roles of parts of a drawing that is named as a whole.
_ROLES = re.compile(r' (?:role|aria-[a-z]+|pointer-events)="[^"]*"')
_ROOT = re.compile(r"^<svg [^>]*viewBox=\"([^\"]*)\"[^>]*>")

_LINE = "var(--chart-line)"
_BAND = "var(--chart-band)"
_TARGET = "var(--chart-target)"
_PAPER = "var(--paper)"
_QUIET = "var(--quiet)"
_GRID = "var(--rule)"
_MISSED = "var(--missed)"

_THEME: Spec = {
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelColor": _QUIET,
        "labelFontSize": 10,
        "labelPadding": 6,
        "labelOverlap": False,
        "labelBound": False,
        "labelFlush": False,
        "title": None,
    },
    "line": {"strokeWidth": 1.75, "strokeJoin": "round", "strokeCap": "round"},
    "text": {"fontSize": 10},
    "mark": {"invalid": "break-paths-show-path-domains"},
}


def warm_up() -> None:
    """Start the drawing engine in the background; whoever draws meanwhile waits for it."""
    Thread(target=_compiled, args=("spark",), daemon=True).start()


def spark(rows: Sequence[Mapping[str, Value]], label: str) -> Markup:
    """A word-sized line of `value` over `at`, its `target` dashed; a dot marks the last one.

    Blank where nothing was measured at all.
    """
    if not any(row["value"] is not None for row in rows):
        return Markup("")
    return _draw("spark", rows, label)


def weeks(rows: Sequence[Mapping[str, Value]], label: str, *, unit: str = "rate") -> Markup:
    """Weeks of `value` over `at` with their interval (`low`, `high`) and the `target` in force.

    Missed weeks (`is_missed`) are marked by a cross. `unit` is rate or count.
    """
    if not any(row["value"] is not None for row in rows):
        return Markup("")
    return _draw("rates" if unit == "rate" else "counts", rows, label)


def curves(rows: Sequence[Mapping[str, Value]], label: str) -> Markup:
    """Conversion (`share`) by `days` since the step began, a line per `step`."""
    return _draw("curves", rows, label) if rows else Markup("")


def quarters(rows: Sequence[Mapping[str, Value]], label: str) -> Markup:
    """Per `quarter` what was `won`, what is `open` on top of it, and the `quota` as a line."""
    return _draw("quarters", rows, label) if rows else Markup("")


def _spark() -> Spec:
    return {
        "width": _SPARK_WIDTH,
        "height": _SPARK_HEIGHT,
        "padding": {"left": 3, "right": 5, "top": 4, "bottom": 4},
        "encoding": {"x": _time(None)},
        "layer": [
            {
                "mark": {"type": "line", "color": _TARGET, "strokeWidth": 1, "strokeDash": [3, 3]},
                "encoding": {"y": _y("target", None, zero=False)},
            },
            {
                "mark": {"type": "line", "color": _LINE, "strokeWidth": 1.5},
                "encoding": {"y": _y("value", None, zero=False)},
            },
            {
                "transform": [{"filter": "datum.is_last"}],
                "mark": {"type": "point", "filled": True, "color": _LINE, "size": 22, "opacity": 1},
                "encoding": {"y": _y("value", None, zero=False)},
            },
        ],
    }


def _weeks(number: str) -> Spec:
    axis = {"grid": True, "gridColor": _GRID, "tickCount": 3, "format": number}
    months = {"tickCount": {"interval": "month", "step": 3}, "format": "%b %y"}
    return {
        "encoding": {"x": _time(months)},
        "layer": [
            {
                "mark": {"type": "area", "color": _BAND, "opacity": 1},
                "encoding": {"y": _y("low", axis), "y2": {"field": "high"}},
            },
            {
                "mark": {
                    "type": "line",
                    "color": _TARGET,
                    "strokeDash": [4, 3],
                    "strokeWidth": 1.25,
                },
                "encoding": {"y": _y("target", axis)},
            },
            {"mark": {"type": "line", "color": _LINE}, "encoding": {"y": _y("value", axis)}},
            {
                "transform": [{"filter": "datum.is_missed"}],
                "mark": {
                    "type": "point",
                    "shape": "M-1,-1L1,1M-1,1L1,-1",
                    "color": _MISSED,
                    "size": 20,
                    "strokeWidth": 1.5,
                    "opacity": 1,
                },
                "encoding": {"y": _y("value", axis)},
            },
        ],
    }


def _curves() -> Spec:
    dashes = {"domain": ["MQL to SQL", "SQL to opportunity", "Opportunity to won"]}
    return {
        "encoding": {
            "x": {
                "field": "days",
                "type": "quantitative",
                "axis": {"tickCount": 3},
                "scale": {"nice": False},
            },
            "y": _y("share", {"grid": True, "gridColor": _GRID, "tickCount": 3, "format": "%"}),
        },
        "layer": [
            {
                "mark": {"type": "line", "color": _LINE, "interpolate": "step-after"},
                "encoding": {
                    "strokeDash": {
                        "field": "step",
                        "type": "nominal",
                        "legend": None,
                        "scale": dashes | {"range": [[1, 0], [6, 3], [2, 3]]},
                    },
                },
            },
        ],
    }


def _quarters() -> Spec:
    axis = {"grid": True, "gridColor": _GRID, "tickCount": 4, "format": "~s"}
    labels = {"labelAngle": 0}
    x: Spec = {"field": "quarter", "type": "ordinal", "sort": None, "axis": labels}
    return {
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "bar", "color": _LINE, "size": 26},
                "encoding": {"y": _y("won", axis)},
            },
            {
                "mark": {
                    "type": "bar",
                    "fill": _BAND,
                    "stroke": _LINE,
                    "strokeWidth": 1,
                    "size": 25,
                },
                "encoding": {"y": _y("won", axis), "y2": {"field": "top"}},
            },
            {
                "mark": {"type": "tick", "color": _TARGET, "thickness": 2.5, "width": 38},
                "encoding": {"y": _y("quota", axis)},
            },
        ],
    }


def _time(axis: Spec | None) -> Spec:
    return {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def _y(field: str, axis: Spec | None, *, zero: bool = True) -> Spec:
    return {"field": field, "type": "quantitative", "axis": axis, "scale": {"zero": zero}}


@cache
def _compiled(kind: str) -> Spec:
    """The Vega specification of a kind of chart, without rows."""
    import vl_convert  # its engine takes a while to start: only who draws pays for it

    specs = {
        "spark": _spark,
        "rates": lambda: _weeks("%"),
        "counts": lambda: _weeks("~s"),
        "curves": _curves,
        "quarters": _quarters,
    }
    spec: Spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH - _PADDING["left"] - _PADDING["right"],
        "height": HEIGHT - _PADDING["top"] - _PADDING["bottom"],
        "padding": _PADDING,
        "autosize": "none",
        "background": None,
        "data": {"name": "rows", "values": []},
        "config": _THEME,
    }
    return vl_convert.vegalite_to_vega(spec | specs[kind]())


def _draw(kind: str, rows: Sequence[Mapping[str, Value]], label: str) -> Markup:
    import vl_convert

    spec = dict(_compiled(kind))
    data = [{key: _plain(value) for key, value in row.items()} for row in rows]
    spec["data"] = [
        source | {"values": data} if source["name"] == "rows" else source for source in spec["data"]
    ]
    svg = vl_convert.vega_to_svg(spec)
    return _embedded(svg, kind, label)


def _plain(value: Value) -> Value:
    """Dates as milliseconds since 1970: nothing then depends on the machine's time zone."""
    if isinstance(value, date):
        instant = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return int(instant.timestamp() * 1000)
    return float(value) if isinstance(value, Decimal) else value


def _embedded(svg: str, kind: str, label: str) -> Markup:
    """The drawing as a part of a page: named for who cannot see it, sized by the style sheet."""
    root = _ROOT.match(svg)
    if root is None:
        raise ValueError(f"The chart of {kind} is no SVG.")
    shape = "spark" if kind == "spark" else "chart"
    head = f'<svg class="{shape}" viewBox="{root[1]}" role="img" aria-label="{escape(label)}">'
    return Markup(head + _ROLES.sub("", svg[root.end() :]))
