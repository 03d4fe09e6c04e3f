"""Steps of a Spectrum log: the pages of a step, the tests of a page, and what a test came to."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from pywats.ingest.converters.building import add_number, lines, told_whole
from pywats.ingest.converters.interface import Explain
from pywats.ingest.converters.prefixes import PREFIXES, rounded
from pywats.ingest.converters.spectrum.nodes import Node
from pywats.ingest.converters.text import malformed, number_in, number_or_none
from pywats.reports.builder import StepOptions
from pywats.reports.steps import SequenceCall, Step

SCALES: Final = {**PREFIXES, "": 1.0, "f": 1e-15}
UNITS: Final = {"O": "Ohm"}
WORDS: Final = {"PASS": "P", "FAIL": "F", "SKIP": "S", "ABORT": "T", "ERROR": "E"}
TEXTS: Final = ("DESC", "COMMENT", "FAIL_MSG")

_LIMITS: Final = ("LOLIM", "HILIM", "NOMVAL")
_OF_STEP: Final = frozenset({"TYPE", "TIME", "SNAME", "PAGE", "STAT", *TEXTS})
_OF_PAGE: Final = frozenset({"TYPE", "PAGE_NAME", "STAT", *TEXTS})
_QUANTITY: Final = frozenset({"VAL", "SCALE", "UNIT"})
_NAME: Final = attrgetter("name")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a test came to.

    Attributes:
        test: it.
        holder: the test, or one of several results in it.
        value: what was measured, if anything was.
        limits: low, high and nominal, where there are any: its own, or those of the test.
    """

    test: Node
    holder: Node
    value: Node | None
    limits: tuple[Node | None, ...] = (None, None, None)

    @property
    def read(self) -> Iterator[int]:
        """The nodes that need not be told as text, by their ids."""
        return (id(node) for node in (self.holder, self.value, *self.limits) if node is not None)


def add_step(into: SequenceCall, step: Node, explain: Explain | None) -> Step:
    """Add a step: that of its only page, or a sequence of all of them."""
    name, time, pages = step.said("SNAME") or "step", step.said("TIME"), step.all("PAGE")
    kind = step.said("TYPE")
    text = lines(
        f"type {kind}" if kind not in {"", "RAW"} else "",
        *_texts(step, _OF_STEP),
        f"time {time}" if time else "",
    )
    if len(pages) == 1:
        return _add_page(into, pages[0], name, letter_of(step, pages[0]), text, explain)
    letter = letter_of(step)
    if explain is not None:
        explain(name, letter, step.place)
    if not pages:
        return _judged(into, name, letter, text)
    sequence = _sequence(into, name, letter, text)
    for page in pages:
        _add_page(sequence, page, page.said("PAGE_NAME") or name, letter_of(page), "", explain)
    return sequence


def letter_of(*nodes: Node, otherwise: str = "") -> str:
    """Return the letter of the first status that one of the nodes has."""
    status = next((node for one in nodes for node in one.inner if node.name == "STAT"), None)
    if status is None and otherwise:
        return otherwise
    word = "" if status is None else status.text.upper()
    letter = next((letter for start, letter in WORDS.items() if word.startswith(start)), None)
    if letter is None:
        raise malformed(f"its status is {word!r:.30}", nodes[0].place)
    return letter


def _add_page(into: SequenceCall, page: Node, name: str, letter: str, said: str, explain: Explain | None) -> Step:
    """Add what the tests of a page measured, or whether it passed."""
    kind, title = page.said("TYPE"), page.said("PAGE_NAME")
    tests = [node for node in page.inner if node.inner and _is_test(node)]
    outcomes = [outcome for test in tests for outcome in _outcomes(test)]
    read = {id(test) for test in tests}.union(*(outcome.read for outcome in outcomes))
    held = {id(outcome.holder) for outcome in outcomes}
    text = lines(
        f"type {kind}" if kind else "",
        f"page {title}" if title not in {"", name} else "",
        *_texts(page, _OF_PAGE, read),
        *(_rest(test, kind, read) for test in tests if id(test) not in held),
        said,
    )
    if explain is not None:
        explain(name, letter, page.place)
    if not outcomes:
        return _judged(into, name, letter, text)
    if len(outcomes) == 1:
        return _add_outcome(
            into, name, outcomes[0], letter, lines(text, _rest(outcomes[0].holder, kind, read)), explain
        )
    sequence = _sequence(into, name, letter, text)
    for number, outcome in enumerate(outcomes, 1):
        own = letter_of(outcome.holder, outcome.test, page, otherwise=letter)
        _add_outcome(sequence, f"{name} {number}", outcome, own, _rest(outcome.holder, kind, read), explain)
    return sequence


def _texts(node: Node, names: Collection[str], read: Collection[int] = ()) -> Iterator[str]:
    """Yield the texts of a step or page, and all in it that is read nowhere else."""
    for name in TEXTS:
        yield node.said(name)
    for inner in node.inner:
        if inner.name not in names and id(inner) not in read:
            yield inner.told
    yield node.text


def _is_test(node: Node) -> bool:
    """Return whether it has a verdict or a value; another node is but text."""
    return any(inner.name == "STAT" for inner in node.inner) or next(_holders(node), None) is not None


def _holders(node: Node) -> Iterator[Node]:
    """Yield the nodes of a test that hold a result or a value."""
    if node.name.endswith("_RESULT") or any(inner.name == "MEASVAL" for inner in node.inner):
        yield node
        return
    for inner in node.inner:
        if inner.inner:
            yield from _holders(inner)


def _outcomes(test: Node) -> Iterator[_Outcome]:
    for holder in list(_holders(test)) or [test]:
        values = holder.all("MEASVAL")
        for value in values:
            yield _Outcome(test, holder, value, tuple(_limit(holder, test, name, value) for name in _LIMITS))
        if not values:
            yield _Outcome(test, holder, None)


def _limit(holder: Node, test: Node, name: str, value: Node) -> Node | None:
    """Return a limit, unless it has another unit than the value."""
    found = next((node for part in (holder, test) for node in part.inner if node.name == name), None)
    return found if found is not None and found.said("UNIT") in {"", value.said("UNIT")} else None


def _rest(node: Node, kind: str, read: Collection[int]) -> str:
    """Return what a test or a result says besides its verdict, what was read of it, and what the page is of."""
    return ", ".join(
        inner.told
        for inner in node.inner
        if inner.name != "STAT" and id(inner) not in read and (inner.name != "TYPE" or inner.text != kind)
    )


def _add_outcome(
    into: SequenceCall, name: str, outcome: _Outcome, letter: str, text: str, explain: Explain | None
) -> Step:
    """Add a number, or a verdict where there is none."""
    value = outcome.value
    if value is None:
        return _judged(into, name, letter, text)
    number, unit = _number(value), _unit(value)
    if explain is not None:
        explain(name, value.said("VAL") if number is None else f"{number:g} {unit}", value.place)
    limits = outcome.limits
    if number is None:
        return _judged(into, name, letter, lines(value.told, text, *(limit.told for limit in limits if limit)))
    low, high, nominal = (None if limit is None else _needed(limit) for limit in limits)
    odd = [
        node.told for node in (value, *limits) if node is not None and not _QUANTITY.issuperset(map(_NAME, node.inner))
    ]
    text = lines(text, "" if nominal is None else f"nominal {nominal:g} {unit}".rstrip(), *odd)
    options: StepOptions = {"report_text": text} if text else {}
    return add_number(into, name, number, unit, low=low, high=high, status=letter, **options)


def _judged(into: SequenceCall, name: str, letter: str, text: str) -> Step:
    """Add a step that measured nothing."""
    options: StepOptions = {"report_text": text} if text else {}
    if letter in {"P", "F"}:
        return into.passed(told_whole(name, options), letter == "P", **options)
    return into.action(told_whole(name, options), status=letter, **options)


def _sequence(into: SequenceCall, name: str, letter: str, text: str) -> SequenceCall:
    options: StepOptions = {"report_text": text} if text else {}
    return into.sequence(told_whole(name, options), status=letter, **options)


def _unit(node: Node) -> str:
    unit = node.said("UNIT")
    return UNITS.get(unit, unit)


def _needed(node: Node) -> float:
    number = _number(node)
    return number_in(node.said("VAL"), node.name, node.place) if number is None else number


def _number(node: Node) -> float | None:
    """Return the number of a value or a limit, without its prefix."""
    scale = SCALES.get(node.said("SCALE"))
    if scale is None:
        raise malformed(f"its scale is {node.said('SCALE')!r:.20}", node.place)
    number = number_or_none(node.said("VAL"))
    return number if number is None or scale == 1.0 else rounded(number * scale)
