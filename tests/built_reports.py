"""Reports as the builder makes them, for property tests: whatever fits the limits of the server."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from pywats.reports.additional_data import AdditionalData, AdditionalDataProperty
from pywats.reports.binary import Attachment, BinaryData
from pywats.reports.models import MiscInfo, UURReport, UURSubUnit, UUTReport, UUTSubUnit
from pywats.reports.units import ReportAsset, UURFailure, UURInfo, UUTInfo

characters = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
)
plain = st.characters(categories=["L", "N"])
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**31), 2**31 - 1)
times = st.builds(
    lambda seconds, hours: (
        datetime(2024, 1, 1, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours))) + timedelta(seconds=seconds)
    ),
    st.floats(0, 3e7),
    st.integers(-12, 14),
)


def texts(longest: int, least: int = 0) -> st.SearchStrategy[str]:
    """Any text that XML can hold."""
    return st.text(characters, min_size=least, max_size=min(longest, 12))


names = st.text(plain, min_size=1, max_size=12)
files = st.binary(min_size=1, max_size=20)


@st.composite
def uut_reports(draw: st.DrawFn) -> UUTReport:
    """Test reports with steps of every kind."""
    start = draw(times)
    report = UUTReport(
        pn=draw(names),
        sn=draw(names),
        rev=draw(texts(100)),
        process_code=10,
        station_name=draw(names),
        location=draw(names),
        purpose=draw(names),
        start=start,
        start_utc=start.astimezone(UTC),
        info=UUTInfo(
            operator=draw(names),
            comment=draw(st.none() | texts(5000)),
            exec_time=draw(st.none() | st.floats(0, 1e6)),
            socket_index=draw(st.none() | st.integers(-1, 9)),
            fixture_id=draw(st.none() | texts(100)),
            error_code=draw(st.none() | st.integers(-(2**31), 2**31 - 1)),
            error_message=draw(st.none() | texts(500)),
        ),
    )
    for number, value in enumerate(draw(st.lists(st.integers(-(2**15), 2**15 - 1) | texts(100, 1), max_size=2))):
        given = {"string_value": value} if isinstance(value, str) else {"numeric_value": value}
        report.misc_infos.append(MiscInfo(description=f"info {number}", **given))
    for part in draw(st.lists(st.tuples(names, names, st.none() | names), max_size=2)):
        report.sub_units.append(UUTSubUnit(part_type="PCBA", pn=part[0], sn=part[1], rev=part[2]))
    for name in draw(st.lists(names, max_size=1)):
        report.assets.append(ReportAsset(sn=name, usage_count=1))
        report.additional_data.append(draw(additional_data()))
    steps(draw, report.root, depth=1)
    return report


def numeric(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    low, high = sorted(draw(st.tuples(numbers, numbers)))
    limits = draw(st.sampled_from([{"low": low, "high": high}, {"high": high}, {"low": low, "comp_op": "NE"}, {}]))
    to.numeric(name, draw(numbers), draw(texts(20)), **limits, **options)


def string(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    to.string(name, draw(texts(100)), limit=draw(st.none() | texts(100, 1)), **options)


def passed(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    to.passed(name, draw(st.booleans()), **options)


def several(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    numeric_, string_ = to.multi_numeric(name, **options), to.multi_string(f"{name} text", **options)
    numeric_.add("a", draw(numbers), low=draw(numbers))
    numeric_.add("b", draw(numbers))
    string_.add("a", draw(texts(100)), limit=draw(texts(100, 1)), comp_op="IGNORECASE")
    string_.add("b", draw(texts(100)))


def chart(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    points = draw(st.lists(numbers, min_size=1, max_size=5))
    to.chart(name, {"curve": points}, x=range(len(points)), y_unit=draw(texts(20)), **options)


def others(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    to.call_exe(name, draw(st.integers(-(2**31), 2**31)), **options)
    to.message(f"{name} asked", draw(st.integers(0, 3)), draw(st.none() | texts(100)), **options)
    step = to.action(f"{name} waits", step_type="NI_Wait", **options)
    if draw(st.booleans()):
        step.attachment = Attachment.from_bytes("a.bin", draw(files))
    step.additional_results.append(draw(additional_data()))


def loop(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    with to.loop(name) as iterations:
        for value in draw(st.lists(numbers, min_size=1, max_size=3)):
            iterations.numeric(value, low=0, **options)


def sequence(draw: st.DrawFn, to: Any, name: str, **options: Any) -> None:
    steps(draw, to.sequence(name, path=draw(st.none() | texts(500)), version="1.0", **options), depth=0)


def steps(draw: st.DrawFn, to: Any, depth: int) -> None:
    """Add some steps to a sequence."""
    kinds = [numeric, string, passed, several, chart, others, loop, *([sequence] if depth else [])]
    for number, add in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=4))):
        options = draw(st.sampled_from([{}, {"report_text": draw(texts(50))}, {"tot_time": 0.25, "group": "S"}]))
        add(draw, to, f"{draw(names)} {number}", **options)


@st.composite
def additional_data(draw: st.DrawFn) -> AdditionalData:
    """A tree of values."""
    inner = AdditionalDataProperty(name="n", type="Number", value=str(draw(numbers)), num_format="%.3f", flags=4)
    text = AdditionalDataProperty(name=draw(names), type="String", value=draw(texts(50)), comment=draw(texts(20)))
    return AdditionalData(
        name=draw(names), props=[text, AdditionalDataProperty(name="o", type="Obj", props=[inner, text])]
    )


@st.composite
def uur_reports(draw: st.DrawFn) -> UURReport:
    """Repair reports with failures and files."""
    start = draw(times)
    report = UURReport(
        pn=draw(names),
        sn=draw(names),
        rev="A",
        process_code=500,
        station_name=draw(names),
        location="x",
        purpose="y",
        start=start,
        start_utc=start.astimezone(UTC),
        info=UURInfo(
            operator=draw(names), process_code=10, confirm_date=start, finalize_date=start, comment=draw(texts(100))
        ),
    )
    for index in range(draw(st.integers(1, 3))):
        unit = UURSubUnit(idx=index, part_type="Main", pn=draw(names), sn=draw(names), parent_idx=0 if index else None)
        for _ in range(draw(st.integers(0, 2))):
            failure = UURFailure(category="Component", code="Defect Component", comment=draw(st.none() | texts(50)))
            failure.com_ref = draw(st.none() | names)
            for content in draw(st.lists(files, max_size=2)):
                failure.attachments.append(BinaryData.from_bytes("a.png", content))
            unit.failures.append(failure)
        report.sub_units.append(unit)
    for content in draw(st.lists(files, max_size=2)):
        report.binary_data.append(BinaryData.from_bytes("b.txt", content))
    return report
