"""When a file counts as complete, and in which order files are taken."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from pywats.ingest.files.candidates import Candidates, Sight
from pywats.ingest.files.reading import Stamp

A, B = "a", "b"
S = 1_000_000_000


def sight(mtime=100, size=10, ctime=None, inode=1):
    return Sight(Stamp(1, inode, size, int(mtime * S)), int((mtime if ctime is None else ctime) * S))


@pytest.fixture
def files():
    return Candidates(2.0, trust_ctime=True)


def taken(files, now, limit=99, room=10**9):
    return [path for path, _ in files.take(now, limit=limit, room=room)]


def test_a_file_is_complete_when_it_stood_still(files):
    files.see(A, sight(), now=0.0)
    assert taken(files, 1.9) == []
    assert files.next_due(1.5) == 0.5
    assert taken(files, 2.0) == [A]
    assert taken(files, 9.0) == []  # it is in hand


@pytest.mark.parametrize("change", [{"size": 11}, {"mtime": 101}, {"inode": 2}])
def test_any_change_starts_the_wait_again(files, change):
    files.see(A, sight(), now=0.0)
    files.see(A, sight(**change), now=1.5)
    assert taken(files, 3.4) == []
    assert taken(files, 3.5) == [A]


def test_seeing_it_again_unchanged_does_not(files):
    files.see(A, sight(), now=0.0)
    files.see(A, sight(), now=1.9)
    assert taken(files, 2.0) == [A]


def test_a_file_that_was_renamed_into_place_is_complete_at_once(files):
    files.see(A, sight(mtime=100, ctime=102), now=0.0)
    assert taken(files, 0.0) == [A]


def test_where_the_file_system_does_not_tell_it_has_to_stand_still():
    files = Candidates(2.0, trust_ctime=False)
    files.see(A, sight(mtime=100, ctime=200), now=0.0)
    assert taken(files, 0.0) == []


def test_the_oldest_go_first_and_names_decide_between_equals(files):
    for name, mtime in [("c", 3), ("b", 1), ("d", 2), ("a", 1)]:
        files.see(name, sight(mtime=mtime), now=0.0)
    assert taken(files, 5.0) == list("abdc")


def test_a_batch_is_bounded_in_files_and_bytes(files):
    for number in range(6):
        files.see(str(number), sight(mtime=number, size=40), now=0.0)
    assert taken(files, 5.0, limit=2) == ["0", "1"]
    assert taken(files, 5.0, room=50) == ["2", "3"]
    assert files.next_due(5.0) == 0.0
    assert taken(files, 5.0, room=1) == ["4"]


def test_a_delayed_file_comes_back_later_and_a_forgotten_one_never(files):
    files.see(A, sight(), now=0.0)
    files.see(B, sight(), now=0.0)
    assert len(taken(files, 2.0)) == 2
    files.delay(A, 10.0, now=2.0)
    files.forget(B)
    assert taken(files, 11.9) == []
    assert taken(files, 12.0) == [A]
    assert len(files) == 1


def test_a_file_that_vanished_is_not_taken(files):
    files.see(A, sight(), now=0.0)
    files.see(B, sight(), now=0.0)
    files.retain({B})
    assert taken(files, 5.0) == [B]
    assert files.next_due(5.0) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["see", "delay", "forget", "take"]), st.sampled_from("abc"), st.integers(0, 3)),
        max_size=40,
    )
)
def test_every_file_that_stands_still_is_taken_in_the_end(steps):
    files, now, expected = Candidates(2.0, trust_ctime=False), 0.0, set()
    for number, (step, name, value) in enumerate(steps):
        now += value
        if step == "see":
            files.see(name, sight(mtime=number), now)
            expected.add(name)
        elif step == "delay":
            files.delay(name, value, now)
        elif step == "forget":
            files.forget(name)
            expected.discard(name)
        else:
            for each in taken(files, now, limit=value + 1):
                files.forget(each)
                expected.discard(each)
    assert set(files.names()) == expected
    assert set(taken(files, now + 10)) == expected
