"""Whatever steps say of themselves, the reports that are made of them keep the rules of the server for steps."""

from converting import converted
from hypothesis import given, settings
from hypothesis import strategies as st

from pywats.ingest.converters import atml, teststand, wstf
from pywats.reports.models import UUTReport
from pywats.reports.validation import validate

VALUES = st.sampled_from(("1", "-2.5", "3,5", "0x1F", "1e300", "NAN", "-INF", "1.#QNAN", "", "abc", "9" * 400))
LIMITS = st.sampled_from(("0", "2.5", "INF", "-INF", "NAN", "0x10", ""))
OPERATORS = st.sampled_from(("EQ", "NE", "LT", "GE", "GELE", "LTGT", "EQT", "LOG", "odd", ""))
STATUSES = st.sampled_from(("Passed", "Failed", "Error", "Terminated", "Skipped", "Done", "Running", ""))
UNITS = st.sampled_from(("V", "", "a unit of more than twenty letters"))
NAMES = st.sampled_from(("a", "b", "", "n" * 150))
ROWS = st.tuples(NAMES, VALUES, LIMITS, LIMITS, OPERATORS, UNITS, STATUSES)


def wrong_steps(wire):
    """Return what is wrong with the steps of a report."""
    problems = validate(UUTReport.over(wire))
    return [str(each) for each in problems if not each.warning and each.place.startswith("root")]


def prop(name, kind, value):
    return f"<Prop Name='{name}' Type='{kind}'><Value>{value}</Value></Prop>"


def compared(row, key):
    _, value, low, high, operator, unit, status = row
    limits = f"<Prop Name='Limits' Type='Obj'>{prop('Low', 'Number', low)}{prop('High', 'Number', high)}</Prop>"
    said = prop("Comp", "String", operator), prop("Units", "String", unit), prop("Status", "String", status)
    return prop(key, "Number", value) + limits + "".join(said)


@given(st.lists(st.tuples(STATUSES, st.lists(ROWS, max_size=3), ROWS), max_size=4))
@settings(max_examples=60, deadline=None)
def test_steps_of_teststand(steps):
    results = ""
    for status, several, row in steps:
        values = "".join(
            f"<Value Name='{each[0]}'><Prop Type='Obj'>{compared(each, 'Data')}</Prop></Value>" for each in several
        )
        measured = f"<Prop Name='Measurement' Type='Array'>{values}</Prop>" if several else compared(row, "Numeric")
        ts = f"<Prop Name='TS' Type='Obj'>{prop('StepName', 'String', row[0])}</Prop>"
        results += f"<Value><Prop Type='TEResult'>{prop('Status', 'String', status)}{measured}{ts}</Prop></Value>"
    called = f"<Prop Name='SequenceCall' Type='Obj'><Prop Name='ResultList' Type='Array'>{results}</Prop></Prop>"
    main = f"<Prop Type='TEResult'><Prop Name='TS' Type='Obj'>{called}</Prop></Prop>"
    (report,) = converted(teststand, f"<Reports><Report Type='UUT' UUTResult='Passed'>{main}</Report></Reports>")
    assert wrong_steps(report) == []


@given(st.lists(st.tuples(STATUSES, st.lists(ROWS, max_size=3)), max_size=4))
@settings(max_examples=60, deadline=None)
def test_steps_of_atml(steps):
    tests = ""
    for status, rows in steps:
        results = ""
        for name, value, low, high, operator, unit, own in rows:
            kind = "string" if value in {"abc", "", "9" * 400} else "double"
            limits = f'<c:SingleLimit comparator="{operator}"><c:Datum value="{low or 1}"/></c:SingleLimit>'
            if len(operator) == 4:
                pair = zip((operator[:2], operator[2:]), (low or "1", high or "2"), strict=True)
                limits = "".join(
                    f'<c:Limit comparator="{op}"><c:Datum value="{limit}"/></c:Limit>' for op, limit in pair
                )
                limits = f'<c:LimitPair operator="{"AND" if operator[0] == "G" else "OR"}">{limits}</c:LimitPair>'
            outcome = "" if own in {"", "Running"} else f'<tr:Outcome value="{own}"/>'
            datum = f'<c:Datum xsi:type="c:{kind}" value="{value.replace(",", ".")}" nonStandardUnit="{unit}"/>'
            data = f"<tr:TestData>{datum}</tr:TestData><tr:TestLimits><tr:Limits>{limits}</tr:Limits></tr:TestLimits>"
            results += f'<tr:TestResult name="{name}">{outcome}{data}</tr:TestResult>'
        outcome = "" if status in {"", "Running"} else f'<tr:Outcome value="{status}"/>'
        tests += f'<tr:Test name="t">{outcome}{results}</tr:Test>'
    spaces = (
        'xmlns:tr="urn:IEEE-1636.1:2013:TestResults" xmlns:c="urn:IEEE-1671:2010:Common" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    unit = "<tr:UUT><c:SerialNumber>S</c:SerialNumber></tr:UUT>"
    content = f'<tr:TestResults {spaces}><tr:ResultSet name="M">{tests}</tr:ResultSet>{unit}</tr:TestResults>'
    (report,) = converted(atml, content)
    assert wrong_steps(report) == []


FINITE = st.sampled_from(("1", "-2.5", "NaN", "-INF"))
TOLD = st.sampled_from(("Passed", "Failed", "Error", "Terminated", "Skipped", "Done", ""))
CELLS = st.tuples(st.sampled_from(("", "x")), st.sampled_from(("", "a", "b")), FINITE, TOLD)


@given(st.lists(CELLS, max_size=6), st.sampled_from(("Active", "Import")))
@settings(max_examples=60, deadline=None)
def test_steps_of_wstf(cells, mode):
    rows = "".join(
        f"NumericLimitTest\t{step or 'y'}\t{name and f'{name}{at}'}\t{value}\t0\t2\tGELE\tV\t{status}\n"
        for at, (step, name, value, status) in enumerate(cells)
    )
    head = f"--Header-Start--\nSerialNumber\tS\nPartNumber\tP\nConverterMode\t{mode}\n--Step-Data-Start--\n"
    (report,) = converted(wstf, f"{head}{rows}--Step-Data-End--\n--UUT-End--\n")
    assert wrong_steps(report) == []
