"""From the key ``into`` of a step to its sinks."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TextIO

from pywats.jobs.output import Note
from pywats.jobs.schema import Into, Parquet, Table
from pywats.jobs.sinks import CsvSink, JsonLinesSink, PictureSink, Sink, TableSink
from pywats.tables.columns import Kinds


def open_sinks(
    into: Into,
    title: str,
    kinds: Kinds,
    out: TextIO,
    note: Note | None = None,
    *,
    pictures: Mapping[str, bytes] | None = None,
) -> list[Sink]:
    """Return a sink for each output that ``into`` names; either all are open, or an error says which is not.

    Args:
        into: the outputs.
        title: stands over a table.
        kinds: the columns of the rows, where their type says them.
        out: where a table is printed.
        note: is told each part that is made.
        pictures: of a chart, by their formats.

    Raises:
        OSError: an output cannot be written.
        ConfigurationError: a package is missing that an output needs.
    """
    sinks: list[Sink] = []
    try:
        for opening in (*_openings(into, title, kinds, out, note), *_pictures(into, pictures or {}, note)):
            sinks.append(opening())  # noqa: PERF401 - what is open already is closed if the next one fails
    except BaseException:
        for sink in sinks:
            sink.discard()
        raise
    return sinks


def _openings(into: Into, title: str, kinds: Kinds, out: TextIO, note: Note | None) -> list[Callable[[], Sink]]:
    from pywats.jobs import typed

    openings: list[Callable[[], Sink]] = []
    if (csv := into.csv) is not None:
        openings.append(lambda: CsvSink(Path(csv), list(kinds), note))
    if (jsonl := into.jsonl) is not None:
        openings.append(lambda: JsonLinesSink(Path(jsonl), note))
    if (given := into.parquet) is not None:
        parquet = given if isinstance(given, Parquet) else Parquet(path=given)
        openings.append(lambda: typed.ParquetSink(parquet, kinds, note))
    if (sqlite := into.sqlite) is not None:
        openings.append(lambda: typed.SqliteSink(sqlite, kinds, note))
    if (duckdb := into.duckdb) is not None:
        openings.append(lambda: typed.DuckDbSink(duckdb, kinds, note))
    if into.table is not False:
        table = into.table if isinstance(into.table, Table) else Table()
        openings.append(lambda: TableSink(title, table, out))
    return openings


def _pictures(into: Into, pictures: Mapping[str, bytes], note: Note | None) -> list[Callable[[], Sink]]:
    return [partial(PictureSink, Path(into.paths[name]), content, note) for name, content in pictures.items()]
