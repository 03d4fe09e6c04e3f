"""Sinks: what they write, and that it appears whole or not at all."""

import csv
import gzip
import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console
from rich.file_proxy import FileProxy

from pywats.jobs.opening import open_sinks
from pywats.jobs.output import Output
from pywats.jobs.schema import Into, Table
from pywats.jobs.sinks import CsvSink, JsonLinesSink, TableSink
from pywats.tables.columns import Kind


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def write(sink, *rows):
    for row in rows:
        sink.write(row)
    sink.finish()
    sink.commit()


def test_csv_has_a_line_of_names_and_a_line_for_each_row(tmp_path):
    path = tmp_path / "out" / "deep" / "x.csv"
    sink = CsvSink(path, ["name", "count"])
    write(sink, {"name": "a,b", "count": 1}, {"name": 'say "Æ"\nnow', "count": None}, {"count": 0})
    assert path.read_bytes().decode() == 'name,count,extra\n"a,b",1,\n"say ""Æ""\nnow",,\n,0,\n'
    assert everything_in(tmp_path) == ["out", "out/deep", "out/deep/x.csv"]


def test_csv_takes_its_columns_from_the_first_row_where_the_type_has_none(tmp_path):
    write(CsvSink(tmp_path / "x.csv"), {"b": 1, "a": 2}, {"a": 3})
    assert (tmp_path / "x.csv").read_text() == "b,a,extra\n1,2,\n,3,\n"


def test_csv_keeps_what_has_no_column(tmp_path):
    write(CsvSink(tmp_path / "x.csv", ["a"]), {"a": 1}, {"a": 2, "new": [1], "other": None})
    lines = list(csv.reader((tmp_path / "x.csv").read_text().splitlines()))
    assert lines[:2] == [["a", "extra"], ["1", ""]]
    assert json.loads(lines[2][1]) == {"new": [1], "other": None}


def test_csv_has_one_column_of_extra_fields_where_the_rows_have_one_already(tmp_path):
    rows = [{"a": 1, "extra": None}, {"a": 2, "extra": "{}"}, {"a": 3, "extra": "x", "b": 4}]
    write(CsvSink(tmp_path / "x.csv", ["a", "extra"]), *rows)
    write(CsvSink(tmp_path / "y.csv"), {"extra": 1}, {"extra": 2})
    assert (tmp_path / "x.csv").read_text() == 'a,extra\n1,\n2,{}\n3,"{""b"":4,""extra"":""x""}"\n'
    assert (tmp_path / "y.csv").read_text() == "extra\n1\n2\n"


@pytest.mark.skipif(os.name != "posix", reason="a pipe with a name")
@pytest.mark.parametrize("output", [{"csv": "x"}, {"parquet": "x"}, {"sqlite": {"path": "x", "table": "t"}}])
def test_a_pipe_or_a_device_is_not_replaced(tmp_path, monkeypatch, output):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("x")
    with pytest.raises(OSError, match="x is a device or a pipe; name a file"):
        open_sinks(Into.model_validate(output), "t", {"a": Kind.TEXT}, io.StringIO())
    assert everything_in(tmp_path) == ["x"]


def test_csv_without_rows_has_its_names_where_they_are_known(tmp_path):
    write(CsvSink(tmp_path / "x.csv", ["a"]))
    write(CsvSink(tmp_path / "y.csv"))
    assert (tmp_path / "x.csv").read_text() == "a,extra\n"
    assert (tmp_path / "y.csv").read_text() == ""


def test_json_lines_keep_types(tmp_path):
    rows = [{"a": 1, "b": [None, "Æ"], "c": {"d": 1.5}}, {"a": "line\nbreak"}]
    write(JsonLinesSink(tmp_path / "x.jsonl"), *rows)
    assert [json.loads(line) for line in (tmp_path / "x.jsonl").read_text("utf-8").splitlines()] == rows


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.csv.gz"])
def test_a_name_ending_in_gz_is_compressed_and_equal_rows_give_equal_bytes(tmp_path, name):
    for folder in ("one", "two"):
        path = tmp_path / folder / name
        write(JsonLinesSink(path) if "jsonl" in name else CsvSink(path), {"a": 1})
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert gzip.decompress((tmp_path / "one" / name).read_bytes()) in (b'{"a":1}\n', b"a,extra\n1,\n")


@pytest.mark.parametrize("make", [CsvSink, JsonLinesSink], ids=["csv", "jsonl"])
@pytest.mark.parametrize("name", ["x", "x.gz"])
def test_the_former_file_stays_until_the_new_one_is_whole(tmp_path, make, name):
    path = tmp_path / name
    path.write_text("former")
    sink = make(path)
    sink.write({"a": 1})
    assert path.read_text() == "former"
    sink.finish()
    assert path.read_text() == "former"
    sink.discard()
    assert path.read_text() == "former"
    assert everything_in(tmp_path) == [name]


@pytest.mark.parametrize("make", [CsvSink, JsonLinesSink], ids=["csv", "jsonl"])
@pytest.mark.parametrize("name", ["x", "x.gz"])
def test_a_sink_dropped_in_the_middle_leaves_nothing(tmp_path, make, name):
    sink = make(tmp_path / name)
    sink.write({"a": 1})
    sink.discard()
    assert everything_in(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("make", [CsvSink, JsonLinesSink], ids=["csv", "jsonl"])
def test_a_full_disk_is_an_error_and_leaves_the_former_file(tmp_path, make):
    path = tmp_path / "x"
    path.write_text("former")
    sink = make(path)
    with Path("/dev/full").open("wb") as full:
        os.dup2(full.fileno(), sink._output._file.fileno())
    sink.write({"a": "x"})
    with pytest.raises(OSError, match="No space left on device"):
        sink.finish()
    sink.discard()
    assert path.read_text() == "former"
    assert everything_in(tmp_path) == ["x"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("former")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(JsonLinesSink(tmp_path / "link"), {"a": 1})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == '{"a":1}\n'


def test_a_folder_is_no_output(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder; name a file in it"):
        Output(tmp_path)


def test_sinks_are_opened_all_or_none(tmp_path):
    (tmp_path / "file").write_text("")
    into = Into(csv=str(tmp_path / "x.csv"), jsonl=str(tmp_path / "file" / "x.jsonl"))
    with pytest.raises(FileExistsError):
        open_sinks(into, "a", {}, io.StringIO())
    assert everything_in(tmp_path) == ["file"]


def test_an_output_is_readable_as_other_new_files_are(tmp_path):
    (tmp_path / "other").touch()
    write(JsonLinesSink(tmp_path / "x"), {"a": 1})
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "other").stat().st_mode


class Terminal(io.StringIO):
    def isatty(self):
        return True


def table(records, out=None, **settings):
    out = out or io.StringIO()
    sink = TableSink("headers", Table(**settings), out)
    for row in records:
        sink.write(row)
    sink.finish()
    assert out.getvalue() == ""
    sink.commit()
    return out.getvalue()


def test_a_table_is_aligned_text_and_leaves_out_empty_columns():
    rows = [{"name": "a", "empty": None, "count": 10}, {"name": "long", "empty": None, "count": None}]
    assert table(rows) == "headers:\nname  count\na     10\nlong\n"


def test_a_table_shows_the_columns_that_were_asked_for():
    assert table([{"a": 1, "b": 2, "c": 3}], columns=["c", "a", "d"]) == "headers:\nc  a  d\n3  1\n"


def test_a_table_shows_the_first_rows_and_counts_the_rest():
    assert table([{"n": n} for n in range(5)], rows=2) == "headers:\nn\n0\n1\n… and 3 more\n"


def test_a_table_without_rows_says_so():
    assert table([]).endswith("no rows\n")


def test_a_table_is_drawn_on_a_terminal_without_markup_or_control_codes():
    text = table([{"a": "[red]x[/red]", "b": "\x1b[31mred\nline"}], Terminal())
    assert "[red]x[/red]" in text
    assert "\\x1b[31mred\\nline" in text
    assert "\x1b[31mred" not in text


def test_a_terminal_too_narrow_for_all_columns_shows_some_whole_and_names_the_rest(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    rows = [{"part": "WIDGET-001", "words": "x" * 200, "fpy": 87.5} | {f"count_{n}": n for n in range(30)}]
    text = table(rows, Terminal())
    assert max(map(len, text[text.index("│") :].splitlines())) <= 50
    assert "│ WIDGET-001 │ 87.5 │ 0       │ 1       │" in text
    assert "not shown for want of room: words" in text


def test_the_columns_that_were_asked_for_are_all_drawn(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    text = table([{"a": "x" * 60, "b": "y" * 60}], Terminal(), columns=["a", "b"])
    assert text.count("x") == text.count("y") == 60


def test_a_table_goes_through_what_stands_before_the_terminal():
    terminal, before = Terminal(), Terminal()
    proxy = FileProxy(Console(file=before, force_terminal=True), terminal)
    sink = TableSink("headers", Table(), proxy)
    sink.write({"name": "a"})
    sink.commit()
    assert terminal.getvalue() == ""
    assert "headers" in before.getvalue()
    assert before.getvalue().rstrip().endswith("┘")
