"""The circuit breaker, on a clock of its own."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pywats.errors import ConfigurationError
from pywats.settings import CircuitBreakerConfig
from pywats.transport.breaker import CircuitBreaker, CircuitState, Held

THRESHOLD, PAUSE = 3, 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(CircuitBreakerConfig(failure_threshold=THRESHOLD, timeout_seconds=PAUSE), clock)


def fail(breaker: CircuitBreaker, times: int = THRESHOLD) -> None:
    for number in range(times):
        breaker.failed(breaker.enter(), f"failure {number}")


def test_it_opens_after_so_many_failures_in_a_row(breaker):
    fail(breaker, THRESHOLD - 1)
    assert breaker.state is CircuitState.CLOSED
    fail(breaker, 1)
    assert breaker.state is CircuitState.OPEN


def test_a_success_in_between_starts_the_count_anew(breaker):
    fail(breaker, THRESHOLD - 1)
    breaker.succeeded(breaker.enter())
    fail(breaker, THRESHOLD - 1)
    assert breaker.state is CircuitState.CLOSED


def test_open_it_says_for_how_long_and_why(breaker, clock):
    fail(breaker)
    clock.now += 10
    with pytest.raises(Held) as held:
        breaker.enter()
    assert (held.value.seconds, held.value.failures, held.value.reason) == (20, THRESHOLD, "failure 2")


def test_after_the_pause_one_probe_goes_and_the_others_wait(breaker, clock):
    fail(breaker)
    clock.now += PAUSE
    breaker.check()
    breaker.enter()
    assert breaker.state is CircuitState.HALF_OPEN
    with pytest.raises(Held):
        breaker.enter()
    with pytest.raises(Held):
        breaker.check()


def test_a_probe_that_succeeds_closes_it(breaker, clock):
    fail(breaker)
    clock.now += PAUSE
    breaker.succeeded(breaker.enter())
    assert breaker.state is CircuitState.CLOSED
    fail(breaker, THRESHOLD - 1)
    assert breaker.state is CircuitState.CLOSED


def test_a_probe_that_fails_opens_it_for_another_pause(breaker, clock):
    fail(breaker)
    clock.now += PAUSE
    breaker.failed(breaker.enter(), "still down")
    assert breaker.state is CircuitState.OPEN
    with pytest.raises(Held, match="still down") as held:
        breaker.check()
    assert held.value.seconds == PAUSE


def test_a_probe_given_up_by_its_caller_lets_the_next_one_go(breaker, clock):
    fail(breaker)
    clock.now += PAUSE
    breaker.undecided(breaker.enter())
    breaker.succeeded(breaker.enter())
    assert breaker.state is CircuitState.CLOSED


def test_what_was_sent_before_it_opened_decides_nothing_any_more(breaker):
    early, late = breaker.enter(), breaker.enter()
    fail(breaker)
    breaker.succeeded(early)
    breaker.failed(late, "late")
    breaker.undecided(late)
    assert breaker.state is CircuitState.OPEN


@pytest.mark.parametrize("wrong", [{"failure_threshold": 0}, {"timeout_seconds": -1}])
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigurationError):
        CircuitBreakerConfig(**wrong)


class Requests(RuleBasedStateMachine):
    """Many requests at once, ending in any order: never more than one is let through while the server is down."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        config = CircuitBreakerConfig(failure_threshold=THRESHOLD, timeout_seconds=PAUSE)
        self.breaker = CircuitBreaker(config, self.clock)
        self.under_way: list[int] = []
        self.probes = 0
        self.held: Held | None = None

    @rule()
    def send(self):
        self.held = None
        was_open = self.breaker.state is not CircuitState.CLOSED
        try:
            permit = self.breaker.enter()
        except Held as held:
            self.held = held
        else:
            self.under_way.append(permit)
            self.probes += was_open
        assert self.held is None or (was_open and 0 <= self.held.seconds <= PAUSE)

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0), how=st.sampled_from(["succeeded", "failed", "undecided"]))
    def end(self, which, how):
        permit = self.under_way.pop(which % len(self.under_way))
        half_open = self.breaker.state is CircuitState.HALF_OPEN
        if how == "failed":
            self.breaker.failed(permit, "down")
        else:
            getattr(self.breaker, how)(permit)
        if half_open and self.breaker.state is not CircuitState.HALF_OPEN:
            self.probes -= 1

    @rule(seconds=st.sampled_from([1.0, PAUSE]))
    def wait(self, seconds):
        self.clock.now += seconds

    @invariant()
    def at_most_one_probe(self):
        assert self.probes == (self.breaker.state is CircuitState.HALF_OPEN)


TestRequests = Requests.TestCase
TestRequests.settings = settings(max_examples=100, deadline=None)
