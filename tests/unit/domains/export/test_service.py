"""What the export domain sends, and what it makes of the answers."""

import pytest

from pywats import WATSFilter
from pywats.domains.export.service import ExportService


@pytest.fixture
def export(line):
    return ExportService(line)


async def test_the_order_says_what_and_how(export, line):
    await export.export_certificates(
        WATSFilter(part_number="P"),
        email="anna@example.com",
        header_data_only=True,
        dimensions=["asset", "miscInfo"],
        numeric_format="decimal",
        body_footer_tag="B",
        document_footer_tag="D",
    )
    assert line.sent == [
        (
            "POST /api/Export/Certificate?headerDataOnly=true&asIndividualFiles=false&dimensions=asset;miscInfo"
            "&numericFormat=decimal&bodyFooterTag=B&documentFooterTag=D&email=anna@example.com"
        )
    ]
    assert line.json()["partNumber"] == "P"
    assert line.calls[0].repeatable is None


@pytest.mark.parametrize(
    ("said", "name"),
    [({"ExportFileName": "a.zip"}, "a.zip"), ("a.zip", "a.zip"), ({"other": 1}, None), (b"", None), (b"null", None)],
)
async def test_the_name_stands_alone_or_in_an_object(export, line, said, name):
    line.answer(said)
    assert await export.export_certificates() == name
