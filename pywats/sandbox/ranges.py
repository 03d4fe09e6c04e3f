"""Parts of a file, for who asks by ``Range`` (RFC 9110, section 14)."""

import hashlib
import re
from collections.abc import Mapping

from pywats.sandbox.answers import JSON, Answer

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.IGNORECASE)
_WHOLE = 200


def ranged(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return the part of a file that a GET asks for, or the whole with what is needed to ask for parts of it.

    Only one range is served; who asks for several gets the whole. Answers in JSON are no files.
    """
    if answer.status != _WHOLE or answer.content_type == JSON or not answer.body:
        return answer
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    answer.headers |= {"Accept-Ranges": "bytes", "ETag": etag}
    wanted = _RANGE.fullmatch(headers.get("Range", "").strip())
    if wanted is None or headers.get("If-Range", etag) != etag:
        return answer
    return _part(answer, *wanted.groups())


def _part(answer: Answer, first: str, last: str) -> Answer:
    size = len(answer.body)
    if first:
        start, stop = int(first), min(int(last), size - 1) if last else size - 1
    elif last:
        start, stop = max(0, size - int(last)), size - 1
    else:
        return answer
    if start >= size or stop < start:
        return Answer(416, b"", answer.content_type, {"Content-Range": f"bytes */{size}"})
    place = {"Content-Range": f"bytes {start}-{stop}/{size}"}
    return Answer(206, answer.body[start : stop + 1], answer.content_type, answer.headers | place)
