"""`WATSFilter`: what it sends to analytics, what it says in OData, and the texts for header queries."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.errors import ValidationError
from pywats.query import filters
from pywats.query.filters import DateGrouping, RunFilter, StatusFilter, WATSFilter, filter_body

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ODD = "A/B #1?%20 æ"


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch):
    monkeypatch.setattr(filters, "_now", lambda: NOW)


def test_only_what_is_given_travels_by_the_servers_names():
    wanted = WATSFilter(part_number=ODD, yield_value=90, top_count=10, run=RunFilter.LAST, status="failed")
    assert wanted.to_wire() == {"partNumber": ODD, "yield": 90, "topCount": 10, "run": -1, "status": "Failed"}
    assert WATSFilter().to_wire() == {}


@pytest.mark.parametrize("text", ["Passed", "passed", "P", "p"])
def test_a_status_is_a_word_or_a_letter(text):
    assert WATSFilter(status=text).status is StatusFilter.PASSED


def test_a_status_and_a_grouping_that_nobody_knows_are_sent_as_they_are():
    wanted = WATSFilter.model_validate({"status": "Aborted", "dateGrouping": 9})
    assert wanted.to_wire() == {"status": "Aborted", "dateGrouping": 9}


def test_lists_are_joined_and_paths_written_with_pilcrows():
    wanted = WATSFilter(dimensions=["partNumber", "unitCount desc"], measurement_paths=["Main/3V3::Vout", "Main/5V"])
    assert wanted.to_wire() == {
        "dimensions": "partNumber;unitCount desc",
        "measurementPaths": "Main¶3V3¶¶Vout;Main¶5V",
    }


def test_a_name_that_is_no_field_is_refused():
    with pytest.raises(pydantic.ValidationError, match="partnumber"):
        WATSFilter.model_validate({"partnumber": "X"})


def test_instants_travel_in_utc():
    wanted = WATSFilter(date_from=datetime.fromisoformat("2026-01-05T08:00:00+02:00"), date_to="2026-01-05T09:00:00Z")
    assert wanted.to_wire() == {"dateFrom": "2026-01-05T06:00:00Z", "dateTo": "2026-01-05T09:00:00Z"}


@pytest.mark.parametrize("day", [date(2026, 3, 29), "2026-03-29"])
def test_a_day_in_a_zone_is_the_whole_day_there(day):
    wanted = WATSFilter(date_from=day, date_to=day, timezone="Europe/Oslo")
    assert wanted.to_wire() == {"dateFrom": "2026-03-28T23:00:00Z", "dateTo": "2026-03-29T22:00:00Z"}


@pytest.mark.parametrize("value", [datetime(2026, 1, 5), date(2026, 1, 5), "2026-01-05"])  # noqa: DTZ001 - the mistake
def test_a_time_without_a_zone_is_refused(value):
    with pytest.raises(pydantic.ValidationError, match="date_to has no time zone"):
        WATSFilter(date_to=value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"date_from": "yesterday"}, "date_from is 'yesterday'"),
        ({"date_from": "2026-01-05", "timezone": "Europe/Atlantis"}, "no time zone"),
        ({"last": "7"}, "7d, 12h"),
        ({"last": "0d"}, "more than nothing"),
        ({"last": "7d", "period_count": 3}, "give one of them"),
        ({"last": "7d", "date_from": "2026-01-05T08:00:00Z"}, "give one of them"),
        ({"period_count": 0}, "greater than or equal to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(values, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        WATSFilter.model_validate(values)


@pytest.mark.parametrize(
    ("last", "begin"),
    [
        ("7d", "2026-01-24T12:00:00Z"),
        ("12h", "2026-01-31T00:00:00Z"),
        ("30 M", "2026-01-31T11:30:00Z"),
        ("2w", "2026-01-17T12:00:00Z"),
        ("90s", "2026-01-31T11:58:30Z"),
        (timedelta(days=1), "2026-01-30T12:00:00Z"),
    ],
)
def test_the_last_time_counts_back_from_the_moment_of_use(last, begin):
    wanted = WATSFilter(last=last)
    assert wanted.to_wire() == {"dateFrom": begin}
    assert wanted.to_odata() == f"start ge {begin}"


def test_a_time_before_all_time_is_the_beginning_of_time():
    assert WATSFilter(period_count=1_000_000, date_grouping=DateGrouping.YEAR).to_odata() == (
        "start ge 0001-01-01T00:00:00Z"
    )


ROWS: list[tuple[dict[str, Any], str]] = [
    ({"serial_number": "S'1"}, "serialNumber eq 'S''1'"),
    ({"part_number": ODD}, f"partNumber eq '{ODD}'"),
    ({"revision": "A"}, "revision eq 'A'"),
    ({"batch_number": "B"}, "batchNumber eq 'B'"),
    ({"station_name": "ICT-1"}, "stationName eq 'ICT-1'"),
    ({"test_operation": "ICT"}, "processName eq 'ICT'"),
    ({"status": "F"}, "result eq 'Failed'"),
    ({"sw_filename": "a.seq"}, "swFilename eq 'a.seq'"),
    ({"sw_version": "1.2"}, "swVersion eq '1.2'"),
    ({"socket": "3"}, "testSocketIndex eq 3"),
    ({"run": 2}, "run eq 2"),
    ({"misc_description": "Jig", "misc_value": "7"}, "miscInfo/any(x: x/description eq 'Jig' and x/value eq '7')"),
    ({"misc_info_description": "Jig"}, "miscInfo/any(x: x/description eq 'Jig')"),
    ({"misc_info_string": "7"}, "miscInfo/any(x: x/value eq '7')"),
    ({"asset_serial_number": "T-9"}, "assets/any(x: x/serialNumber eq 'T-9')"),
    ({"date_from": "2026-01-05T08:00:00Z"}, "start ge 2026-01-05T08:00:00Z"),
    ({"date_to": "2026-01-05T08:00:00Z"}, "start lt 2026-01-05T08:00:00Z"),
    ({"period_count": 30}, "start ge 2026-01-01T12:00:00Z"),
    ({"period_count": 2, "date_grouping": DateGrouping.WEEK}, "start ge 2026-01-17T12:00:00Z"),
    ({"period_count": 6, "date_grouping": DateGrouping.HOUR}, "start ge 2026-01-31T06:00:00Z"),
]


@pytest.mark.parametrize(("values", "condition"), ROWS)
def test_what_a_header_query_can_say(values, condition):
    assert WATSFilter.model_validate(values).to_odata() == condition


def test_all_that_is_given_must_hold():
    wanted = WATSFilter(part_number="P", status="P", socket="1", last="1d")
    assert wanted.to_odata() == (
        "partNumber eq 'P' and result eq 'Passed' and testSocketIndex eq 1 and start ge 2026-01-30T12:00:00Z"
    )
    assert WATSFilter().to_odata() is None
    assert WATSFilter(run=RunFilter.ALL).to_odata() is None


def test_a_repair_report_has_its_own_misc_info():
    wanted = WATSFilter(misc_description="Jig")
    assert wanted.to_odata(uur=True) == "uurMiscInfo/any(x: x/description eq 'Jig')"


UNSAID: list[dict[str, Any]] = [
    {"yield_value": 90},
    {"asset_name": "x"},
    {"product_group": "x"},
    {"level": "x"},
    {"max_count": 1},
    {"min_count": 1},
    {"top_count": 1},
    {"dimensions": "x"},
    {"measurement_paths": "x"},
    {"run": -1},
    {"socket": "left"},
    {"include_current_period": False, "period_count": 3},
]


@pytest.mark.parametrize("values", UNSAID)
def test_what_a_header_query_cannot_say_is_an_error_that_names_the_field(values):
    with pytest.raises(ValidationError, match=next(iter(values))):
        WATSFilter.model_validate(values).to_odata()


def test_a_period_needs_a_length_and_a_repair_has_no_assets():
    with pytest.raises(ValidationError, match="date_grouping"):
        WATSFilter(period_count=3, date_grouping=DateGrouping.NONE).to_odata()
    with pytest.raises(ValidationError, match="asset_serial_number"):
        WATSFilter(asset_serial_number="x").to_odata(uur=True)


def test_every_field_either_has_its_condition_or_is_refused_by_name():
    said = {name for values, _ in ROWS for name in values}
    refused = {name for values in UNSAID for name in values}
    assert said | refused | {"last", "timezone"} == set(WATSFilter.model_fields)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_part_number_is_compared_exactly(part_number: str):
    quoted = part_number.replace("'", "''")
    assert WATSFilter(part_number=part_number).to_odata() == f"partNumber eq '{quoted}'"


def test_a_mapping_may_use_both_spellings_and_fields_that_we_do_not_know():
    assert filter_body({"part_number": "P", "topCount": 3, "operator": "anna", "level": None, "new": None}) == {
        "partNumber": "P",
        "topCount": 3,
        "operator": "anna",
    }


def test_a_mapping_that_does_not_fit_names_the_field():
    with pytest.raises(ValidationError, match="topCount"):
        filter_body({"topCount": "many"})
    with pytest.raises(ValidationError, match="no time zone"):
        filter_body({"date_from": "2026-01-05"})


def test_the_current_period_counts_unless_told_otherwise():
    assert filter_body(WATSFilter(period_count=3)) == {"periodCount": 3, "includeCurrentPeriod": True}
    assert filter_body({"periodCount": 3, "includeCurrentPeriod": False})["includeCurrentPeriod"] is False


BUILT: list[tuple[Callable[[], str | None], str | None]] = [
    (lambda: filters.build_serial_filter("S'1"), "serialNumber eq 'S''1'"),
    (lambda: filters.build_part_number_filter("P"), "partNumber eq 'P'"),
    (filters.build_recent_filter, "start ge 2026-01-24T12:00:00Z"),
    (
        lambda: filters.build_date_range_filter(NOW - timedelta(hours=1), NOW),
        "start ge 2026-01-31T11:00:00Z and start lt 2026-01-31T12:00:00Z",
    ),
    (
        lambda: filters.build_today_filter(timezone="Asia/Tokyo"),
        "start ge 2026-01-30T15:00:00Z and start lt 2026-01-31T15:00:00Z",
    ),
    (lambda: filters.build_subunit_part_filter("P"), "subUnits/any(x: x/partNumber eq 'P')"),
    (lambda: filters.build_subunit_serial_filter("S", is_uut=False), "uurSubUnits/any(x: x/serialNumber eq 'S')"),
    (filters.build_header_filter, None),
    (
        lambda: filters.build_header_filter("P", "S", NOW, NOW),
        "partNumber eq 'P' and serialNumber eq 'S' and start ge 2026-01-31T12:00:00Z and start lt 2026-01-31T12:00:00Z",
    ),
    (lambda: filters.combine_filters(["a eq 1", None, "b eq 2"], "or"), "(a eq 1) or (b eq 2)"),
    (lambda: filters.combine_filters([]), None),
]


@pytest.mark.parametrize(("build", "condition"), BUILT)
def test_texts_for_header_queries(build, condition):
    assert build() == condition


def test_today_is_today_where_the_computer_is():
    midnight = NOW.astimezone().replace(hour=0, minute=0)
    assert filters.build_today_filter() == filters.build_date_range_filter(midnight, midnight + timedelta(days=1))


def test_conditions_are_joined_by_and_or_or():
    with pytest.raises(ValidationError, match="operator is 'xor'"):
        filters.combine_filters(["a eq 1"], "xor")


@pytest.mark.parametrize("zone", ["Europe/Olso", "x", "", "../etc"])
def test_today_in_a_zone_that_there_is_not_is_refused(zone):
    with pytest.raises(ValidationError, match=r"timezone: .* is no time zone"):
        filters.build_today_filter(timezone=zone)
