"""What the analytics domain sends, and what it makes of the answers."""

import pytest

from pywats.domains.analytics.service import AnalyticsService
from pywats.errors import InvalidResponseError, ServerError
from pywats.filters import WATSFilter
from pywats.service import Async


@pytest.fixture
def analytics(line) -> AnalyticsService[Async]:
    return AnalyticsService(line)


@pytest.mark.parametrize(
    "wanted",
    [
        WATSFilter(part_number="P", dimensions=["partNumber", "unitCount desc"], period_count=3),
        {"part_number": "P", "dimensions": "partNumber;unitCount desc", "periodCount": 3},
    ],
)
async def test_dimensions_travel_in_the_query_and_in_the_body(analytics, line, wanted):
    line.answer([{"partNumber": "P", "unitCount": 3, "fpy": 66.7, "ppmFpy": 5}])
    (row,) = await analytics.get_dynamic_yield(wanted)
    assert (row.part_number, row.unit_count, row.fpy, row.model_extra) == ("P", 3, 66.7, {"ppmFpy": 5})
    assert line.sent == ["POST /api/App/DynamicYield?dimensions=partNumber;unitCount desc"]
    assert line.json() == {
        "partNumber": "P",
        "dimensions": "partNumber;unitCount desc",
        "periodCount": 3,
        "includeCurrentPeriod": True,
    }
    assert line.calls[0].repeatable is True


async def test_an_empty_filter_is_an_empty_object(analytics, line):
    assert await analytics.get_dynamic_yield({}) == []
    assert (line.sent, line.json()) == (["POST /api/App/DynamicYield"], {})


async def test_an_error_is_raised_and_is_no_empty_list(analytics, line):
    line.answer({"Message": "busy"}, 500)
    with pytest.raises(ServerError, match="busy"):
        await analytics.get_dynamic_yield({})


@pytest.mark.parametrize(
    ("said", "version"), [(b'"2025.3"', "2025.3"), (b"2025.3", "2025.3"), (b"null", None), (b"", None)]
)
async def test_the_version_is_a_text_or_none(analytics, line, said, version):
    line.answer(said)
    assert await analytics.get_version() == version


async def test_a_web_page_is_no_version(analytics, line):
    line.answer(b"<!DOCTYPE html><html></html>", kind="text/html")
    with pytest.raises(InvalidResponseError, match="web page"):
        await analytics.get_version()
