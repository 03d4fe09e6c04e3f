"""Charts by their parts: axes, lines, bars and words; not by their pixels."""

import logging
import math
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pywats import ConfigurationError, Success, ValidationError, to_frame
from pywats.models import YieldData
from pywats.plots import capability, histogram, pareto, to_svg, yield_trend
from pywats.plots.trend import Trend

VALUES = [4.9, 4.95, 5.0, 5.0, 5.05, 5.1]
MEASURED = [{"value": value, "low": 4.75, "high": 5.25, "unit": "V"} for value in VALUES]
LIMITS = {"low": "low", "high": "high", "unit": "unit"}


def words(figure):
    """All texts of a figure but those of ticks."""
    figure.canvas.draw()
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts]
        texts += [axes.get_xlabel(), axes.get_ylabel()]
    for legend in figure.legends:
        texts += [text.get_text() for text in legend.get_texts()]
    return [text for text in texts if text]


def line(axes, label):
    (found,) = [line for line in axes.get_lines() if line.get_label() == label]
    return found


def ticks(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


# Histogram and capability


def test_a_histogram_has_bars_limits_and_mean():
    figure = histogram(MEASURED, **LIMITS, label="Supply", title="Supply of the widget")
    (axes,) = figure.axes
    assert sum(bar.get_height() for bar in axes.patches) == len(VALUES)
    assert [line(axes, name).get_xdata()[0] for name in ("low", "high", "mean")] == pytest.approx([4.75, 5.25, 5.0])
    said = words(figure)
    assert said[0] == "Supply of the widget"
    assert {"Supply (V)", "Count", "low 4.75", "high 5.25", "mean"} <= set(said)
    assert any("n = 6" in text and "mean 5.000 V" in text for text in said)
    assert figure.get_facecolor() == (1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize("engine", ["pandas", "polars", "arrow"])
def test_a_table_gives_the_picture_of_its_rows(engine):
    rows = [*MEASURED, {**MEASURED[0], "value": None}]
    assert to_svg(histogram(to_frame(rows, engine), **LIMITS)) == to_svg(histogram(rows, **LIMITS))


@dataclass
class Reading:
    value: float


@pytest.mark.parametrize("rows", [VALUES, [Reading(value) for value in VALUES], iter(map(Success, VALUES))])
def test_rows_may_be_of_any_kind(rows):
    assert to_svg(histogram(rows, low=4, high=6)) == to_svg(histogram(VALUES, low=4, high=6))


def test_values_on_the_edges_of_bars_are_counted_as_they_read():
    (axes,) = histogram([number / 10 for number in range(100)]).axes
    assert {bar.get_height() for bar in axes.patches} == {10}


def test_a_limit_far_away_is_named_at_the_edge():
    figure = histogram(VALUES, low=-1000, high=1000)
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.get_lines()] == ["mean"]
    assert {"← low -1000", "high 1000 →"} <= set(words(figure))


def test_the_words_of_limits_that_are_close_stand_above_each_other():
    (axes,) = histogram([*VALUES, 9.0], low=4.8, high=5.2).axes
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert heights["high 5.2"] > heights["low 4.8"]


def test_a_capability_has_the_indices_and_the_normal_curve():
    figure = capability(MEASURED, **LIMITS)
    strip, axes = figure.axes
    assert [text.get_text() for text in strip.texts][::2] == ["Cpk", "Cp", "CpL", "CpU"]
    assert [text.get_text() for text in strip.texts][1::2] == ["1.18", "1.18", "1.18", "1.18"]
    curve = line(axes, "normal")
    assert len(curve.get_xdata()) > 100
    assert curve.get_xdata()[curve.get_ydata().argmax()] == pytest.approx(5.0)
    assert any("0 outside the limits" in text for text in words(figure))


@pytest.mark.parametrize(
    ("values", "limits", "note"),
    [
        ([], {"low": 1}, "no values"),
        ([math.nan], {"low": 1}, "1 without a value"),
        ([2.0], {"low": 1, "high": 3}, "a single value has no spread: no Cp, no Cpk"),
        ([2.0] * 5, {"low": 1, "high": 3}, "all values are equal: no Cp, no Cpk"),
        ([2.0, 2.1], {"high": 3}, "one limit: no Cp"),
        ([2.0, 2.1], {}, "no limits: no Cp, no Cpk"),
    ],
)
def test_a_capability_says_what_it_lacks(values, limits, note):
    figure = capability(values, **limits)
    assert any(note in text for text in words(figure))


@given(
    st.lists(st.floats(-1e99, 1e99, allow_subnormal=True) | st.sampled_from([0.0, 5.0, 5.0 + 1e-15]), max_size=6),
    st.none() | st.floats(-1e3, 0),
    st.none() | st.floats(0, 1e99),
)
@settings(max_examples=15)
def test_whatever_the_values_there_is_a_picture(values, low, high):
    assert to_svg(capability(values, low=low, high=high)).startswith("<svg")


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (
            [{"value": 1, "low": 0}, {"value": 1, "low": 1}],
            {"low": "low"},
            "low has different values, 0 and 1; .* number",
        ),
        ([{"value": 1, "unit": "V"}, {"value": 1, "unit": "mV"}], {"unit": "unit"}, "different units, V and mV"),
        ([{"valeu": 1}], {}, 'no column value .did you mean "valeu".*they have valeu'),
        ([{"value": "abc"}], {}, "value holds 'abc', which is no number"),
        ([1.0], {"low": 3, "high": 2}, "lies above"),
    ],
)
def test_rows_that_cannot_be_drawn_are_one_clear_error(rows, options, message):
    for draw in (histogram, capability):
        with pytest.raises(ValidationError, match=message):
            draw(rows, **options)


# Pareto

FAILED = [{"step": name, "fails": count} for name, count in zip("ABCDEF", (1, 30, 7, 7, 3, 2), strict=True)]


def test_a_pareto_has_the_largest_first_and_the_line_of_the_sum():
    figure = pareto(FAILED, "step", "fails", title="Failures")
    axes, of_whole = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [30, 7, 7, 3, 2, 1]
    assert ticks(axes.yaxis) == ["B", "C", "D", "E", "F", "A"]
    (total,) = of_whole.get_lines()
    assert list(total.get_xdata()) == pytest.approx([60, 74, 88, 94, 98, 100])
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_xlim()[1] / 50 == pytest.approx(of_whole.get_xlim()[1] / 100)
    assert {"Failures", "Fails", "Cumulative share (%)"} <= set(words(figure))


def test_the_rest_share_a_bar_and_rows_can_be_counted():
    figure = pareto([{"step": name} for name in "AAAABBBCCDEF"], "step", top=2)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [4, 3, 5]
    assert ticks(figure.axes[0].yaxis)[-1] == "4 others"


def test_paths_are_shortened_from_their_beginning():
    for separator in ("/", "¶"):
        path = separator.join(("MainSequence Callback", "Power supplies of the board", "Rail 3V3"))
        figure = pareto([{"step": path}, {"step": None}], "step")
        assert ticks(figure.axes[0].yaxis)[0] == "(none)"
        assert ticks(figure.axes[0].yaxis)[1] == "…/Rail 3V3"


def test_a_pareto_of_nothing_says_so():
    assert "none" in words(pareto([], "step", "fails"))
    assert "none" in words(pareto([{"step": "A", "fails": 0}], "step", "fails"))


@pytest.mark.parametrize(("options", "message"), [({"top": 0}, "from 1 to 30"), ({"y": "n"}, "no bars below zero")])
def test_a_pareto_refuses_what_it_cannot_show(options, message):
    with pytest.raises(ValidationError, match=message):
        pareto([{"step": "A", "n": -1}], "step", **options)


# Yield

WEEKS = ["2026-W9", "2026-W10", "2026-W11"]
YIELDS = [
    YieldData(period=week, station_name=station, fpy=fpy, unit_count=units)
    for week, row in zip(reversed(WEEKS), [(99, 95), (98, 94), (97, None)], strict=True)
    for station, fpy, units in zip(("FCT-1", "FCT-2"), row, (10, 30), strict=True)
]


def test_a_trend_has_a_line_for_each_series_and_the_units_below():
    figure = yield_trend(YIELDS, "period", "fpy", by="station_name", count="unit_count", target=96)
    axes, below = figure.axes
    assert list(line(axes, "FCT-1").get_ydata()) == [97, 98, 99]
    assert math.isnan(line(axes, "FCT-2").get_ydata()[0])
    assert line(axes, "target").get_ydata()[0] == 96
    assert [bar.get_height() for bar in below.patches] == [40, 40, 40]
    said = words(figure)
    assert said[:2] == ["First pass yield by station", "2026-W9 to 2026-W11 · 120 units · target 96 %"]
    assert {"First pass yield (%)", "Units", "FCT-1", "FCT-2"} <= set(said)
    assert ticks(below.xaxis) == WEEKS
    assert line(axes, "FCT-1").get_color() != line(axes, "FCT-2").get_color()


def test_days_are_drawn_by_the_calendar():
    days = [date(2026, 1, 5) + timedelta(days=number) for number in (0, 1, 4)]
    rows = [{"day": day, "fpy": 90} for day in days]
    as_text = [{**row, "day": row["day"].isoformat()} for row in rows]
    as_instant = [{**row, "day": datetime(row["day"].year, 1, row["day"].day, tzinfo=UTC)} for row in rows]
    for given_rows in (rows, as_text, as_instant):
        figure = yield_trend(given_rows, "day", "fpy")
        (axes,) = figure.axes
        (first, second, third) = axes.get_lines()[0].get_xdata()
        assert third - first == 4 * (second - first)
        assert "2026-01-05 to 2026-01-09" in words(figure)


def test_many_series_leave_the_colours_to_those_with_the_most_units():
    rows = [{"week": week, "station": f"S{n}", "fpy": 90, "units": n} for week in WEEKS for n in range(9)]
    figure = yield_trend(rows, "week", "fpy", by="station", count="units")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["S8", "S7", "S6", "S5", "S4", "4 others"]
    assert len({line.get_color() for line in figure.axes[0].get_lines()}) == 6


def test_a_trend_of_nothing_and_of_one_point():
    assert "no rows" in words(yield_trend([], "day", "fpy", count="n"))
    assert "2026-01-05" in words(yield_trend([{"day": "2026-01-05", "fpy": 90}], "day", "fpy"))


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59", date(1, 1, 1)])
def test_an_instant_that_stands_for_none_is_one_clear_error(day):
    rows = [{"day": day, "fpy": 90}, {"day": "2026-01-01", "fpy": 91}]
    with pytest.raises(ValidationError, match="too far away to draw; leave such rows out"):
        yield_trend(rows, "day", "fpy")


def test_a_yield_is_in_percent_and_above_a_hundred_by_rounding_alone():
    (point,) = Trend.of([{"day": "2026-01-01", "fpy": 100.00000000000001}], "day", "fpy").points
    assert point["y"] == 100
    with pytest.raises(ValidationError, match=r"fpy holds 100\.001; a yield is from 0 to 100 %"):
        yield_trend([{"day": "2026-01-01", "fpy": 100.001}], "day", "fpy")


# Words of others


@pytest.mark.parametrize("name", ["$V_{cc}$ at $5", "_hidden", "a\nb", "<b>&\"'", "\x1b[31m", "电压", "\U0001f600"])
def test_names_are_shown_as_they_are_whatever_is_in_them(name, caplog):
    rows = [{"week": "1", "station": each, "fpy": 90, "step": each, "value": 1, "unit": each} for each in (name, "B")]
    with caplog.at_level(logging.WARNING):
        for figure in (
            yield_trend(rows, "week", "fpy", by="station", title=name),
            pareto(rows, "step", title=name),
            histogram(rows[:1], unit="unit", label=name, title=name),
        ):
            assert to_svg(figure).startswith("<svg")
    assert caplog.messages == []


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match=r"needs matplotlib, .* pip install 'pywats-workers\[plots\]'"):
        histogram([1.0])
