"""Parquet files and tables of databases: typed columns, whole or not at all, and what drifts between runs."""

import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pywats.errors import ConfigurationError
from pywats.jobs import Into
from pywats.jobs.opening import open_sinks
from pywats.jobs.output import remove
from pywats.jobs.rows import RowError
from pywats.tables import columns
from pywats.tables.columns import Kind

KINDS = {"id": Kind.INTEGER, "name": Kind.TEXT, "at": Kind.TIME, "value": Kind.NUMBER, "more": Kind.JSON}
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ROW = {"id": 1, "name": "Æ", "at": "2026-03-04T05:06:07Z", "value": 1, "more": {"a": [1]}}
KEPT = (1, "Æ", AT, 1.0, '{"a":[1]}', None)


def write(into, *rows, kinds=KINDS, job="j", twice=False):
    """Write rows and put them in their place; ``twice`` as after a crash that came before the part was removed."""
    for sink in open_sinks(Into.model_validate(into), "t", kinds, io.StringIO()):
        try:
            for row in rows:
                sink.write(row)
            sink.finish()
            placement = sink.placement.checked(job)
        except BaseException:
            sink.discard()
            raise
        part = Path(placement.part)
        kept = part.read_bytes() if twice else b""
        placement.place()
        if twice:
            part.write_bytes(kept)
            placement.place()


def parquet(path):
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


def table(engine, path, columns="*"):
    connection = (sqlite3 if engine == "sqlite" else duckdb).connect(path)
    try:
        return connection.execute(f"SELECT {columns} FROM t ORDER BY 1").fetchall()
    finally:
        connection.close()


def leftovers(folder):
    return [path.name for path in folder.rglob("*.part")]


def test_parquet_columns_have_the_types_of_the_rows(tmp_path):
    path = tmp_path / "x.parquet"
    write({"parquet": str(path)}, ROW, {"id": 2**63, "new": 5})
    assert {field.name: str(field.type) for field in pq.read_schema(path)} == {
        "id": "int64",
        "name": "string",
        "at": "timestamp[us, tz=UTC]",
        "value": "double",
        "more": "string",
        "extra": "string",
    }
    assert parquet(path) == [KEPT, (None, None, None, None, None, '{"id":9223372036854775808,"new":5}')]
    assert leftovers(tmp_path) == []


def test_rows_without_a_type_have_the_columns_of_the_first(tmp_path):
    path = tmp_path / "x.parquet"
    write({"parquet": str(path)}, {"a": 1, "b": None, "c": "x"}, {"a": 1.5, "c": [1]}, kinds={})
    assert parquet(path) == [(1.0, None, '"x"', None), (1.5, None, "[1]", None)]


@pytest.mark.parametrize("kinds", [KINDS, {}])
def test_no_rows_are_a_file_without_rows(tmp_path, kinds):
    path = tmp_path / "x.parquet"
    write({"parquet": str(path)}, kinds=kinds)
    assert parquet(path) == []
    assert pq.read_schema(path).names == [*kinds, "extra"]


def test_equal_rows_are_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write({"parquet": str(tmp_path / name)}, ROW)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_equal_runs_leave_equal_bytes_of_a_sqlite_file(tmp_path):
    for name in ("a", "b"):
        for number in range(3):
            write({"sqlite": {"path": str(tmp_path / name), "table": "t", "mode": "append"}}, ROW, {"id": number})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("step", ["rename former", "rename part", "remove former"])
def test_a_folder_that_takes_its_place_is_whole_wherever_that_ends(tmp_path, monkeypatch, step):
    into = {"parquet": {"path": str(tmp_path / "x"), "partition_by": "name"}}
    write(into, {"id": 1, "name": "old"})
    (sink,) = open_sinks(Into.model_validate(into), "t", KINDS, io.StringIO())
    sink.write({"id": 2, "name": "new"})
    sink.finish()

    class Killed(BaseException):
        pass

    def dying(function, name):
        def wrapped(path, *args):
            if f"{name} {'former' if 'former' in str(path) + str(args) else 'part'}" == step:
                raise Killed
            return function(path, *args)

        return wrapped

    placement = sink.placement.checked("j")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", dying(Path.rename, "rename"))
        patched.setattr("pywats.jobs.placing.remove", lambda path: path.exists() and dying(remove, "remove")(path))
        with pytest.raises(Killed):
            placement.place()
    placement.place()
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["name=new"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_has_a_file_for_each_value(tmp_path):
    into = {"parquet": {"path": str(tmp_path / "x"), "partition_by": "name"}}
    write(into, {"id": 1, "name": "a/b"}, {"id": 2}, {"id": 3, "name": "a/b"})
    write(into, {"id": 1, "name": "a/b"}, {"id": 2}, {"id": 3, "name": "a/b"})
    found = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "x").rglob("*.parquet"))
    assert found == ["x/name=__HIVE_DEFAULT_PARTITION__/rows.parquet", "x/name=a%2Fb/rows.parquet"]
    assert pq.read_table(tmp_path / "x/name=a%2Fb/rows.parquet")["id"].to_pylist() == [1, 3]
    assert leftovers(tmp_path) == []


def test_append_adds_a_file_for_each_run_and_the_same_rows_once(tmp_path):
    into = {"parquet": {"path": str(tmp_path / "x"), "mode": "append"}}
    for number in (1, 2, 2):
        write(into, {"id": number})
    assert len(list((tmp_path / "x").glob("*.parquet"))) == 2
    with pytest.raises(RowError, match=r"x has other columns: new is new; on_drift: union takes both"):
        write(into, kinds={**KINDS, "new": Kind.TEXT})
    into["parquet"]["on_drift"] = "union"
    write(into, {"id": 3}, kinds={**KINDS, "new": Kind.TEXT})
    assert len(list((tmp_path / "x").glob("*.parquet"))) == 3


def test_a_column_has_the_type_that_it_has_in_any_file_of_the_folder(tmp_path):
    into = {"parquet": {"path": str(tmp_path / "x"), "mode": "append", "on_drift": "union"}}
    for kind in (Kind.INTEGER, Kind.TEXT, Kind.TIME):  # whichever file is the first by its name
        write(into, {}, kinds={f"{kind}_alone": kind})
    with pytest.raises(RowError, match=r"text_alone was string and is int64$"):
        write(into, {"text_alone": 1}, kinds={"text_alone": Kind.INTEGER})


def test_too_many_partitions_are_told(tmp_path):
    with pytest.raises(RowError, match="partition_by gives more than 500 files"):
        write(
            {"parquet": {"path": str(tmp_path / "x"), "partition_by": ["id"]}},
            *({"id": number} for number in range(501)),
        )


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
class TestTables:
    def test_modes(self, tmp_path, engine):
        path = str(tmp_path / "x.db")
        into = {engine: {"path": path, "table": "t"}}
        write(into, {"id": 1})
        write(into, {"id": 2}, {"id": 2}, twice=True)
        assert table(engine, path, "id") == [(2,), (2,)]
        into[engine]["mode"] = "append"
        write(into, {"id": 3, "name": "c"}, twice=True)
        assert table(engine, path, "id") == [(2,), (2,), (3,)]
        into[engine] |= {"mode": "upsert", "key": "id"}
        write(into, {"id": 3, "name": "d"}, {"id": 4, "name": "x"}, {"id": 4, "name": "e"}, twice=True)
        assert table(engine, path, "id, name") == [(2, None), (2, None), (3, "d"), (4, "e")]
        assert leftovers(tmp_path) == []

    def test_equal_rows_of_two_runs_or_of_two_jobs_are_all_appended(self, tmp_path, engine):
        into = {engine: {"path": str(tmp_path / "x.db"), "table": "t", "mode": "append"}}
        for job in ("j", "j", "k", "j"):
            write(into, {"id": 1}, job=job, twice=True)
        assert table(engine, str(tmp_path / "x.db"), "id") == [(1,)] * 4

    def test_values_keep_their_types(self, tmp_path, engine):
        write({engine: {"path": str(tmp_path / "x.db"), "table": "t"}}, ROW)
        at = AT if engine == "duckdb" else "2026-03-04T05:06:07Z"
        seconds = "CAST(date_part('epoch', t.at) AS BIGINT)"
        columns = f"id, name, {seconds}, value, more, extra" if engine == "duckdb" else "*"
        expected = (*KEPT[:2], int(AT.timestamp()) if engine == "duckdb" else at, *KEPT[3:])
        assert table(engine, str(tmp_path / "x.db"), columns) == [expected]

    def test_drift_is_an_error_or_a_union(self, tmp_path, engine):
        path = str(tmp_path / "x.db")
        into = {engine: {"path": path, "table": "t", "mode": "append"}}
        write(into, {"id": 1})
        with pytest.raises(RowError, match=r"other columns: new is new, more is gone; on_drift: union takes both"):
            write(into, kinds={**{name: kind for name, kind in KINDS.items() if name != "more"}, "new": Kind.TEXT})
        into[engine]["on_drift"] = "union"
        write(into, {"id": 2, "new": "x"}, kinds={"id": Kind.INTEGER, "new": Kind.TEXT})
        assert table(engine, path, "id, new") == [(1, None), (2, "x")]
        with pytest.raises(RowError, match=r"other columns: .*id was (INTEGER|BIGINT) and is (TEXT|VARCHAR)"):
            write(into, kinds={"id": Kind.TEXT})

    def test_a_file_of_another_kind_is_told_and_left(self, tmp_path, engine):
        path = tmp_path / "x.db"
        path.write_text("something else entirely, and longer than a header of any database is")
        with pytest.raises(RowError, match=str(path)):
            write({engine: {"path": str(path), "table": "t"}}, {"id": 1})
        assert path.read_text().startswith("something else")


@pytest.mark.parametrize(
    ("into", "module"), [({"parquet": "x"}, "pyarrow"), ({"duckdb": {"path": "x", "table": "t"}}, "duckdb")]
)
def test_a_missing_package_is_told_with_its_extra(tmp_path, monkeypatch, into, module):
    monkeypatch.chdir(tmp_path)

    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(columns.importlib, "import_module", missing)
    with pytest.raises(ConfigurationError, match=rf"needs {module}, which is not installed: pip install .*\[frames\]"):
        write(into)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_rows_without_a_key_take_the_place_of_each_other(tmp_path, engine):
    into = {engine: {"path": str(tmp_path / "x.db"), "table": "t", "mode": "upsert", "key": ["id", "name"]}}
    for value in (1.0, 2.0):
        write(into, {"id": None, "name": "a", "value": value}, {"id": 1, "name": None, "value": value})
    assert sorted(table(engine, tmp_path / "x.db", "value, name"), key=str) == [(2.0, "a"), (2.0, None)]


def test_an_upsert_looks_its_rows_up_in_an_index(tmp_path):
    settings = {"path": str(tmp_path / "x.db"), "table": "t", "mode": "upsert", "key": ["id"]}
    (sink,) = open_sinks(Into.model_validate({"sqlite": settings}), "t", KINDS, io.StringIO())
    sink.write(ROW)
    sink.finish()
    with closing(sqlite3.connect(sink.placement.part)) as part:
        plan = part.execute("EXPLAIN QUERY PLAN SELECT 1 FROM pywats_staged WHERE id IS 1").fetchall()
    sink.discard()
    assert "INDEX by_key" in plan[0][3]


@pytest.mark.parametrize("mode", [{"mode": "append"}, {"mode": "upsert", "key": "id"}])
@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_no_rows_of_no_known_type_leave_a_table_as_it_is(tmp_path, engine, mode):
    into = {engine: {"path": str(tmp_path / "x.db"), "table": "t", **mode}}
    write(into, kinds={})
    write(into, {"id": 1, "name": "a"}, kinds={})
    write(into, kinds={})
    assert table(engine, tmp_path / "x.db") == [(1, "a", None)]


def test_no_rows_of_no_known_type_add_no_file_to_a_folder(tmp_path):
    into = {"parquet": {"path": str(tmp_path / "x"), "mode": "append"}}
    write(into, {"id": 1}, kinds={})
    write(into, kinds={})
    assert parquet(tmp_path / "x") == [(1, None)]


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
@pytest.mark.parametrize("name", ["main.t", 'a "b" c', "order"])
def test_a_table_has_any_name(tmp_path, engine, name):
    into = {engine: {"path": str(tmp_path / "x.db"), "table": name, "mode": "append"}}
    write(into, ROW)
    write(into, ROW)
    quoted = name.replace('"', '""')
    with closing((sqlite3 if engine == "sqlite" else duckdb).connect(tmp_path / "x.db")) as connection:
        assert connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchall() == [(2,)]


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_columns_that_a_database_takes_for_one_are_told(tmp_path, engine):
    path = tmp_path / "x.db"
    with pytest.raises(RowError, match=r"x\.db: .*(duplicate column|already exists)"):
        write({engine: {"path": str(path), "table": "t"}}, {"a": 1, "A": 2}, kinds={})


def test_a_file_of_sqlite_is_none_of_duckdb_and_nothing_is_fetched_for_it(tmp_path):
    write({"sqlite": {"path": str(tmp_path / "x.db"), "table": "t"}}, ROW)
    with pytest.raises(RowError) as caught:
        write({"duckdb": {"path": str(tmp_path / "x.db"), "table": "t"}}, ROW)
    assert "download" not in str(caught.value)


def test_folders_of_true_and_false_are_called_as_others_call_them(tmp_path):
    write({"parquet": {"path": str(tmp_path / "x"), "partition_by": "b"}}, {"a": 1, "b": True}, kinds={})
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["b=true"]


def test_what_rows_have_in_extra_already_stays_beside_what_has_no_column(tmp_path):
    path = tmp_path / "x.parquet"
    write({"parquet": str(path)}, {"id": 1, "extra": '{"a":1}'}, {"id": "x", "extra": "y"}, kinds={"id": Kind.INTEGER})
    assert parquet(path) == [(1, '{"a":1}'), (None, '{"id":"x","extra":"y"}')]
