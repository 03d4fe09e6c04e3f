"""Every method of the export domain on both faces, over a real socket."""

import io
import zipfile

import pytest

from pywats import ValidationError, WATSFilter, pyWATS

TO = {"email": "anna@example.com"}


@pytest.fixture(autouse=True)
def _reports(wats_sandbox, make_report):
    wats_sandbox.seed(
        products=[{"partNumber": "WIDGET-001", "tags": [{"key": "Note", "value": "(c) Oslo", "change": 1}]}]
    )
    wats_sandbox.seed(reports=[make_report(number) for number in (1, 2)] + [make_report(3, pn="OTHER")])


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


async def test_certificates_become_one_document(either):
    name = await either("export.export_certificates", WATSFilter(part_number="WIDGET-001"), **TO)
    assert await either("export.get_exports") == [name]
    content = await either("export.get_export", name)
    (document,) = files_of(content).values()
    assert document.startswith(b"%PDF-1.4")
    assert document.endswith(b"%%EOF\n")
    assert document.count(b"TEST CERTIFICATE") == 2
    assert b"Supply" in document
    assert await either("export.get_export", name.removesuffix(".zip")) == content
    assert b"".join(await either.walk("export.iter_export", name)) == content


async def test_certificates_become_single_documents_without_steps(either):
    name = await either(
        "export.export_certificates",
        {"part_number": "WIDGET-001"},
        header_data_only=True,
        as_individual_files=True,
        dimensions=["miscInfo", "asset"],
        body_footer_tag="Note",
        **TO,
    )
    files = files_of(await either("export.get_export", name))
    assert sorted(files) == ["WIDGET-001 SN00001.pdf", "WIDGET-001 SN00002.pdf"]
    for document in files.values():
        assert b"Supply" not in document
        assert rb"\(c\) Oslo" in document


async def test_an_export_is_for_who_ordered_it(either, wats_sandbox):
    name = await either("export.export_certificates", **TO)
    token = await either("auth.get_token", "other")
    with pyWATS(wats_sandbox.url, token, rate_limit=None, trust_env=False) as other:
        assert other.export.get_exports() == []
        assert other.export.get_export(name) is None


async def test_an_export_without_an_address_is_refused(either):
    with pytest.raises(ValidationError, match="email"):
        await either("export.export_certificates")
