"""Parts of an STDF lot: sites at the same time, wafers, bins and equipment, and parts that are tested again."""

import struct
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from converting import converted, refusal
from datalog import LOT, Datalog, cn, cns
from hypothesis import given
from hypothesis import strategies as st

from pywats.ingest.converters import Context, stdf
from pywats.ingest.converters.stdf import lot


def infos(report):
    return {info["description"]: info["text"] for info in report["miscInfos"]}


def names(report):
    return [step["name"] for step in report["root"]["steps"]]


def test_parts_at_several_heads_and_sites_are_kept_apart():
    made = Datalog()
    places = [(head, site) for head in (1, 2) for site in (0, 1, 255)]
    for head, site in places:
        made.pir(site, head)
    for number in (10, 20):
        for index, (head, site) in enumerate(places):
            made.ptr(number + index, 1.0, head=head, site=site)
    for index, (head, site) in enumerate(reversed(places)):
        made.prr(f"P{index}", head=head, site=site)
    reports = converted(stdf, made.mrr())
    assert [names(each) for each in reports] == [[f"test {10 + n}", f"test {20 + n}"] for n in range(5, -1, -1)]
    assert [(infos(each)["Head"], each["uut"]["testSocketIndex"]) for each in reports] == [
        *(("2", 255), ("2", 1), ("2", 0), ("1", 255), ("1", 1), ("1", 0)),
    ]


@given(st.permutations(range(3)), st.data())
def test_a_part_is_the_same_whatever_stands_between_its_records(ends, data):
    """Each site has a queue of records; any merging of them gives the same reports."""

    def records(order):
        made = Datalog()
        header = len(made.data)
        waiting = {
            site: [
                lambda site=site: made.pir(site),
                *(lambda site=site, n=n: made.ptr(n, site + n, site=site, tail=told) for n in range(3)),
                lambda site=site: made.prr(f"P{site}", site=site, took=site),
            ]
            for site in range(3)
        }
        told = made.told("U", 0.0, 9.0, "V")
        for site in order:
            waiting[site].pop(0)()
        assert len(made.data) > header
        return {report["sn"]: report for report in converted(stdf, made.mrr())}

    merged = data.draw(st.permutations([site for site in range(3) for _ in range(5)]))
    assert records(merged) == records([site for site in ends for _ in range(5)])


def test_what_is_noted_stands_in_the_reports_of_the_parts_under_test():
    made = Datalog()
    made.add((50, 30), "", tail=cn("before")).pir(1).add((50, 30), "", tail=cn("first")).pir(2)
    fields = [b"\x0a" + cn("text"), b"\x01\x07", b"\0", b"\x02" + made.pack("H", 300), b"\x03" + made.pack("I", 70000)]
    fields += [b"\x04\xff", b"\x05" + made.pack("h", -300), b"\x06" + made.pack("i", -70000)]
    fields += [b"\x07" + made.pack("f", 0.1), b"\x08" + made.pack("d", 0.1), b"\x0b\x02\xab\xcd"]
    fields += [b"\x0c" + made.pack("H", 10) + b"\x05\x02", b"\x0d\x03"]
    made.add((50, 10), "H", len(fields), tail=b"".join(fields)).prr("P1", site=1).prr("P2", site=2)
    first, second = converted(stdf, made.mrr())
    said = "text 7 300 70000 -1 -300 -70000 0.1 0.1 abcd 0 2 9 3"
    assert first["root"]["reportText"] == f"first\n{said}"
    assert second["root"]["reportText"] == said


def test_more_notes_than_a_report_may_hold_are_cut_where_it_shows():
    made = Datalog().pir()
    for _ in range(500):
        made.add((50, 30), "", tail=cn("x" * 250))
    (report,) = converted(stdf, made.prr().mrr())
    assert len(report["root"]["reportText"]) == 100_000
    assert report["root"]["reportText"].endswith("x…")


def test_bins_have_the_names_that_stand_at_the_end():
    made = Datalog().pir().prr(hard=3, soft=30).pir().prr("P2", hard=4, soft=0xFFFF)
    for kind, number, name in ((40, 3, "OPENS"), (50, 30, "open VDD"), (40, 3, "other"), (50, 0xFFFF, "none")):
        made.add((1, kind), "BBHIc", 255, 255, number, 1, b"F", tail=cn(name))
    first, second = map(infos, converted(stdf, made.mrr()))
    assert (first["Hard bin"], first["Hard bin name"]) == ("3", "OPENS")
    assert (first["Soft bin"], first["Soft bin name"]) == ("30", "open VDD")
    assert second["Hard bin"] == "4"
    assert second.keys().isdisjoint({"Hard bin name", "Soft bin"})


def test_what_the_lot_says_is_in_each_report():
    made = Datalog(lot=(*LOT, *"abcdefghijklmnopqrstuv"))
    made.add((1, 70), "HHH", 2, 3, 5)
    made.add((1, 80), "BBBB", 1, 1, 1, 1, tail=cns("pick", "H1", "", "C9"))
    made.pir(1).pir(2).prr("P1", text="fine").prr("P2", site=2)
    first, second = converted(stdf, made.mrr())
    assert (first["rev"], first["uut"]["batchSN"], first["uut"]["user"]) == ("r", "LOT1", "op")
    said = infos(first)
    assert said["Temperature"] == "d"
    assert (said["Mode"], said["Bins tested again"], said["Part text"]) == ("P", "3, 5", "fine")
    assert (said["Handler type"], said["Handler"], said["Probe card"]) == ("pick", "H1", "C9")
    assert "Handler" not in infos(second)
    assert said.keys().isdisjoint({"Burn-in minutes", "Lot retested", "Command mode"})


def test_texts_that_the_lot_does_not_tell_are_left_out():
    (report,) = converted(stdf, Datalog(lot=("", "CHIP")).add((1, 70), "H", 0).pir().prr().mrr())
    assert "user" not in report["uut"]
    assert infos(report).keys() == {"Mode", "Station number", "Bins tested again", "Head", "Hard bin", "Soft bin"}


def wafer(made, name, start, group=255, head=1):
    return made.add((2, 10), "BBI", head, group, start, tail=cn(name))


def end(made, *texts, group=255, head=1):
    return made.add((2, 20), "BB6I", head, group, 9, 1, 1, 1, 1, 1, tail=cns(*texts))


def test_a_part_has_its_wafer_the_start_of_it_and_its_coordinates():
    made = Datalog()
    wafer(made, "W1", 86460).pir().prr("P1", x=-5, y=0)
    end(made, "", "fab1", "frame", "mask")
    wafer(made, "W2", 0).pir().prr("P2")
    end(made, "W2b").pir().prr("P3")
    made = made.mrr()
    first, second, third = converted(stdf, made)
    said = infos(first)
    assert (said["Wafer"], said["Fab wafer"], said["Wafer frame"], said["Mask"]) == ("W1", "fab1", "frame", "mask")
    assert (said["X"], said["Y"]) == ("-5", "0")
    assert (infos(second)["Wafer"], infos(third).get("Wafer")) == ("W2b", None)
    assert [each["start"][-8:] for each in (first, second, third)] == ["00:01:00", "00:00:00", "00:00:00"]


def test_two_wafers_at_a_time_are_told_apart_by_their_sites():
    made = Datalog()
    made.add((1, 80), "BBBB", 1, 7, 1, 1).add((1, 80), "BBBB", 1, 8, 1, 2)
    wafer(wafer(made, "W7", 1, group=7), "W8", 2, group=8)
    wafer(made, "W9", 3, group=1, head=2)
    made.pir(1).pir(2).pir(3).pir(1, head=2)
    made.prr("P1", site=1).prr("P2", site=2).prr("P3", site=3).prr("P4", head=2)
    assert [infos(each).get("Wafer") for each in converted(stdf, made.mrr())] == ["W7", "W8", None, "W9"]


def test_runs_of_the_same_part_start_when_those_before_had_taken_their_time():
    made = Datalog()
    for name, flags, took in (("A", 0, 2500), ("B", 0, 0), ("A", 0x01, 200), ("B", 0x02, 0), ("A", 0x03, 0)):
        made.pir().prr(name, flags=flags, took=took)
    reports = converted(stdf, made.mrr())
    assert [(each["sn"], each["start"][11:], infos(each).get("Run")) for each in reports] == [
        ("A", "00:00:00", None),
        ("B", "00:00:00", None),
        ("A", "00:00:02.500000", "2"),
        ("B", "00:00:01", "2"),
        ("A", "00:00:03.500000", "3"),
    ]
    assert [infos(each).get("Supersedes") for each in reports] == [
        *(
            None,
            None,
            "runs of its part id",
            "runs at its coordinates",
            "runs of its part id and runs at its coordinates",
        ),
    ]


def test_runs_of_the_same_part_on_two_wafers_start_with_the_wafer_unless_the_one_before_took_longer():
    made = Datalog()
    for start, took in ((100, 0), (101, 0), (200, 3000), (200, 0)):
        wafer(made, "W", start).pir().prr("A", took=took)
        end(made)
    reports = converted(stdf, made.mrr())
    assert [each["start"][-8:] for each in reports] == ["00:01:40", "00:01:41", "00:03:20", "00:03:23"]
    assert [infos(each).get("Run") for each in reports] == [None, "2", "3", "4"]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from([0, 1, 999, 1000, 5000]), st.integers(0, 3))))
def test_no_two_runs_of_a_part_are_one_to_wats(runs):
    made = Datalog()
    for name, took, start in runs:
        wafer(made, "W", 86400 + start).pir().prr(name, took=took)
    starts = {}
    for report in converted(stdf, made.mrr()):
        starts.setdefault(report["sn"], []).append(datetime.fromisoformat(report["start"]))
    for each in starts.values():
        assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(each))


def test_runs_that_no_calendar_holds_are_refused(monkeypatch):
    monkeypatch.setattr(lot, "_BETWEEN_RUNS", 10**15)  # what takes 60,000 runs of the longest time otherwise
    assert refusal(stdf, Datalog().pir().prr().mrr()).startswith("record 4, byte 63: the runs of this part take longer")


def test_a_lot_without_a_start_gives_none():
    made = Datalog()
    made.data = made.data.replace(struct.pack("<I", 86400), bytes(4))
    assert ["start" in each for each in converted(stdf, made.pir().prr().pir().prr().mrr())] == [False, False]


def test_how_the_values_were_understood_is_told_with_their_record():
    told = []
    made = Datalog().pir().ptr(7, 1.5).ptr(7, 2.5).prr("P7").mrr()
    converted(stdf, made, context=Context(explain=lambda *said: told.append(said)))
    assert ("lot", "LOT1", "record 2, byte 6") in told
    assert [(what, value) for what, value, _ in told if what == "test 7"] == [("test 7", 1.5), ("test 7", 2.5)]
    assert [place.split(",")[0] for what, _, place in told if what == "serial_number"] == ["record 6"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_part_repairs_are_kept_as_they_are(order):
    made = Datalog(order).pir()
    made.add((5, 20), "BBBHHHhhI", 1, 1, 0, 2, 1, 2, 3, 4, 0, tail=cns("P1", "") + b"\x02\xab\xcd")
    assert infos(converted(stdf, made.mrr())[0])["Part repair"] == "abcd"
