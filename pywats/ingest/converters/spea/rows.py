"""Rows of a SPEA log, the runs that they make, and the boards of a run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pywats.ingest.converters.interface import Context, Source
from pywats.ingest.converters.moments import Order
from pywats.ingest.converters.text import LONGEST_RECORD, malformed, read_lines

ORDERS: Final[dict[str, Order]] = {"mmdd": "mdy", "ddmm": "dmy"}
"""What a row FORMAT says of dates."""
SHORTEST: Final = {"ANL": 12, "FUNC": 12, "START": 8, "END": 4, "SN": 2, "BOARDRESULT": 2, "LOT": 2, "FORMAT": 2}
"""Cells that a row of a kind has at least."""
TESTS: Final = frozenset({"ANL", "FUNC"})
RESULT: Final = 7
"""The cell of a test that has its result."""
WORDS: Final = {"PASS": "P", "FAIL": "F", "ERROR": "E", "ABORT": "T", "STOP": "T", "SKIP": "S", "NONE": "S"}

_WORD: Final = re.compile(rf"({'|'.join(WORDS)})[A-Z]*(?:\([-+/]*\))?", re.IGNORECASE)
_KIND: Final = re.compile(r"[A-Z][A-Z0-9_]{1,19}")
_LIMITS: Final = 3
"""Cells behind a result that value and limits take."""


def letter_of(word: str) -> str:
    """Return the letter of a result; none if the word is none."""
    if word in WORDS:
        return WORDS[word]
    found = _WORD.fullmatch(word)
    return WORDS[found[1].upper()] if found else ""


@dataclass(slots=True)
class Row:
    """A line.

    Attributes:
        kind: what the row is.
        status: the letter of the result, if it is a test: of a kind that is known, or laid out as those are.
    """

    kind: str
    number: int
    cells: list[str]
    status: str = ""

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"line {self.number}"

    @property
    def text(self) -> str:
        """The whole row, for a person."""
        return ";".join(self.cells)

    def said(self, at: int) -> str:
        """Return a cell, or nothing."""
        return self.cells[at] if at < len(self.cells) else ""

    def letter(self, at: int) -> str:
        """Return the letter of the result in a cell."""
        letter = letter_of(self.cells[at])
        if not letter:
            raise malformed(f"{self.cells[at]!r:.30} is no result", self.place)
        return letter


@dataclass(slots=True)
class Run:
    """What stands between START and END.

    Attributes:
        before: rows of unknown kinds in front of START.
    """

    start: Row
    order: Order | None
    before: list[Row]
    rows: list[Row] = field(default_factory=list[Row])

    def of(self, kind: str) -> list[Row]:
        """Return the rows of a kind."""
        return [row for row in self.rows if row.kind == kind]


@dataclass(slots=True)
class Unit:
    """A board of a run, or all that was tested under one serial number.

    Attributes:
        board: its number in a panel; empty if the run has but one unit.
        result: the letter of its verdict; ``S`` if it has none.
        rows: its tests and the rows of unknown kinds, as they stand in the log.
    """

    board: str
    serial: str
    result: str
    rows: list[Row]


def read_rows(source: Source, context: Context) -> Iterator[Row]:
    """Yield the rows of a log.

    Raises:
        ConversionError: a row has too few cells or no kind, or the last line has no end.
    """
    for number, line in read_lines(source, context, otherwise="latin-1", longest=LONGEST_RECORD):
        cells = line.strip().split(";")
        if " ;" in line or "; " in line or "\t" in line:
            cells = [cell.strip() for cell in cells]
        kind = cells[0]
        shortest = SHORTEST.get(kind)
        if shortest is None:
            if not kind and len(cells) == 1:
                continue
            if _KIND.fullmatch(kind) is None:
                raise malformed(f"a row begins with its kind, not with {kind!r:.30}", f"line {number}")
            yield Row(kind, number, cells, letter_of(cells[RESULT]) if len(cells) >= SHORTEST["ANL"] else "")
            continue
        if len(cells) < shortest:
            raise malformed(f"the row {kind} has {len(cells)} cells, not {shortest}", f"line {number}")
        yield _test(kind, number, cells) if kind in TESTS else Row(kind, number, cells)


def _test(kind: str, number: int, cells: list[str]) -> Row:
    letter = letter_of(cells[RESULT])
    if letter:
        return Row(kind, number, cells, letter)
    row = Row(kind, number, _aligned(cells))
    row.status = row.letter(RESULT)
    return row


def _aligned(cells: list[str]) -> list[str]:
    """Return the cells of a test whose remark holds semicolons as if it held none; unchanged if it does not fit."""
    for at in range(RESULT + 1, len(cells) - 1 - _LIMITS):
        if letter_of(cells[at]):
            return [*cells[:5], ";".join(cells[5 : at - 1]), *cells[at - 1 :]]
    return cells


def units(run: Run, end: Row) -> Iterator[Unit]:
    """Yield the units of a run: one for each serial number.

    Raises:
        ConversionError: a verdict is none, or it cannot be told which board has which serial number and verdict.
    """
    serials = list({row.text: row for row in run.of("SN")}.values())
    tested = sorted({row.cells[1] for row in run.rows if row.status}, key=lambda board: (len(board), board))
    verdict = end.letter(1)
    if len(serials) > 1:
        yield from _panel(run, serials, tested)
        return
    results = run.of("BOARDRESULT")
    if len(results) == 1:
        verdict = results[0].letter(_verdict_at(results[0]))
    at = 2 if serials and serials[0].said(2) and serials[0].cells[1] in tested else 1
    read = {"SN": at} if len(results) > 1 else {"SN": at, "BOARDRESULT": 2}
    rows = [row for row in run.rows if row.status or not _is_read(row, read)]
    yield Unit("", serials[0].cells[at] if serials else "", verdict, [*run.before, *rows])


def _panel(run: Run, serials: Sequence[Row], tested: Sequence[str]) -> Iterator[Unit]:
    """Yield the boards: those that the rows name, or in their order."""
    results = run.of("BOARDRESULT")
    at = 2 if all(_is_number(row.cells[1]) and row.said(2) for row in serials) else 1
    if at == 2:  # noqa: PLR2004
        boards: Sequence[str] = [row.cells[1] for row in serials]
    elif len(tested) < len(serials) and all(_is_number(board) and 1 <= int(board) <= len(serials) for board in tested):
        boards = [str(board) for board in range(1, len(serials) + 1)]
    else:
        boards = tested
    named = bool(results) and all(_verdict_at(row) == 2 for row in results)  # noqa: PLR2004
    judged = [row.cells[1] for row in results] if named else boards
    counts = {len(serials), len(results), len(boards), len(set(boards)), len(judged)}
    unclear = at == 1 and any(row.said(2) for row in serials)
    if unclear or len(counts) > 1 or set(judged) != set(boards) or not set(tested) <= set(boards):
        detail = f"there are {len(tested)} boards, {len(serials)} serial numbers and {len(results)} results"
        raise malformed(f"{detail}, which do not tell whose they are", run.start.place)
    verdicts = {board: row.letter(_verdict_at(row)) for board, row in zip(judged, results, strict=True)}
    rows_of = _by_board(run, boards, {"SN": at, "BOARDRESULT": 2})
    for board, row in zip(boards, serials, strict=True):
        yield Unit(board, row.cells[at], verdicts[board], rows_of[board])


def _by_board(run: Run, boards: Sequence[str], read: Mapping[str, int]) -> dict[str, list[Row]]:
    """Return the rows of each board; one of an unknown kind goes with the test before it, or with all."""
    rows_of = {board: list(run.before) for board in boards}
    owners: Sequence[str] = boards
    for row in run.rows:
        if row.status:
            owners = [row.cells[1]]
        if row.status or not _is_read(row, read):
            for board in owners:
                rows_of[board].append(row)
    return rows_of


def _verdict_at(row: Row) -> int:
    """Return which cell has the result of a board: the second, or the third if the board is named before it."""
    return 2 if not letter_of(row.cells[1]) and letter_of(row.said(2)) else 1


def _is_read(row: Row, read: Mapping[str, int]) -> bool:
    """Return whether nothing is left of a row once the cells up to one were read."""
    at = 1 if row.kind == "LOT" else read.get(row.kind)
    return at is not None and not any(row.cells[at + 1 :])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5  # noqa: PLR2004 - the server has no larger socket
