"""The retry policy, which is pure."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats import errors
from pywats.errors import ConfigurationError, ServerError
from pywats.exchange.call import Call, nothing
from pywats.settings import NO_RETRY, RetryConfig
from pywats.transport.retry import (
    Failure,
    Fate,
    RetryQuota,
    is_worth_repeating,
    pause_after,
    retry_after,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VERBS = ("GET", "PUT", "DELETE", "POST", "PATCH")
SAFE = {"GET", "PUT", "DELETE"}


def call(verb: str, repeatable: bool | None = None) -> Call[None]:
    return Call(verb=verb, path="/api/X", read=nothing, repeatable=repeatable)


def failure(fate: Fate, error: errors.PyWATSError | None = None, wait: float | None = None) -> Failure:
    return Failure(error or errors.ConnectionError(), fate, wait)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("repeatable", [None, True, False])
class TestWhatIsRepeated:
    def test_what_never_reached_the_server_is_whatever_the_verb(self, verb, repeatable):
        assert is_worth_repeating(call(verb, repeatable), failure(Fate.UNSENT), RetryConfig(), 1)

    def test_what_was_turned_away_by_a_429_is_whatever_the_verb(self, verb, repeatable):
        turned_away = failure(Fate.THROTTLED, errors.RateLimitError(status=429))
        assert is_worth_repeating(call(verb, repeatable), turned_away, RetryConfig(), 1)

    @pytest.mark.parametrize("fate", [Fate.UNKNOWN, Fate.FAILED])
    def test_what_may_have_been_acted_on_is_by_verb_unless_the_call_knows_better(self, verb, repeatable, fate):
        broken = failure(fate, ServerError(status=503))
        expected = verb in SAFE if repeatable is None else repeatable
        assert is_worth_repeating(call(verb, repeatable), broken, RetryConfig(), 1) is expected

    def test_what_would_end_the_same_way_is_not(self, verb, repeatable):
        assert not is_worth_repeating(call(verb, repeatable), failure(Fate.FINAL), RetryConfig(), 1)

    @pytest.mark.parametrize("fate", list(Fate))
    def test_nothing_is_when_the_attempts_are_used_up_or_retry_is_off(self, verb, repeatable, fate):
        assert not is_worth_repeating(call(verb, repeatable), failure(fate), RetryConfig(max_attempts=3), 3)
        assert not is_worth_repeating(call(verb, repeatable), failure(fate), NO_RETRY, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 501])
def test_an_error_status_that_is_not_listed_is_not_repeated(status):
    failed = failure(Fate.FAILED, errors.WatsApiError(status=status))
    assert not is_worth_repeating(call("GET"), failed, RetryConfig(), 1)


def test_each_reason_can_be_turned_off_alone():
    slow, broken = failure(Fate.UNSENT, errors.TimeoutError()), failure(Fate.UNSENT)
    busy = failure(Fate.THROTTLED, errors.RateLimitError(status=429))
    assert not is_worth_repeating(call("GET"), slow, RetryConfig(retry_on_timeout=False), 1)
    assert is_worth_repeating(call("GET"), broken, RetryConfig(retry_on_timeout=False), 1)
    assert not is_worth_repeating(call("GET"), broken, RetryConfig(retry_on_connection_error=False), 1)
    assert is_worth_repeating(call("GET"), slow, RetryConfig(retry_on_connection_error=False), 1)
    assert not is_worth_repeating(call("GET"), busy, RetryConfig(retry_status_codes=frozenset({503})), 1)


class TestRetryAfter:
    @given(st.integers(0, 999_999_999))
    def test_seconds(self, seconds):
        assert retry_after({"retry-after": f" {seconds} "}) == seconds

    @given(st.integers(-10_000, 10_000), st.integers(-100_000, 100_000))
    def test_a_date_counts_from_the_servers_own_clock(self, seconds, skew):
        there = NOW + timedelta(seconds=skew)
        headers = {
            "retry-after": format_datetime(there + timedelta(seconds=seconds), usegmt=True),
            "date": format_datetime(there, usegmt=True),
        }
        assert retry_after(headers, NOW) == max(0, seconds)

    def test_a_date_without_the_servers_clock_counts_from_ours(self):
        assert retry_after({"retry-after": "Sun, 01 Mar 2026 12:00:07 GMT"}, NOW) == 7
        assert retry_after({"retry-after": "Sun, 01 Mar 2026 12:00:07 GMT", "date": "soon"}, NOW) == 7

    @pytest.mark.parametrize(
        "text", ["Sunday, 01-Mar-26 12:00:07 GMT", "Sun, 01 Mar 2026 12:00:07 -0000", "Sun, 01 Mar 2026 13:00:07 +0100"]
    )
    def test_old_and_odd_spellings_of_a_date(self, text):
        assert retry_after({"retry-after": text}, NOW) == 7

    def test_there_may_be_none(self):
        assert retry_after({}) is None

    @pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", "soon", "٣", "Sun, 99 Mar 2026 12:00:07 GMT"])
    def test_nonsense_is_none(self, text):
        assert retry_after({"retry-after": text}) is None

    @given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ (Jan|Dec) \d+ \d+:\d+:\d+ (GMT|[+-]\d+)"))
    def test_whatever_a_server_writes_is_seconds_or_nothing(self, text):
        found = retry_after({"retry-after": text, "date": text})
        assert found is None or 0 <= found < float("inf")


class TestPause:
    def test_what_the_server_asked_for_wins_up_to_the_longest_wait(self):
        config = RetryConfig(base_delay=1, max_delay=30)
        assert pause_after(failure(Fate.FAILED, wait=7), config, 1) == 7
        assert pause_after(failure(Fate.FAILED, wait=3600), config, 1) == 30

    def test_it_doubles_without_jitter(self):
        config = RetryConfig(base_delay=1, max_delay=5, jitter=False)
        assert [pause_after(failure(Fate.UNSENT), config, attempts) for attempts in (1, 2, 3, 4)] == [1, 2, 4, 5]

    @given(
        st.floats(0, 1e6),
        st.floats(0, 1e6),
        st.floats(1, 1e6),
        st.integers(0, 100_000),
        st.booleans(),
    )
    def test_it_is_never_longer_than_the_longest_wait(self, base, longest, factor, attempt, jitter):
        config = RetryConfig(base_delay=base, max_delay=longest, exponential_base=factor, jitter=jitter)
        assert 0 <= config.calculate_delay(attempt) <= longest

    def test_jitter_is_full(self):
        random.seed(1)
        config = RetryConfig(base_delay=8, max_delay=8)
        drawn = [config.calculate_delay(0) for _ in range(1000)]
        assert min(drawn) < 0.1
        assert max(drawn) > 7.9
        assert 3.7 < sum(drawn) / 1000 < 4.3


@pytest.mark.parametrize(
    "wrong",
    [{"max_attempts": 0}, {"base_delay": -1}, {"max_delay": float("nan")}, {"exponential_base": 0.5}],
)
def test_a_retry_configuration_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ConfigurationError):
        RetryConfig(**wrong)


class TestQuota:
    def test_an_outage_allows_a_hundred_retries_and_no_more(self):
        quota = RetryQuota()
        taken = [quota.take(failure(Fate.UNSENT)) for _ in range(150)]
        assert taken == [5] * 100 + [None] * 50

    def test_a_time_out_costs_twice_as_much(self):
        quota = RetryQuota()
        quota.take(failure(Fate.UNSENT, errors.TimeoutError()))
        assert quota.tokens == 490

    def test_waiting_out_a_429_is_free(self):
        quota = RetryQuota()
        assert quota.take(failure(Fate.THROTTLED)) == 0
        assert quota.tokens == RetryQuota.CAPACITY

    def test_what_ends_well_puts_tokens_back(self):
        quota = RetryQuota()
        price = quota.take(failure(Fate.UNSENT))
        quota.take(failure(Fate.UNSENT))
        quota.put_back(price)
        assert quota.tokens == 495
        quota.put_back(None)
        assert quota.tokens == 496

    @given(st.lists(st.sampled_from(["take", "late", "free", "refund", "little"])))
    def test_it_stays_within_its_bounds(self, steps):
        quota = RetryQuota()
        for step in steps:
            match step:
                case "take":
                    quota.take(failure(Fate.UNSENT))
                case "late":
                    quota.take(failure(Fate.UNSENT, errors.TimeoutError()))
                case "free":
                    quota.take(failure(Fate.THROTTLED))
                case "refund":
                    quota.put_back(5)
                case _:
                    quota.put_back(None)
            assert 0 <= quota.tokens <= RetryQuota.CAPACITY
