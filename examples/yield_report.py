"""Yield of the last weeks: which products, which days, and what fails, in words and in pictures.

The lines that begin with `# %%` are cells: editors and Jupyter (with jupytext) run the file piece by piece.
"""

# %% The client: address and token come from WATS_BASE_URL and WATS_AUTH_TOKEN.

from collections import defaultdict

from pywats import ConfigurationError, WATSFilter, plots, pyWATS

api = pyWATS()

# %% First pass yield per product and operation.

rows = api.analytics.get_dynamic_yield(WATSFilter(dimensions=["partNumber", "testOperation"], last="30d"))
print(f"{'product':12} {'operation':18} {'units':>6} {'first pass':>11} {'last pass':>10}")
for row in sorted(rows, key=lambda row: row.fpy or 0.0):
    first, last = row.fpy or 0.0, row.lpy or 0.0
    print(f"{row.part_number:12} {row.test_operation:18} {row.unit_count:6} {first:9.1f} % {last:8.1f} %")

# %% What the reports themselves say: tests and failures of one product, day by day.

part = min(rows, key=lambda row: row.fpy or 0.0).part_number
tests: defaultdict[str, int] = defaultdict(int)
failures: defaultdict[str, int] = defaultdict(int)
for header in api.report.iter_uut_headers(WATSFilter(part_number=part, last="14d"), page_size=1000):
    if header.start_utc is None:
        continue
    day = header.start_utc.date().isoformat()
    tests[day] += 1
    failures[day] += str(header.result) not in {"P", "Passed"}

# %% Bars: a character for each test, failures first.

print(f"\n{part}: tests per day, failures as #")
for day in sorted(tests):
    bad = failures[day]
    print(f"{day} {'#' * bad}{'.' * (tests[day] - bad)} {bad} of {tests[day]}")

# %% What fails most often.

print(f"\n{part}: steps that fail most often")
for step in api.analytics.get_top_failed(WATSFilter(part_number=part, last="30d", top_count=5)):
    print(f"{step.fail_count or 0:4}  {step.step_path or step.step_name}")

# %% The same as pictures, beside this script's output; they need the extra `plots`.

trend = api.analytics.get_dynamic_yield(
    WATSFilter(part_number=part, dimensions=["period", "stationName"], date_grouping="week", last="30d")
)
failed = api.analytics.get_top_failed(WATSFilter(part_number=part, last="30d"))
try:
    print("\n" + str(plots.save(plots.yield_trend(trend, "period", "fpy", by="station_name"), "yield.svg")))
    print(plots.save(plots.pareto(failed, "step_path", "fail_count", title=f"Failed steps of {part}"), "failures.svg"))
except ConfigurationError as missing:
    print(f"\nno pictures: {missing}")
