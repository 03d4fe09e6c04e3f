"""Checking a converter on real files: whatever happens to them, it gives right reports or says why not."""

import random
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from pywats.ingest.conversion.filling import JsonObject
from pywats.ingest.conversion.order import HEAD, Found, Order, convert
from pywats.ingest.converters.damage import damaged
from pywats.ingest.converters.registry import CLAIM, find
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.files.reading import Stamp
from pywats.ingest.reasons import Reason

FINE: Final = (ConversionError, NotReadyError)


def check(
    converter: str,
    files: Iterable[Path],
    *,
    options: Mapping[str, Any] | None = None,
    encoding: str | None = None,
    others: Collection[Path] = (),
    claims: bool = True,
    cuts_show: bool = True,
    mutations: int = 20,
    seed: int = 0,
    limit: float = 10.0,
) -> dict[Path, list[JsonObject]]:
    """Check a converter on files of its format, and return their reports; see `pywats.testing.check_converter`."""
    own = find(converter)
    reports: dict[Path, list[JsonObject]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            order = Order(
                path=path,
                stamp=Stamp.of(path.stat()),
                converter=converter,
                options=options or {},
                encoding=encoding,
            )
            bodies = list(convert(order, Found(converter=converter)))
            expect(bodies, f"{path.name}: there is no report in it")
            expect(bodies == list(convert(order, Found(converter=converter))), f"{path.name}: read twice, it differs")
            reports[path] = [orjson.loads(body) for body in bodies]
            grade = own.sniff(_head(path), path.name)
            expect(not claims or grade >= CLAIM, f"{path.name}: the converter does not claim it ({grade})")
            damage = _Damage(order, Path(folder), bodies, random.Random(f"{seed}{path.name}"), limit)
            damage.cut(cuts_show=cuts_show, cuts=mutations)
            damage.mutate(mutations)
        for path in others:
            grade = own.sniff(_head(path), path.name)
            expect(grade < CLAIM, f"{path.name}: the converter claims it ({grade}), and it is of another format")
    return reports


def expect(holds: object, otherwise: str) -> None:
    """Fail a test unless something holds."""
    if not holds:
        raise AssertionError(otherwise)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


class _Damage:
    """One file, damaged in many ways."""

    def __init__(self, order: Order, folder: Path, bodies: list[bytes], chance: random.Random, limit: float) -> None:
        self._order = order
        self._folder = folder
        self._whole = [_without_id(body) for body in bodies]
        self._chance = chance
        self._limit = limit
        self._content = order.path.read_bytes()

    def cut(self, *, cuts_show: bool, cuts: int) -> None:
        """Cut the file at some bytes: no report comes out that the whole file does not have."""
        length = len(self._content)
        everywhere = range(length) if length <= cuts else sorted(self._chance.sample(range(length), cuts))
        for at in everywhere:
            found = self._outcome(self._content[:at], f"cut at byte {at}")
            if found is not None and cuts_show:
                what = f"{self._order.path.name}, cut at byte {at}"
                expect(found == self._whole[: len(found)], f"{what}: a report that the whole file does not have")

    def mutate(self, mutations: int) -> None:
        """Damage it in many ways: it ends with reports or a reason."""
        for number in range(mutations):
            kind, content = damaged(self._content, self._chance)
            self._outcome(content, f"mutation {number} ({kind})")

    def _outcome(self, content: bytes, what: str) -> list[bytes] | None:
        """Return the reports of a content, or ``None`` when there is a reason why there are none."""
        path = self._folder / self._order.path.name
        path.write_bytes(content)
        order = replace(self._order, path=path, stamp=Stamp.of(path.stat()))
        began = time.process_time()
        try:
            bodies = [_without_id(body) for body in convert(order, Found(converter=order.converter))]
        except FINE as error:
            fault = isinstance(error, ConversionError) and error.reason is Reason.CONVERTER_FAILED
            expect(not fault, f"{path.name}, {what}: {error}")
            return None
        finally:
            took = time.process_time() - began
            expect(took < self._limit, f"{path.name}, {what}: it took {took:.1f} s")
        return bodies


def _without_id(body: bytes) -> bytes:
    report: JsonObject = orjson.loads(body)
    return orjson.dumps({name: value for name, value in report.items() if name != "id"})
