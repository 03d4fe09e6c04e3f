"""Serial numbers: what is free, reserved and taken of each type."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database
from pywats.sandbox.times import TICKS, NoOffsetError, iso, ticks

SCHEMA = """
CREATE TABLE IF NOT EXISTS serial_number_type (
    name TEXT PRIMARY KEY,
    description TEXT,
    format TEXT,
    reg_ex TEXT,
    identifier INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS serial_number (
    type TEXT NOT NULL REFERENCES serial_number_type ON DELETE CASCADE,
    number TEXT NOT NULL,
    prefix TEXT NOT NULL,
    value INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'free',
    generated INTEGER NOT NULL,
    taken INTEGER,
    ref_sn TEXT,
    ref_pn TEXT,
    station TEXT,
    receipt TEXT,
    PRIMARY KEY (type, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS serial_number_in_order ON serial_number (type, state, prefix, value, number);
CREATE INDEX IF NOT EXISTS serial_number_by_reference ON serial_number (type, ref_sn, ref_pn);
"""

FREE, RESERVED, TAKEN = "free", "reserved", "taken"
LONGEST = 100
MOST = 100_000
"""So many numbers can be generated or handed out at a time."""

_COLUMNS = "number, state, generated, taken, ref_sn, ref_pn, station, prefix, value"
_NAMES = ("SerialNumber", "MacAddress", "Imei")
_MAC = 1
_MAC_FORM = r"[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"

Row = dict[str, Any]
Numbers = Sequence["Number"]


@dataclass(frozen=True, slots=True)
class SerialNumberType:
    """A kind of numbers.

    Attributes:
        name: of the type.
        identifier: 0 for serial numbers, 1 for MAC addresses, 2 for IMEI.
        reg_ex: what each number matches; ``None`` takes any text.
        format: how a number is written, for people.
        description: for people.
    """

    name: str
    identifier: int = 0
    reg_ex: str | None = None
    format: str | None = None
    description: str | None = None


DEFAULTS = (
    SerialNumberType("Serial Number", 0, r"[A-Za-z0-9_.-]+", "SN00001", "Serial numbers of units"),
    SerialNumberType("MAC Address", _MAC, _MAC_FORM, "00:11:22:33:44:55", "Addresses of network interfaces"),
    SerialNumberType("IMEI", 2, r"\d{15}", "490154203237518", "Numbers of mobile equipment"),
)
"""The types of a new sandbox."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a type."""

    number: str
    state: str
    generated: int
    taken: int | None
    ref_sn: str | None
    ref_pn: str | None
    station: str | None
    prefix: str
    value: int

    def follows(self, other: "Number") -> bool:
        """Whether it is the next number."""
        return self.prefix == other.prefix and self.value == other.value + 1 > 0

    def shown(self) -> Row:
        """Return the number as an answer has it."""
        return {
            "id": self.number,
            "state": self.state,
            "generated": iso(self.generated),
            "taken": None if self.taken is None else iso(self.taken),
            "refSN": self.ref_sn,
            "refPN": self.ref_pn,
            "stationName": self.station,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which numbers of a type are meant; all of them unless something is given."""

    first: str | None = None
    last: str | None = None
    since: str | None = None
    until: str | None = None
    state: str | None = None
    ref_sn: str | None = None
    ref_pn: str | None = None


class SerialNumbers:
    """The serial numbers in the database."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self.load()

    def load(self) -> None:
        """Make sure that there are types; an empty list becomes the default."""
        if not self._database.value("SELECT count(*) FROM serial_number_type"):
            for each in DEFAULTS:
                self.add_type(each)

    def add_type(self, each: SerialNumberType) -> None:
        """Add a type, or change the one of its name."""
        self._database.run(
            "INSERT INTO serial_number_type (name, description, format, reg_ex, identifier) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET description = excluded.description, format = excluded.format,"
            " reg_ex = excluded.reg_ex, identifier = excluded.identifier",
            (each.name, each.description, each.format, each.reg_ex, each.identifier),
        )

    def types(self) -> list[SerialNumberType]:
        """Return all types by their names."""
        rows = self._database.rows(
            "SELECT name, identifier, reg_ex, format, description FROM serial_number_type ORDER BY name"
        )
        return [SerialNumberType(*row) for row in rows]

    def type(self, name: str) -> SerialNumberType:
        """Return the type of a name, or refuse with 404."""
        found = next((each for each in self.types() if each.name == name), None)
        if found is None:
            raise refusal(404, f"There is no serial number type {name}.")
        return found

    def add(self, name: str, numbers: Iterable[str]) -> int:
        """Add free numbers to a type, all or none; return how many.

        One that the type does not take is refused with 400, one that is there already with 409.
        """
        kind = self.type(name)
        now = self._now()
        wanted = list(numbers)
        with self._database.transaction():
            for number in wanted:
                if not number or len(number) > LONGEST or (kind.reg_ex and not re.fullmatch(kind.reg_ex, number)):
                    raise refusal(400, f"{number} is not a number of the type {name}.")
                values = (name, number, *_place(kind, number), now)
                insert = (
                    "INSERT OR IGNORE INTO serial_number (type, number, prefix, value, generated)"
                    " VALUES (?, ?, ?, ?, ?)"
                )
                if not self._database.run(insert, values):
                    raise refusal(409, f"The type {name} has the number {number} already.")
        return len(wanted)

    def generate(self, name: str, first: str, last: str) -> int:
        """Add all numbers from one to another to a type of MAC addresses; return how many."""
        kind = self.type(name)
        if kind.identifier != _MAC:
            raise refusal(400, f"Numbers of the type {name} cannot be generated; they are no MAC addresses.")
        for number in (first, last):
            if not re.fullmatch(_MAC_FORM, number):
                raise refusal(400, f"{number} is not a MAC address.")
        begin, end = _place(kind, first)[1], _place(kind, last)[1]
        if not 0 <= end - begin < MOST:
            raise refusal(400, f"A range is required to have from 1 to {MOST} addresses.")
        separator = first[2] if first[2] in ":-" else ""
        return self.add(name, (_mac(value, separator) for value in range(begin, end + 1)))

    def take(
        self, name: str, count: int, *, in_sequence: bool, ref_sn: str | None, ref_pn: str | None, station: str | None
    ) -> list[Number]:
        """Take free numbers, the lowest first; fewer if there are not as many."""
        with self._database.transaction():
            chosen = self._choose(name, count, in_sequence=in_sequence, first=None)
            values = (TAKEN, self._now(), ref_sn, ref_pn, station)
            update = "UPDATE serial_number SET state = ?, taken = ?, ref_sn = ?, ref_pn = ?, station = ?"
            self._mark(update, values, name, chosen)
        return [self._one(name, each.number) for each in chosen]

    def reserve(
        self, name: str, count: int, *, in_sequence: bool, first: str | None, station: str | None, receipt: str | None
    ) -> list[Number]:
        """Reserve free numbers, the lowest first, from one on if it is given; fewer if there are not as many."""
        with self._database.transaction():
            chosen = self._choose(name, count, in_sequence=in_sequence, first=first)
            values = (RESERVED, station, receipt)
            self._mark("UPDATE serial_number SET state = ?, station = ?, receipt = ?", values, name, chosen)
        return [self._one(name, each.number) for each in chosen]

    def report_taken(self, name: str, entries: Iterable[Row]) -> None:
        """Note that reserved numbers were taken meanwhile; one that is not reserved is refused with 409."""
        with self._database.transaction():
            for entry in entries:
                fields = Fields(entry)
                number, text = fields.needed("id"), fields.text("taken")
                taken = self._now() if text is None else instant("taken", text)
                update = "UPDATE serial_number SET state = ?, taken = ? WHERE type = ? AND number = ? AND state = ?"
                if not self._database.run(update, (TAKEN, taken, name, number, RESERVED)):
                    raise refusal(409, f"The number {number} of the type {name} is not reserved.")

    def find(self, name: str, choice: Choice, limit: int = -1) -> list[Number]:
        """Return the numbers of a type that are meant, in their order; only the first ones with a limit."""
        kind = self.type(name)
        where, values = ["type = ?"], list[Any]([name])
        for bound, sign in ((choice.first, ">="), (choice.last, "<=")):
            if bound is not None:
                where.append(f"(prefix, value, number) {sign} (?, ?, ?)")
                values += [*_place(kind, bound), bound]
        for moment, sign, name_ in ((choice.since, ">=", "startDate"), (choice.until, "<=", "endDate")):
            if moment is not None:
                where.append(f"generated {sign} ?")
                values.append(instant(name_, moment))
        for column in ("state", "ref_sn", "ref_pn"):
            if getattr(choice, column) is not None:
                where.append(f"{column} = ?")
                values.append(getattr(choice, column))
        return self._rows(" AND ".join(where), values, limit)

    def ranges(self, name: str | None) -> list[Row]:
        """Return the runs of numbers without a gap, of one type or of all, with what is free, taken and reserved."""
        kinds = self.types() if name is None else [self.type(name)]
        return [_range(kind, run) for kind in kinds for run in _runs(self.find(kind.name, Choice()))]

    def statistics(self, name: str | None) -> Row:
        """Return how many numbers of a type, or of all, are free, taken and reserved."""
        kinds = self.types() if name is None else [self.type(name)]
        return {"type": name, **_counts([each for kind in kinds for each in self.find(kind.name, Choice())])}

    def free(self, ranges: Iterable[Row]) -> int:
        """Make the reserved numbers of ranges free; return how many."""
        update = "UPDATE serial_number SET state = 'free', station = NULL, receipt = NULL"
        return self._each(update, ranges, RESERVED)

    def delete_free(self, ranges: Iterable[Row]) -> int:
        """Delete the free numbers of ranges; return how many."""
        return self._each("DELETE FROM serial_number", ranges, FREE)

    def _each(self, statement: str, ranges: Iterable[Row], state: str) -> int:
        count = 0
        with self._database.transaction():
            for each in ranges:
                fields = Fields(each)
                name, first, last = (fields.needed(part) for part in ("type", "startAddress", "endAddress"))
                for number in self.find(name, Choice(first=first, last=last, state=state)):
                    count += self._database.run(f"{statement} WHERE type = ? AND number = ?", (name, number.number))
        return count

    def _choose(self, name: str, count: int, *, in_sequence: bool, first: str | None) -> Numbers:
        if not 0 <= count <= MOST:
            raise refusal(400, f"The quantity is required to be from 0 to {MOST}.")
        if not in_sequence:
            return self.find(name, Choice(first=first, state=FREE), count)
        long_enough = (run for run in _runs(self.find(name, Choice(first=first, state=FREE))) if len(run) >= count)
        chosen = next(long_enough, None)
        if chosen is None:
            raise refusal(400, f"The type {name} has no {count} free numbers in sequence.")
        return chosen[:count]

    def _mark(self, update: str, values: tuple[Any, ...], name: str, chosen: Numbers) -> None:
        rows = [(*values, name, each.number) for each in chosen]
        self._database.insert_all(f"{update} WHERE type = ? AND number = ?", rows)

    def _one(self, name: str, number: str) -> Number:
        return self._rows("type = ? AND number = ?", (name, number))[0]

    def _rows(self, where: str, values: Sequence[Any], limit: int = -1) -> list[Number]:
        order = f"WHERE {where} ORDER BY prefix, value, number LIMIT ?"
        return [
            Number(*row)
            for row in self._database.rows(f"SELECT {_COLUMNS} FROM serial_number {order}", (*values, limit))  # noqa: S608 - our own names
        ]

    def _now(self) -> int:
        return int(self._clock() * TICKS)


def shown_type(kind: SerialNumberType) -> Row:
    """Return a type as an answer has it."""
    return {
        "name": kind.name,
        "description": kind.description,
        "format": kind.format,
        "regEx": kind.reg_ex,
        "identifier": kind.identifier,
        "identifierName": _NAMES[kind.identifier],
    }


def instant(name: str, text: str) -> int:
    """Return the instant that a text names, in UTC unless it says otherwise, or refuse with 400."""
    try:
        return ticks(text)
    except NoOffsetError:
        return ticks(f"{text}Z")
    except ValueError as error:
        raise refusal(400, f"{name} is required to be a date and time.") from error


def _place(kind: SerialNumberType, number: str) -> tuple[str, int]:
    """Where a number stands among the others: what comes before its last digits, and those as a number."""
    if kind.identifier == _MAC and re.fullmatch(_MAC_FORM, number):
        return "", int(re.sub("[:-]", "", number), 16)
    digits = re.search(r"[0-9]{1,18}$", number)
    return (number[: digits.start()], int(digits[0])) if digits else (number, -1)


def _mac(value: int, separator: str) -> str:
    text = f"{value:012X}"
    return separator.join(text[at : at + 2] for at in range(0, 12, 2))


def _runs(numbers: Numbers) -> Iterator[list[Number]]:
    run: list[Number] = []
    for number in numbers:
        if run and not number.follows(run[-1]):
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _counts(numbers: Numbers) -> Row:
    states = [number.state for number in numbers]
    return {"total": len(states), **{state: states.count(state) for state in (FREE, TAKEN, RESERVED)}}


def _range(kind: SerialNumberType, run: Numbers) -> Row:
    return {
        "type": kind.name,
        "identifier": kind.identifier,
        "identifierName": _NAMES[kind.identifier],
        "startAddress": run[0].number,
        "endAddress": run[-1].number,
        **_counts(run),
    }
