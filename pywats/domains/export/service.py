"""The export domain: files that the server makes in the background."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, ClassVar

from pywats.exchange.answer import Answer
from pywats.exchange.call import download, is_nothing, parse, query, text, url
from pywats.query.filters import WATSFilter, filter_body
from pywats.service import Face, Service, method, stream


class ExportService(Service[Face]):
    """Files that the server makes in the background.

    A server gives an export only to the user or the token that ordered it.
    """

    domain: ClassVar[str] = "export"

    @method
    async def get_exports(self) -> list[str]:
        """Return the names of the exports that are done."""
        return await self._list("/api/Export/List", str)

    @method
    async def get_export(self, file_name: str) -> bytes | None:
        """Return the file of an export, or ``None`` while there is none."""
        return await self._file(url("/api/Export/{}", file_name))

    @stream
    async def iter_export(self, file_name: str) -> AsyncGenerator[Sequence[bytes], None]:
        """Walk over the file of an export, piece by piece as it arrives."""
        body = await self._line.send(download("GET", url("/api/Export/{}", file_name)))
        try:
            async for chunk in body:
                yield (chunk,)
        finally:
            await body.aclose()

    @method
    async def export_certificates(
        self,
        filter_data: WATSFilter | Mapping[str, Any] | None = None,
        *,
        email: str | None = None,
        header_data_only: bool = False,
        as_individual_files: bool = False,
        dimensions: Sequence[str] | str | None = None,
        numeric_format: str | None = None,
        body_footer_tag: str | None = None,
        document_footer_tag: str | None = None,
    ) -> str | None:
        """Have the certificates of tested units made into one archive; return the name that the export will have.

        ``get_exports`` lists the name once the archive is there. The order is sent once: a second one makes a second
        archive.

        Args:
            filter_data: which test reports.
            email: where the server writes to when the archive is there; servers need it from whoever calls by a token.
            header_data_only: leave out the steps.
            as_individual_files: a document for each report instead of one for all.
            dimensions: details to show, such as ``["miscInfo", "measurement", "lowLimit"]``.
            numeric_format: of numbers whose report gives none: ``decimal``, ``scientific``, ``integer``, ...
            body_footer_tag: tag of the product whose value stands below each certificate.
            document_footer_tag: tag of the product whose value stands at the end of the document.
        """
        wanted = query(
            headerDataOnly=header_data_only,
            asIndividualFiles=as_individual_files,
            dimensions=dimensions if dimensions is None or isinstance(dimensions, str) else ";".join(dimensions),
            numericFormat=numeric_format,
            bodyFooterTag=body_footer_tag,
            documentFooterTag=document_footer_tag,
            email=email,
        )
        return await self._write(
            "POST", "/api/Export/Certificate", filter_body(filter_data or {}), _export_name, wanted
        )


def _export_name(answer: Answer) -> str | None:
    """The name, which stands alone or in an object."""
    if is_nothing(answer):
        return None
    if not answer.body.lstrip().startswith(b"{"):
        return text(answer) or None
    said: dict[str, Any] = parse(dict[str, Any], answer)
    return next((str(name) for key, name in said.items() if key.lower() == "exportfilename" and name), None)
