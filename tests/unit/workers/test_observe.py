"""Statistics, percentiles and Prometheus text."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from workers import ActorStatistics, Percentiles, prometheus
from workers.observe import Histogram


def row(name: str) -> ActorStatistics:
    spread = Percentiles(count=4, p50=0.25, p95=0.5, p99=1.0, max=2.0)
    return ActorStatistics(
        name=name,
        accepted=9,
        depth=1,
        waiting_senders=2,
        in_hand=3,
        done=4,
        failed=0,
        given_up=1,
        expired=1,
        restarts=5,
        waiting=spread,
        handling=Percentiles(),
    )


def test_an_empty_histogram_has_no_percentiles() -> None:
    assert Histogram().percentiles() == Percentiles()


@given(st.lists(st.floats(1e-6, 3600.0), min_size=1, max_size=300))
def test_percentiles_are_right_within_a_quarter(durations: list[float]) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.record(seconds)
    spread = histogram.percentiles()
    ordered = sorted(durations)
    assert spread.count == len(durations)
    assert spread.max == ordered[-1]
    for share, found in ((0.50, spread.p50), (0.95, spread.p95), (0.99, spread.p99)):
        true = ordered[math.ceil(share * len(ordered)) - 1]
        assert true * 0.999999 <= found <= true * 1.2500001


def test_durations_outside_the_buckets_count_too() -> None:
    histogram = Histogram()
    histogram.record(0.0)
    histogram.record(1e9)
    assert histogram.percentiles().max == histogram.percentiles().p99 == 1e9


def test_a_histogram_does_not_grow() -> None:
    histogram = Histogram()
    rng = random.Random(1)
    for _ in range(10_000):
        histogram.record(rng.expovariate(1.0))
    assert len(histogram._buckets) == 101


def test_prometheus_text_has_a_type_for_each_metric_and_a_line_for_each_actor() -> None:
    lines = prometheus([row("product"), row('odd "name"\n\\')], prefix="pywats").splitlines()
    assert "# TYPE pywats_actor_depth gauge" in lines
    assert 'pywats_actor_depth{actor="product"} 1' in lines
    assert "# TYPE pywats_actor_done_total counter" in lines
    assert 'pywats_actor_done_total{actor="odd \\"name\\"\\n\\\\"} 4' in lines
    assert 'pywats_actor_waiting_seconds{actor="product",quantile="0.95"} 0.5' in lines
    assert 'pywats_actor_waiting_seconds_count{actor="product"} 4' in lines
    names = {line.split("{")[0].removesuffix("_count") for line in lines if not line.startswith("#")}
    assert names == {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert names == {line.split()[2] for line in lines if line.startswith("# HELP") and len(line.split()) > 3}
