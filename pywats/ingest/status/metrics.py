"""The same figures for Prometheus, in its text format."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pywats import __version__
from pywats.ingest.health import Health
from pywats.ingest.journal import Kind
from pywats.ingest.reasons import WHAT_TO_DO
from pywats.ingest.status.board import Board
from workers import ActorStatistics, prometheus

CONTENT_TYPE: Final = "text/plain; version=0.0.4"

METRICS: Final[Mapping[str, tuple[str, str]]] = {
    "pywats_info": ("gauge", "1, with the version that runs"),
    "pywats_well": ("gauge", "1 when nothing needs a look, as the page says it"),
    "pywats_start_time_seconds": ("gauge", "when the daemon was started, in seconds since 1970"),
    "pywats_line_state": ("gauge", "1 for the state that the way to the server is in"),
    "pywats_server_reachable": ("gauge", "1 when the server answered the last look, which is made each minute"),
    "pywats_clock_ahead_seconds": ("gauge", "by how much this clock is ahead of the server's"),
    "pywats_disk_free_bytes": ("gauge", "room on a disk that is written to"),
    "pywats_spool_bytes": ("gauge", "size of the spool's files"),
    "pywats_reports_waiting": ("gauge", "reports on their way to the server"),
    "pywats_reports_sending": ("gauge", "reports that are being sent"),
    "pywats_oldest_waiting_seconds": ("gauge", "age of the oldest report on its way, 0 when there is none"),
    "pywats_reports_for_a_person": ("gauge", "reports that are held or refused, by reason"),
    "pywats_source_state": ("gauge", "1 for the state that a source is in"),
    "pywats_source_files_waiting": ("gauge", "files that were seen and not taken"),
    "pywats_events_total": ("counter", "what happened, by event and source"),
    "pywats_troubles_total": ("counter", "files and reports that went another way than into WATS, by reason"),
}
"""Each metric with its type and its meaning; those of the client's workers come beside them."""

_LINE_STATES: Final = ("open", "down", "stopped")
_SOURCE_STATES: Final = ("watching", "paused", "failed")

Sample = tuple[str, dict[str, str], float]


def exposition(board: Board, health: Health | None, started: float, actors: Iterable[ActorStatistics]) -> str:
    """Return the text that Prometheus reads."""
    samples: dict[str, list[str]] = {name: [] for name in METRICS}
    for name, labels, value in _samples(board, health, started):
        written = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        samples[name].append(f"{name}{{{written}}} {value:.15g}" if written else f"{name} {value:.15g}")
    lines: list[str] = []
    for name, (kind, meaning) in METRICS.items():
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}", *samples[name]]
    return "\n".join(lines) + "\n" + prometheus(actors)


def _samples(board: Board, health: Health | None, started: float) -> Iterator[Sample]:
    said = board.snapshot()
    yield "pywats_info", {"version": __version__}, 1
    yield "pywats_well", {}, said["well"]
    yield "pywats_start_time_seconds", {}, started
    yield "pywats_spool_bytes", {}, said["spool_bytes"]
    yield "pywats_reports_waiting", {}, said["reports"]["waiting"]
    yield "pywats_reports_sending", {}, said.get("sending", 0)
    yield "pywats_oldest_waiting_seconds", {}, said["reports"]["oldest_waiting_seconds"] or 0
    for state in _LINE_STATES:
        yield "pywats_line_state", {"state": state}, said.get("line", {}).get("state") == state
    for group in said["failures"]:
        labels = {"state": group["state"], "reason": group["reason"]}
        yield "pywats_reports_for_a_person", labels, group["count"]
    for source in said["sources"]:
        for state in _SOURCE_STATES:
            yield "pywats_source_state", {"source": source["name"], "state": state}, source["state"] == state
        yield "pywats_source_files_waiting", {"source": source["name"]}, source["files_waiting"]
        for kind in Kind:  # a counter that begins at zero shows its first increase
            yield "pywats_events_total", {"event": kind, "source": source["name"]}, board.events[kind, source["name"]]
    for kind in Kind:
        yield "pywats_events_total", {"event": kind, "source": ""}, board.events[kind, ""]
    expected = {(source["name"], reason.value) for source in said["sources"] for reason in WHAT_TO_DO}
    for source, reason in sorted(expected | board.reasons.keys()):
        yield "pywats_troubles_total", {"source": source, "reason": reason}, board.reasons[source, reason]
    if health is not None:
        yield from _around(health)


def _around(health: Health) -> Iterator[Sample]:
    if health.server is not None:
        yield "pywats_server_reachable", {}, not health.server
    if health.ahead is not None:
        yield "pywats_clock_ahead_seconds", {}, health.ahead
    for folder, free in health.free.items():
        yield "pywats_disk_free_bytes", {"folder": folder}, free


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
