"""Everything that can be wrong with a job file is one line with its place, before anything is sent."""

import pytest

STEP = "steps:\n  - id: a\n    call: report.iter_headers\n"

FILE_KEYS = "kind, name, include, schedule, state, server, station, limits, vars, steps"
STEP_KEYS = (
    "id, call, with, transform, reads, rows, submit, plot, for_each, max_concurrent, on_error, when, resume, into"
)
PLOT_KEYS = "kind, from, x, y, by, count, target, top, value, low, high, unit, label, title"
INTO_KEYS = "csv, jsonl, parquet, sqlite, duckdb, table, png, svg"


def whole(message):
    """Put the lists of keys where their names stand."""
    for name, keys in {
        "FILE_KEYS": FILE_KEYS,
        "STEP_KEYS": STEP_KEYS,
        "INTO_KEYS": INTO_KEYS,
        "PLOT_KEYS": PLOT_KEYS,
    }.items():
        message = message.replace(name, keys)
    return message


CASES = {
    # keys of the file
    "unknown key": (
        STEP + "stpes: []",
        ('j.yaml:7:1: stpes: unknown key, allowed here: FILE_KEYS (did you mean "steps"?)'),
    ),
    "no steps": ("vars: {}", "j.yaml:1:1: steps: is missing; it is required here"),
    "empty steps": (
        "steps: []",
        "j.yaml:4:8: steps: must have 1 or more items, not 0",
    ),
    "steps are no list": ("steps: {a: b}", "j.yaml:4:8: steps: must be a list, not a mapping"),
    "a step is no mapping": (
        "steps: [report.iter_headers]",
        'j.yaml:4:9: steps[0]: must be a mapping with the keys STEP_KEYS, not "report.iter_headers"',
    ),
    "vars are no mapping": (STEP + "vars: [a]", "j.yaml:7:7: vars: must be a mapping, not a list"),
    "template in vars": (
        STEP + "vars:\n  a: '{{ run.date }}'",
        "j.yaml:8:6: vars.a: templates are not rendered here; write it where the value is used",
    ),
    "template in the name of the state file": (
        "state: 'var/{{ run.date }}.db'\n" + STEP,
        "j.yaml:4:8: state: templates are not rendered here; the file is the same in each run",
    ),
    # keys of a step
    "an output called as another kind": (
        STEP + "    into: {csv: out/x.parquet}",
        "j.yaml:7:17: steps[0].into.csv: out/x.parquet is called as parquet is, and would hold csv; the two must agree",
    ),
    "a compressed output called as another kind": (
        STEP + "    into: {csv: X.JSONL.gz}",
        "j.yaml:7:17: steps[0].into.csv: X.JSONL.gz is called as jsonl is, and would hold csv; the two must agree",
    ),
    "a picture called as another kind": (
        STEP + "  - id: b\n    plot: {kind: pareto, from: a, x: uuid}\n    into: {svg: x.png}",
        "j.yaml:9:17: steps[1].into.svg: x.png is called as png is, and would hold svg; the two must agree",
    ),
    "unknown key of a step": (
        STEP + "    wiht: {}",
        'j.yaml:7:5: steps[0].wiht: unknown key, allowed here: STEP_KEYS (did you mean "with"?)',
    ),
    "python name of a key": (
        STEP + "    arguments: {}",
        "j.yaml:7:5: steps[0].arguments: unknown key, allowed here: STEP_KEYS",
    ),
    "missing id": ("steps: [{call: product.get_names}]", "j.yaml:4:9: steps[0].id: is missing; it is required here"),
    "missing call": (
        "steps: [{id: a}]",
        "j.yaml:4:9: steps[0]: does one of call, transform, rows, submit, plot; this has none of them",
    ),
    "id of the wrong form": (
        "steps: [{id: my-step, call: product.get_names}]",
        "j.yaml:4:14: steps[0].id: must start with a letter and hold only letters, digits and _",
    ),
    "number as id": (
        "steps: [{id: 1, call: product.get_names}]",
        "j.yaml:4:14: steps[0].id: must be text, not 1; put it in quotes",
    ),
    "same id twice": (
        "steps: [{id: a, call: product.get_names}, {id: a, call: product.get_names}]",
        "j.yaml:4:48: steps[1].id: an earlier step is called a, too",
    ),
    "with is no mapping": (STEP + "    with: 5", "j.yaml:7:11: steps[0].with: must be a mapping, not 5"),
    # into
    "into is text": (
        STEP + "    into: a.csv",
        'j.yaml:7:11: steps[0].into: must be a mapping with the keys INTO_KEYS, not "a.csv"',
    ),
    "unknown output": (
        STEP + "    into: {json: a}",
        'j.yaml:7:12: steps[0].into.json: unknown key, allowed here: INTO_KEYS (did you mean "jsonl"?)',
    ),
    "no output": (
        STEP + "    into: {}",
        "j.yaml:7:11: steps[0].into: names no output; give one or more of INTO_KEYS",
    ),
    "output switched off": (
        STEP + "    into: {table: false}",
        "j.yaml:7:11: steps[0].into: names no output; give one or more of INTO_KEYS",
    ),
    "number as a path": (
        STEP + "    into: {csv: 5}",
        "j.yaml:7:17: steps[0].into.csv: must be text, not 5; put it in quotes",
    ),
    "empty path": (
        STEP + "    into: {csv: ''}",
        "j.yaml:7:17: steps[0].into.csv: must have 1 or more characters, not 0",
    ),
    "a folder as a path": (
        STEP + "    into: {csv: .}",
        "j.yaml:7:17: steps[0].into.csv: . is a folder; name a file in it",
    ),
    "one file twice": (
        STEP + "    into: {csv: x.csv, jsonl: ./x.csv}",
        "j.yaml:7:31: steps[0].into.jsonl: ./x.csv is written by step a already",
    ),
    "table of the wrong type": (
        STEP + "    into: {table: 5}",
        "j.yaml:7:19: steps[0].into.table: must be true or false or a mapping with the keys columns, rows, not 5",
    ),
    "unknown key of a table": (
        STEP + "    into: {table: {colums: [a]}}",
        'j.yaml:7:20: steps[0].into.table.colums: unknown key, allowed here: columns, rows (did you mean "columns"?)',
    ),
    "columns are no list": (
        STEP + "    into: {table: {columns: a}}",
        'j.yaml:7:29: steps[0].into.table.columns: must be a list, not "a"',
    ),
    "no rows in a table": (
        STEP + "    into: {table: {rows: 0}}",
        "j.yaml:7:26: steps[0].into.table.rows: must be greater than or equal to 1, not 0",
    ),
    "unknown mode": (
        STEP + "    into: {sqlite: {path: x, table: t, mode: appnd}}",
        (
            'j.yaml:7:46: steps[0].into.sqlite.mode: must be "replace", "append" or "upsert", not "appnd" '
            '(did you mean "append"?)'
        ),
    ),
    "upsert without a key": (
        STEP + "    into: {duckdb: {path: x, table: t, mode: upsert}}",
        "j.yaml:7:20: steps[0].into.duckdb: mode: upsert needs key: the columns that tell rows apart",
    ),
    "key without upsert": (
        STEP + "    into: {duckdb: {path: x, table: t, key: uuid}}",
        "j.yaml:7:20: steps[0].into.duckdb: key is for mode: upsert; with mode: replace it has no meaning",
    ),
    "unknown column as a key": (
        STEP + "    into: {sqlite: {path: x, table: t, mode: upsert, key: uid}}",
        'j.yaml:7:59: steps[0].into.sqlite.key: the rows have no column uid (did you mean "uuid"?)',
    ),
    "unknown column to divide by": (
        STEP + "    into: {parquet: {path: x, partition_by: [sttae]}}",
        'j.yaml:7:45: steps[0].into.parquet.partition_by: the rows have no column sttae (did you mean "state"?)',
    ),
    "unknown column of a table": (
        STEP + "    into: {table: {columns: [uuid, uid]}}",
        'j.yaml:7:29: steps[0].into.table.columns: the rows have no column uid (did you mean "uuid"?)',
    ),
    "no table": (
        STEP + "    into: {sqlite: {path: x}}",
        "j.yaml:7:20: steps[0].into.sqlite.table: is missing; it is required here",
    ),
    "unknown way with drift": (
        STEP + "    into: {parquet: {path: x, on_drift: onion}}",
        'j.yaml:7:41: steps[0].into.parquet.on_drift: must be "error" or "union", not "onion" (did you mean "union"?)',
    ),
    # what a step does
    "two works": (
        STEP + "    transform: SELECT 1",
        "j.yaml:5:5: steps[0]: does one of call, transform, rows, submit, plot; this has call and transform",
    ),
    "no SQL": (
        "steps: [{id: a, transform: SELEC 1}]",
        'j.yaml:4:28: steps[0].transform: Parser Error: syntax error at or near "SELEC"',
    ),
    "SQL that writes": (
        "steps: [{id: a, transform: DROP TABLE x}]",
        "j.yaml:4:28: steps[0].transform: must be one SELECT",
    ),
    "arguments without a call": (
        "steps: [{id: a, transform: SELECT 1, with: {x: 1}}]",
        "j.yaml:4:44: steps[0].with: gives arguments to a call; this step has none",
    ),
    "files for a call": (
        STEP + "    reads: x.csv",
        "j.yaml:7:12: steps[0].reads: has a meaning only with transform",
    ),
    "unknown rows": (
        "steps: [{id: a, rows: measurement, for_each: []}]",
        ('j.yaml:4:23: steps[0].rows: must be "measurements", not "measurement" (did you mean "measurements"?)'),
    ),
    "rows of nothing": (
        "steps: [{id: a, rows: measurements}]",
        "j.yaml:4:9: steps[0].for_each: is missing; rows takes its reports from it",
    ),
    "items that are text": (
        STEP + "    for_each: abc",
        'j.yaml:7:15: steps[0].for_each: must be a list, or a template that gives one: "{{ steps.ID.rows }}"',
    ),
    "items beside SQL": (
        "steps: [{id: a, transform: SELECT 1, for_each: [1]}]",
        "j.yaml:4:48: steps[0].for_each: has no meaning beside transform",
    ),
    "unknown kind of chart": (
        STEP + "  - {id: b, plot: {kind: paretto, from: a, x: state}}",
        (
            'j.yaml:7:26: steps[1].plot.kind: must be "yield_trend", "pareto", "histogram" or "capability", '
            'not "paretto" (did you mean "pareto"?)'
        ),
    ),
    "unknown key of a chart": (
        STEP + "  - {id: b, plot: {kind: pareto, form: a, x: state}}",
        (
            "j.yaml:7:19: steps[1].plot.from: is missing; it is required here\n"
            "j.yaml:7:34: steps[1].plot.form: unknown key, allowed here: PLOT_KEYS "
            '(did you mean "from"?)'
        ),
    ),
    "key of another chart": (
        STEP + "  - {id: b, plot: {kind: pareto, from: a, x: state, low: 5}}",
        "j.yaml:7:58: steps[1].plot.low: pareto has no low; it has x, y, top, title",
    ),
    "missing key of a chart": (
        STEP + "  - {id: b, plot: {kind: yield_trend, from: a, x: start}}",
        "j.yaml:7:19: steps[1].plot.y: is missing; yield_trend needs it",
    ),
    "chart of no step": (
        STEP + "  - {id: b, plot: {kind: pareto, from: aa, x: state}}",
        'j.yaml:7:40: steps[1].plot.from: must be an earlier step, there is a (did you mean "a"?)',
    ),
    "chart of its own rows": (
        "steps: [{id: b, plot: {kind: pareto, from: b, x: state}}]",
        "j.yaml:4:44: steps[0].plot.from: must be an earlier step, there is none",
    ),
    "chart of a column that is not there": (
        STEP + "  - {id: b, plot: {kind: pareto, from: a, x: sttae}}",
        'j.yaml:7:46: steps[1].plot.x: the rows of a have no column sttae (did you mean "state"?)',
    ),
    "limit that is no column": (
        STEP + "  - {id: b, plot: {kind: histogram, from: a, value: start, low: '{{ run.date }}'}}",
        "j.yaml:7:65: steps[1].plot.low: the rows of a have no column 2026-03-04",
    ),
    "chart with items": (
        STEP + "  - {id: b, plot: {kind: pareto, from: a, x: state}, for_each: [1]}",
        "j.yaml:7:64: steps[1].for_each: has no meaning beside plot",
    ),
    "too many bars": (
        STEP + "  - {id: b, plot: {kind: pareto, from: a, x: state, top: 31}}",
        "j.yaml:7:58: steps[1].plot.top: must be less than or equal to 30, not 31",
    ),
    "picture without a chart": (
        STEP + "    into: {png: a.png}",
        "j.yaml:7:17: steps[0].into.png: shows a chart; this step has no plot",
    ),
    "an item where there is none": (
        "steps: [{id: a, call: report.get_header, with: {uuid: '{{ item.uuid }}'}}]",
        (
            "j.yaml:4:55: steps[0].with.uuid: item is undefined; "
            "only what a step with for_each does for each item knows it"
        ),
    ),
    "an item in an output": (
        "steps: [{id: a, for_each: [1], call: report.count, into: {csv: '{{ item }}'}}]",
        (
            "j.yaml:4:64: steps[0].into.csv: item is undefined; "
            "only what a step with for_each does for each item knows it"
        ),
    ),
    "unknown field of an item": (
        STEP
        + "  - {id: b, for_each: '{{ steps.a.rows }}', call: report.count, with: {since: '{{ item.serialNumber }}'}}",
        'j.yaml:7:79: steps[1].with.since: item.serialNumber is undefined (did you mean "item.serial_number"?)',
    ),
    "unknown way with errors": (
        "steps: [{id: a, for_each: [1], on_error: colect, call: report.count}]",
        ('j.yaml:4:42: steps[0].on_error: must be "fail", "collect" or "skip", not "colect" (did you mean "collect"?)'),
    ),
    "errors of a single call": (
        STEP + "    on_error: skip",
        "j.yaml:7:15: steps[0].on_error: has a meaning only with for_each or submit",
    ),
    "none at a time": (
        "steps: [{id: a, for_each: [1], max_concurrent: 0, call: report.count}]",
        "j.yaml:4:48: steps[0].max_concurrent: must be greater than or equal to 1, not 0",
    ),
    "a condition that is text": (
        STEP + "    when: yes",
        'j.yaml:7:11: steps[0].when: must be true, false, or a template that gives one: "{{ steps.ID.count > 0 }}"',
    ),
    "a condition on what is not there": (
        STEP + "    when: '{{ steps.b.count > 0 }}'",
        "j.yaml:7:11: steps[0].when: steps.b is undefined; there is no step before this one",
    ),
    # resume
    "unknown key of resume": (
        STEP + "    resume: {by: start, kye: uuid}",
        (
            "j.yaml:7:13: steps[0].resume.key: is missing; it is required here\n"
            'j.yaml:7:25: steps[0].resume.kye: unknown key, allowed here: by, key (did you mean "key"?)'
        ),
    ),
    "unknown field to go on by": (
        STEP + "    resume: {by: strt, key: uuid}",
        'j.yaml:7:18: steps[0].resume.by: Header has no field strt (did you mean "start"?)',
    ),
    "resume of many calls": (
        "steps: [{id: a, for_each: [1], call: report.iter_headers, resume: {by: start, key: uuid}}]",
        "j.yaml:4:67: steps[0].resume: goes with a call that is made once",
    ),
    # schedule, state, include
    "wrong cron": (
        STEP + "schedule: 0 25 * * *",
        'j.yaml:7:11: schedule: hour "25": must be a number from 0 to 23',
    ),
    "cron of too few fields": (
        STEP + "schedule: 2 o'clock",
        (
            "j.yaml:7:11: schedule: must have five fields (minute, hour, day of month, month, day of week), not 2, "
            "or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly"
        ),
    ),
    "wrong time zone": (
        STEP + "schedule: {cron: '@daily', timezone: Europe/Olso}",
        (
            'j.yaml:7:38: schedule.timezone: there is no time zone "Europe/Olso"; '
            "it is a name such as Europe/Oslo or UTC"
        ),
    ),
    "unknown key of a schedule": (
        STEP + "schedule: {cron: '@daily', tz: UTC}",
        "j.yaml:7:28: schedule.tz: unknown key, allowed here: cron, timezone",
    ),
    "schedule of the wrong type": (
        STEP + "schedule: 5",
        "j.yaml:7:11: schedule: must be a mapping with the keys cron, timezone, not 5",
    ),
    "a file to include that is not there": (
        STEP + "include: shared.yaml",
        "j.yaml:7:10: include: shared.yaml: cannot be read: No such file or directory",
    ),
    # call
    "unknown method": (
        "steps: [{id: a, call: report.iter_header}]",
        ('j.yaml:4:23: steps[0].call: report has no method iter_header (did you mean "report.iter_headers"?)'),
    ),
    "method of no likeness": (
        "steps: [{id: a, call: report.zzzzz}]",
        "j.yaml:4:23: steps[0].call: report has no method zzzzz",
    ),
    "unknown domain": (
        "steps: [{id: a, call: reprt.iter_headers}]",
        'j.yaml:4:23: steps[0].call: the client has no reprt, it has product, report (did you mean "report"?)',
    ),
    "no domain": (
        "steps: [{id: a, call: iter_headers}]",
        "j.yaml:4:23: steps[0].call: must be DOMAIN.METHOD, such as report.iter_uut_headers",
    ),
    "too many parts": (
        "steps: [{id: a, call: report.iter_headers.submit}]",
        ('j.yaml:4:23: steps[0].call: report has no method iter_headers.submit (did you mean "report.iter_headers"?)'),
    ),
    "private method": (
        "steps: [{id: a, call: report._send}]",
        "j.yaml:4:23: steps[0].call: report has no method _send",
    ),
    "private domain": (
        "steps: [{id: a, call: _private.iter_headers}]",
        "j.yaml:4:23: steps[0].call: the client has no _private, it has product, report",
    ),
    "attribute that is no method": (
        "steps: [{id: a, call: report.asked}]",
        "j.yaml:4:23: steps[0].call: report has no method asked",
    ),
    "method that asks no server": (
        "steps: [{id: a, call: report.is_active}]",
        "j.yaml:4:23: steps[0].call: report has no method is_active",
    ),
    "attribute that is no domain": (
        "steps: [{id: a, call: timeout.real}]",
        "j.yaml:4:23: steps[0].call: the client has no timeout, it has product, report",
    ),
    "special method": (
        "steps: [{id: a, call: report.__init__}]",
        "j.yaml:4:23: steps[0].call: report has no method __init__",
    ),
    # arguments
    "unknown argument": (
        STEP + "    with: {pagesize: 5}",
        (
            "j.yaml:7:12: steps[0].with.pagesize: unknown argument, report.iter_headers takes filter, page_size "
            '(did you mean "page_size"?)'
        ),
    ),
    "argument of a method that takes none": (
        "steps: [{id: a, call: product.get_names, with: {x: 1}}]",
        "j.yaml:4:49: steps[0].with.x: unknown argument, product.get_names takes no arguments",
    ),
    "self is no argument": (
        STEP + "    with: {self: 5}",
        "j.yaml:7:12: steps[0].with.self: unknown argument, report.iter_headers takes filter, page_size",
    ),
    "missing argument": (
        "steps: [{id: a, call: report.get_header}]",
        "j.yaml:4:9: steps[0].with.uuid: is missing; report.get_header needs it",
    ),
    "missing argument beside others": (
        "steps:\n  - id: a\n    call: report.get_header\n    with: {}",
        "j.yaml:7:11: steps[0].with.uuid: is missing; report.get_header needs it",
    ),
    "wrong type": (
        STEP + "    with: {page_size: many}",
        'j.yaml:7:23: steps[0].with.page_size: must be a whole number, not "many"',
    ),
    "number for text": (
        "steps: [{id: a, call: report.get_header, with: {uuid: 12}}]",
        "j.yaml:4:55: steps[0].with.uuid: must be text, not 12; put it in quotes",
    ),
    "unknown field of a model": (
        STEP + "    with: {filter: {part_numbr: X}}",
        (
            "j.yaml:7:21: steps[0].with.filter.part_numbr: unknown key, allowed here: part_number, max_count, tags "
            '(did you mean "part_number"?)'
        ),
    ),
    "wrong field of a model": (
        STEP + "    with: {filter: {max_count: few}}",
        'j.yaml:7:32: steps[0].with.filter.max_count: must be a whole number, not "few"',
    ),
    "wrong item in a list of a model": (
        STEP + "    with: {filter: {tags: [a, 5]}}",
        "j.yaml:7:31: steps[0].with.filter.tags[1]: must be text, not 5; put it in quotes",
    ),
    "wrong field of a model in a model": (
        "steps: [{id: a, call: report.nest, with: {nested: {filter: {max_cont: 1}}}}]",
        (
            "j.yaml:4:61: steps[0].with.nested.filter.max_cont: unknown key, "
            'allowed here: part_number, max_count, tags (did you mean "max_count"?)'
        ),
    ),
    "neither model nor text": (
        STEP + "    with: {filter: 5}",
        (
            "j.yaml:7:20: steps[0].with.filter: must be a mapping with the keys part_number, max_count, tags or text, "
            "not 5; put it in quotes"
        ),
    ),
    "wrong member of an enumeration": (
        "steps: [{id: a, call: report.count, with: {states: [Activ]}}]",
        ('j.yaml:4:53: steps[0].with.states[0]: must be "Active" or "Inactive", not "Activ" (did you mean "Active"?)'),
    ),
    "wrong date": (
        "steps: [{id: a, call: report.count, with: {since: yesterday}}]",
        ('j.yaml:4:51: steps[0].with.since: must be a valid datetime or date, input is too short, not "yesterday"'),
    ),
    "an argument that no file can hold": (
        "steps: [{id: a, call: report.upload, with: {stream: x}}]",
        "j.yaml:4:53: steps[0].with.stream: report.upload takes something here that a file cannot hold",
    ),
    # templates
    "unknown name": (
        STEP + "    with: {filter: '{{ var.part }}'}",
        (
            "j.yaml:7:20: steps[0].with.filter: var is undefined; templates know vars, run and steps "
            '(did you mean "vars"?)'
        ),
    ),
    "unknown variable": (
        "vars: {part: X}\n" + STEP + "    with: {filter: {part_number: '{{ vars.prt }}'}}",
        (
            "j.yaml:8:34: steps[0].with.filter.part_number: vars.prt is undefined; there is vars.part "
            '(did you mean "vars.part"?)'
        ),
    ),
    "variable where there are none": (
        STEP + "    with: {filter: '{{ vars.part }}'}",
        "j.yaml:7:20: steps[0].with.filter: vars.part is undefined; there is nothing",
    ),
    "unknown part of a variable": (
        "vars: {part: {a: X}}\n" + STEP + "    with: {filter: '{{ vars.part.b }}'}",
        ("j.yaml:8:20: steps[0].with.filter: {{ vars.part.b }}: b is undefined; there is a"),
    ),
    "unknown fact of the run": (
        STEP + "    into: {csv: 'x-{{ run.dat }}.csv'}",
        (
            "j.yaml:7:17: steps[0].into.csv: run.dat is undefined; there is run.job, run.date, run.time, run.started "
            '(did you mean "run.date"?)'
        ),
    ),
    "unknown step": (
        STEP + "  - {id: b, call: report.get_header, with: {uuid: '{{ steps.c.count }}'}}",
        "j.yaml:7:51: steps[1].with.uuid: steps.c is undefined; there is steps.a",
    ),
    "the step itself": (
        "steps:\n  - {id: a, call: report.get_header, with: {uuid: '{{ steps.a.count }}'}}",
        "j.yaml:5:51: steps[0].with.uuid: steps.a is undefined; there is no step before this one",
    ),
    "unknown result of a step": (
        STEP + "  - {id: b, call: report.get_header, with: {uuid: '{{ steps.a.cout }}'}}",
        (
            "j.yaml:7:51: steps[1].with.uuid: steps.a.cout is undefined; there is steps.a.count, steps.a.seconds, "
            'steps.a.files, steps.a.failed, steps.a.rows, steps.a.result (did you mean "steps.a.count"?)'
        ),
    ),
    "a step is no value": (
        STEP + "  - {id: b, call: report.get_header, with: {uuid: '{{ steps.a }}'}}",
        (
            "j.yaml:7:51: steps[1].with.uuid: steps.a is no value; there is steps.a.count, steps.a.seconds, "
            "steps.a.files, steps.a.failed, steps.a.rows, steps.a.result"
        ),
    ),
    "result of a walk": (
        STEP + "  - {id: b, call: report.get_header, with: {uuid: '{{ steps.a.result[0].uuid }}'}}",
        (
            "j.yaml:7:51: steps[1].with.uuid: steps.a.result is undefined; "
            "report.iter_headers gives rows one by one, and none is kept"
        ),
    ),
    "unclosed template": (
        STEP + "    with: {filter: '{{ vars.part'}",
        (
            "j.yaml:7:20: steps[0].with.filter: {{ vars.part: is no template: "
            "unexpected end of template, expected 'end of print statement'."
        ),
    ),
    "unknown filter": (
        STEP + "    with: {filter: '{{ run.date | upcase }}'}",
        "j.yaml:7:20: steps[0].with.filter: {{ run.date | upcase }}: No filter named 'upcase'.",
    ),
    "template that fails": (
        STEP + "    with: {page_size: '{{ 1 // 0 }}'}",
        "j.yaml:7:23: steps[0].with.page_size: {{ 1 // 0 }}: integer division or modulo by zero",
    ),
    "template that reaches for the interpreter": (
        STEP + "    with: {filter: '{{ run.__class__.__mro__ }}'}",
        (
            "j.yaml:7:20: steps[0].with.filter: run.__class__ is undefined; there is run.job, run.date, run.time, "
            "run.started"
        ),
    ),
    "template that reaches by another way": (
        STEP + "    with: {filter: \"{{ ''.__class__ }}\"}",
        (
            "j.yaml:7:20: steps[0].with.filter: {{ ''.__class__ }}: "
            "access to attribute '__class__' of 'str' object is unsafe."
        ),
    ),
    "template that gives the wrong type": (
        STEP + "    with: {page_size: '{{ run.date }}'}",
        'j.yaml:7:23: steps[0].with.page_size: must be a whole number, not "2026-03-04"',
    ),
    "template that gives no value": (
        STEP + "    with: {filter: '{{ run.date.upper }}'}",
        (
            "j.yaml:7:20: steps[0].with.filter: {{ run.date.upper }}: "
            "gives a builtin_function_or_method, which is no value"
        ),
    ),
    "template that gives an empty path": (
        "vars: {x: ''}\n" + STEP + "    into: {csv: '{{ vars.x }}'}",
        "j.yaml:8:17: steps[0].into.csv: must have 1 or more characters, not 0",
    ),
    "secret in a wrong value": (
        "vars: {x: '${TOKEN}'}\n" + STEP + "    with: {page_size: '{{ vars.x }}'}",
        'j.yaml:8:23: steps[0].with.page_size: must be a whole number, not "***"',
    ),
    "several at once": (
        "steps:\n  - {id: a, call: report.x}\n  - {id: a, call: report.count, with: {y: 1}}",
        (
            "j.yaml:5:19: steps[0].call: report has no method x\n"
            "j.yaml:6:10: steps[1].id: an earlier step is called a, too\n"
            "j.yaml:6:40: steps[1].with.y: unknown argument, report.count takes since, states"
        ),
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_one_line_with_its_place(mistakes, text, message):
    assert mistakes(text) == whole(message)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (
            "kind: job\n",
            "j.yaml:1:1: name: is missing; it is required here\nj.yaml:1:1: server: is missing; it is required here",
        ),
        (
            "kind: ingest\nname: x\nserver: {base_url: '${URL}', token: '${TOKEN}'}\n",
            'j.yaml:1:7: kind: must be "job", not "ingest"',
        ),
        (
            "kind: job\nname: a/b\nserver: {base_url: '${URL}', token: '${TOKEN}'}\n",
            "j.yaml:2:7: name: must start with a letter or digit and hold only letters, digits, dot, - and _",
        ),
        (
            "kind: job\nname: x\nserver: {base_url: '${URL}', token: '${TOKEN}', tmeout: 5s}\n",
            (
                "j.yaml:3:49: server.tmeout: unknown key, allowed here: base_url, token, proxy, ca_file, verify_ssl, "
                'timeout, trust_env (did you mean "timeout"?)'
            ),
        ),
        (
            "kind: job\nname: x\nserver: {base_url: '${URL}', token: '${TOKEN}'}\nlimits: {rate: 5}\n",
            'j.yaml:4:16: limits.rate: must be requests per time such as "500/60s", or the word none for no limit',
        ),
        (
            "kind: job\nname: x\nserver: {base_url: '${URL}', token: '${TOKEN}'}\nstation: {}\n",
            "j.yaml:4:10: station.name: is missing; it is required here",
        ),
    ],
)
def test_a_mistake_in_the_head_is_one_line_with_its_place(mistakes, head, message):
    assert mistakes("steps: [{id: a, call: product.get_names}]", head) == message
