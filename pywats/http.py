"""Raw calls, for what has no method yet: the same limiter, retry, circuit breaker and errors as every other call."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message as MimeHeaders
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import parse_qsl, quote

from pywats.errors import NotFoundError, ValidationError
from pywats.exchange.answer import NOT_FOUND, WRONG_PLACE, Answer, words
from pywats.exchange.arrays import parsed
from pywats.exchange.call import Call, download, wire_text
from pywats.exchange.call import body as json_body
from pywats.exchange.saving import Saved, Target, file_download, save
from pywats.exchange.upload import FileBody
from pywats.progress import Progress
from pywats.service import Face, Service, method, stream

R = TypeVar("R")

_KEPT_IN_PATH: Final = "/%:@!$&'()*+,;=-._~"  # RFC 3986, section 3.3; % stays, for what is encoded already


@dataclass(frozen=True, slots=True)
class Response:
    """What the server answered to a raw call.

    Attributes:
        status_code: HTTP status.
        data: the body: decoded JSON, text, or bytes if it is neither; ``None`` if there is none.
        headers: names in lower case.
        raw: the body as it came, unpacked.
    """

    status_code: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    raw: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300  # noqa: PLR2004

    @property
    def is_error(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return self.status_code >= 400  # noqa: PLR2004

    @property
    def is_client_error(self) -> bool:
        """Whether the status is 4xx."""
        return 400 <= self.status_code < 500  # noqa: PLR2004

    @property
    def is_server_error(self) -> bool:
        """Whether the status is 5xx."""
        return self.status_code >= 500  # noqa: PLR2004

    @property
    def is_not_found(self) -> bool:
        """Whether the status is 404."""
        return self.status_code == NOT_FOUND

    @property
    def error_message(self) -> str | None:
        """The server's words about an error, or ``None`` if there is none."""
        return words(Answer(self.status_code, self.headers, self.raw)) if self.is_error else None


class HttpService(Service[Face]):
    """Requests to any path of the server.

    ``endpoint`` is the path below the base URL, such as ``/api/Product/WIDGET-001``, and may end with a query. Build it
    with ``pywats.exchange.call.url("/api/Product/{}", part_number)`` where a name may hold ``/ ? # %``. ``params`` are
    further query values, written as the API reads them; ``None`` leaves one out.

    An error status raises like in every other method; ``raise_for_status=False`` returns it as a ``Response`` instead,
    after the same retries. ``repeatable`` says whether the server may be sent the request twice; by itself a GET, PUT
    or DELETE may, a POST or PATCH may not.
    """

    domain: ClassVar[str] = "http"

    @method
    async def get(
        self,
        endpoint: str,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a GET."""
        return await self._ask(
            "GET", endpoint, params, accept=accept, repeatable=repeatable, raise_for_status=raise_for_status
        )

    @method
    async def post(
        self,
        endpoint: str,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a POST; ``data`` is a model, dict or list, or text or bytes that travel as they are.

        A ``Path`` sends the file there, read while it is sent.
        """
        return await self._ask(
            "POST",
            endpoint,
            params,
            data=data,
            content_type=content_type,
            accept=accept,
            repeatable=repeatable,
            raise_for_status=raise_for_status,
        )

    @method
    async def put(
        self,
        endpoint: str,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a PUT; ``data`` as for ``post``."""
        return await self._ask(
            "PUT",
            endpoint,
            params,
            data=data,
            content_type=content_type,
            accept=accept,
            repeatable=repeatable,
            raise_for_status=raise_for_status,
        )

    @method
    async def patch(
        self,
        endpoint: str,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a PATCH; ``data`` as for ``post``."""
        return await self._ask(
            "PATCH",
            endpoint,
            params,
            data=data,
            content_type=content_type,
            accept=accept,
            repeatable=repeatable,
            raise_for_status=raise_for_status,
        )

    @method
    async def delete(
        self,
        endpoint: str,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = "application/json",
        repeatable: bool | None = None,
        raise_for_status: bool = True,
    ) -> Response:
        """Return the answer to a DELETE."""
        return await self._ask(
            "DELETE", endpoint, params, accept=accept, repeatable=repeatable, raise_for_status=raise_for_status
        )

    @stream
    async def iter_json(
        self, endpoint: str, params: Mapping[str, Any] | None = None, *, prefix: str = "item"
    ) -> AsyncGenerator[Sequence[Any], None]:
        """Walk over the values of a JSON array in the answer to a GET, parsed while it arrives.

        ``prefix`` says where the array is, as in ijson: ``item`` is the answer itself, ``rows.item`` its ``rows``.

        Raises:
            InvalidResponseError: the answer is no JSON, or ends too early.
        """
        path, query = _split(endpoint, params)
        body = await self._line.send(download("GET", path, query, accept="application/json"))
        try:
            async for values in parsed(body, prefix, path):
                yield values
        finally:
            await body.aclose()

    @stream
    async def stream(
        self, endpoint: str, params: Mapping[str, Any] | None = None, *, accept: str = "*/*"
    ) -> AsyncGenerator[Sequence[bytes], None]:
        """Walk over the body of an answer to a GET, chunk by chunk as it arrives.

        The walk holds one of the places for long transfers until it ends or is closed; each chunk must come within the
        ``timeout``. Only the way to the first chunk is retried.
        """
        path, query = _split(endpoint, params)
        body = await self._line.send(download("GET", path, query, accept=accept))
        try:
            async for chunk in body:
                yield (chunk,)
        finally:
            await body.aclose()

    @method
    async def download(
        self,
        endpoint: str,
        to: Target,
        params: Mapping[str, Any] | None = None,
        *,
        accept: str = "*/*",
        progress: Progress = False,
    ) -> Saved:
        """Save the answer to a GET while it arrives, at a path or into a file object; return what was saved.

        A file appears when it is whole. A download that breaks off goes on where it was if the server sends ranges.

        Raises:
            NotFoundError: there is nothing.
        """
        path, query = _split(endpoint, params)
        saved = await save(self._line, file_download(path, query, accept=accept), to, progress)
        if saved is None:
            raise NotFoundError("there is nothing to download", status=NOT_FOUND, method="GET", path=path)
        return saved

    async def _ask(
        self,
        verb: str,
        endpoint: str,
        params: Mapping[str, Any] | None,
        *,
        accept: str,
        repeatable: bool | None,
        raise_for_status: bool,
        data: Any = None,
        content_type: str = "application/json",
    ) -> Response:
        path, query = _split(endpoint, params)

        def read(answer: Answer) -> Response:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, _data(answer, accept), headers, answer.body)

        return await self._line.send(
            Call(
                verb=verb,
                path=path,
                query=query,
                body=_body(data),
                content_type=content_type,
                accept=accept,
                read=read,
                repeatable=repeatable,
                any_status=not raise_for_status,
                internal=path.lower().startswith("/api/internal/"),
            )
        )


def _split(endpoint: str, params: Mapping[str, Any] | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Path and query of an endpoint, percent-encoded where they are not yet.

    Raises:
        ValidationError: the endpoint names another server, or holds a ``#``, behind which everything would be lost.
    """
    if "#" in endpoint:
        raise ValidationError(
            f'{endpoint!r} holds a "#"; write it as %23, or use '
            'pywats.exchange.call.url("/api/Product/{}", part_number)'
        )
    path, _, query = endpoint.strip().partition("?")
    if "://" in path or path.startswith("//"):
        raise ValidationError(f"{path!r} is not a path below the base URL, such as /api/Product/WIDGET-001")
    pairs = parse_qsl(query, keep_blank_values=True)
    given = ((name, wire_text(value)) for name, value in (params or {}).items() if value is not None)
    return quote("/" + path.lstrip("/"), safe=_KEPT_IN_PATH), (*pairs, *given)


def _body(data: Any) -> bytes | FileBody | None:
    if data is None or isinstance(data, bytes):
        return data
    if isinstance(data, Path):
        return FileBody(data)
    return data.encode() if isinstance(data, str) else json_body(data)


def _data(answer: Answer, accept: str) -> Any:
    """The body as what its media type says."""
    if not answer.body.strip():
        return None
    mime = MimeHeaders()
    mime["content-type"] = answer.headers.get("content-type", "application/json")
    kind = mime.get_content_type()
    failed = answer.status >= 400  # noqa: PLR2004 - its body is words, whatever they look like
    if answer.is_html and "html" not in accept and not failed:
        raise answer.invalid(WRONG_PLACE)
    if kind.endswith(("/json", "+json")):
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            if not failed:
                raise answer.invalid(f"the answer is no JSON: {error}") from error
    elif not (failed or kind.startswith("text/") or kind.endswith(("/xml", "+xml"))):
        return answer.body
    try:
        return answer.body.decode(mime.get_content_charset() or "utf-8-sig", errors="replace")
    except LookupError:
        return answer.body.decode("utf-8-sig", errors="replace")
