"""Results of optical inspection: Saki and Viscom."""

import random

import pytest
from converting import children, converted, refusal

from pywats.ingest.conversion.order import Found, Order, convert
from pywats.ingest.converters import saki, temporary, viscom
from pywats.ingest.faults import NotReadyError
from pywats.ingest.files.reading import Stamp
from pywats.reports.formats import safe_xml

WINDOW = "<Window id='w'><WinID>{0}</WinID><PCBNumber>{1}</PCBNumber><Result><Type>{2}</Type></Result></Window>"


def image(number, result="passed", barcode="N/A", false=(), failed=()):
    def listed(name, references):
        found = "".join(f'<Reference designator="{each}" package="pkg"/>' for each in references)
        return f"<{name}>{found}</{name}>"

    lists = listed("FalseCalls", false) + listed("Failed", failed)
    return f'<Image barcode="{barcode}" id="{number}" result="{result}"><Results>{lists}</Results></Image>'


def panel(*images, date="01/02/2024", result="failed"):
    head = f'barcode="S1" result="{result}" startDate="{date}" startTime="08:59:14" side="TOP" operator="O"'
    return f'<Panel {head}><Program name="P" ver="2"/>{"".join(images)}</Panel>'


def board(number, result="PASS", barcode="B"):
    return (
        f"<SinglePCB><Barcode>{barcode}{number}</Barcode><Number>{number}</Number><Result>{result}</Result></SinglePCB>"
    )


def viscom_data(boards, windows=(), begin="<Begin>20250307</Begin>"):
    station = "<Station><Name>L10</Name></Station><Repair><OperatorName>pk</OperatorName></Repair>"
    program = "<Program><InspectionPlanName>PLAN</InspectionPlanName></Program>"
    times = f"<Inspection><Date>{begin}</Date><Time><Begin>91305</Begin></Time><Duration>39</Duration></Inspection>"
    found = "".join(WINDOW.format(*each) for each in windows)
    return (
        f"<ViscomData><GlobalInformation>{station}{program}{times}</GlobalInformation>"
        f"<PCBInformation>{''.join(boards)}</PCBInformation><ComponentInformation>{found}</ComponentInformation></ViscomData>"
    )


def test_a_panel_without_barcodes_of_its_images_is_one_unit():
    (report,) = converted(saki, panel(image(1, "failed", false=["R1"], failed=["R1", "C1"]), image(2)))
    assert (report["sn"], report["start"], report["result"]) == ("S1", "2024-02-01T08:59:14", "F")
    assert [(step["name"], step["status"]) for step in report["root"]["steps"]] == [("Image 1", "F"), ("Image 2", "P")]
    steps = children(report["root"], "Image 1")
    assert [(step["name"], step["status"]) for step in steps] == [("R1", "P"), ("R1", "F"), ("C1", "F")]
    assert steps[0]["reportText"] == "false call\npackage: pkg"


def test_images_with_barcodes_are_units():
    reports = converted(saki, panel(image(1, "failed", "B1"), image(2, barcode="B2")), date="month", part_number="side")
    assert [(each["sn"], each["result"], each["pn"], each["start"][:10]) for each in reports] == [
        ("B1", "F", "TOP", "2024-01-02"),
        ("B2", "P", "TOP", "2024-01-02"),
    ]


def test_the_references_of_the_real_panel(shared):
    (path,) = (shared / "corpus" / "saki-aoi-xml").iterdir()
    (report,) = converted(saki, path.read_bytes())
    assert [step["status"] for step in report["root"]["steps"]] == ["F", "P", "P"]
    assert sum(len(step["steps"]) for step in report["root"]["steps"]) == 34


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (panel(), "there is no Image in it"),
        (panel(f"<Lane>{image(1)}</Lane>"), "line 1: an Image stands in another element than Panel"),
        (panel(image(1, "odd")), "line 1: result is 'odd'"),
        (panel(image(1), date="31/31/2024"), "line 1: startDate is"),
        (panel(image(1).replace("FalseCalls", "Other")), "line 1: Other is neither FalseCalls nor Failed"),
        (panel(image(1, failed=["R"]).replace('designator="R"', "")), "line 1: Reference has no designator"),
    ],
)
def test_what_is_wrong_in_a_panel_is_named(content, words):
    assert words in refusal(saki, content)


def test_each_board_is_a_report():
    windows = [("C1", 1, 2), ("C2", 2, 2), ("C3", 2, 5)]
    first, second, third = converted(viscom, viscom_data([board(1), board(2, "FAIL"), board(3)], windows))
    assert [(each["sn"], each["result"]) for each in (first, second, third)] == [("B1", "P"), ("B2", "F"), ("B3", "P")]
    assert (first["start"], first["machineName"]) == ("2025-03-07T09:13:05", "L10")
    assert first["uut"] == {"user": "pk", "execTime": 39.0, "testSocketIndex": 1}
    assert [(step["name"], step["status"]) for step in second["root"]["steps"]] == [("C2", "P"), ("C3", "F")]
    assert [step["name"] for step in third["root"]["steps"]] == ["Inspection"]
    assert converted(viscom, viscom_data([board(1)]), part_number="program")[0]["pn"] == "PLAN"


def test_the_boards_of_the_real_panel(shared):
    (path,) = (shared / "corpus" / "viscom-aoi-xml").iterdir()
    reports = converted(viscom, path.read_bytes())
    assert [report["sn"][9:13] for report in reports] == ["0403", "0404", "0405", "0406", "0407", "0408"]
    assert [report["start"] for report in reports] == ["2025-03-07T21:32:52"] * 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (viscom_data([]), "ViscomData has no SinglePCB in PCBInformation"),
        (viscom_data([board(1)], [("C", 1, 2), ("C", 4, 2)]), "line 1, Window: there is no board 4"),
        (viscom_data([board(1)]).replace("GlobalInformation", "Other"), "ViscomData has no GlobalInformation"),
        (viscom_data([board(1, "ODD")]), "SinglePCB 1: the result is 'ODD'"),
        (viscom_data([board(1)], begin=""), "Begin of Inspection is"),
        (viscom_data([board(1)]).replace("<Duration>39", "<Duration>x"), "Duration of Inspection is 'x', not a number"),
        ("<ViscomData/>", "there is no GlobalInformation or SinglePCB or Window in it"),
    ],
)
def test_what_is_wrong_in_viscom_data_is_named(content, words):
    assert words in refusal(viscom, content)


def test_a_panel_keeps_what_has_no_field():
    text = panel(image(1, barcode="B1"), image(2)).replace('ver="2"', 'ver="2" rev="C"')
    text = text.replace('side="TOP"', 'side="TOP" endTime="09:00:00"').replace('id="1"', 'id="1" x="7"')
    (report,) = converted(saki, text.replace("</Image>", "<Note>dusty</Note></Image>", 1))
    assert {info["description"]: info["text"] for info in report["miscInfos"]} == {
        "side": "TOP",
        "endTime": "09:00:00",
        "Program rev": "C",
    }
    assert [step.get("reportText") for step in report["root"]["steps"]] == ["barcode: B1\nx: 7\nNote: dusty", None]


@pytest.mark.parametrize(
    ("date", "start"),
    [("2024-02-01", "2024-02-01T08:59:14"), ("1.2.2024", "2024-02-01T08:59:14"), ("2024/02/01", "2024-02-01T08:59:14")],
)
def test_dates_of_a_panel_have_many_forms(date, start):
    assert converted(saki, panel(image(1), date=date))[0]["start"] == start
    (later,) = converted(saki, panel(image(1), date=date).replace("08:59:14", "08:59:14 PM"))
    assert later["start"] == start.replace("T08", "T20")


def test_an_image_that_was_skipped_is_terminated():
    reports = converted(saki, panel(image(1, "skipped", "B1"), image(2, "OK", "B2")))
    assert [(each["result"], each["root"]["steps"][0]["status"]) for each in reports] == [("T", "S"), ("P", "P")]


def test_viscom_data_keeps_what_has_no_field():
    text = viscom_data([board(1, "FAIL")], [("C1", 1, 2)])
    text = text.replace("<Station>", "<Station><Model>M9</Model>").replace("<Number>1", "<PCB-ID>-1</PCB-ID><Number>1")
    (report,) = converted(viscom, text.replace("</Result></Window>", "<Number>4</Number></Result></Window>"))
    assert report["root"]["reportText"] == "Station Model: M9\nPCB-ID: -1"
    (step,) = report["root"]["steps"]
    assert (step["name"], step["reportText"]) == ("C1", "type: 2\nid: w\nResult Number: 4")


def test_what_is_told_between_and_behind_the_images_of_a_panel_is_told_once():
    images = [image(number, barcode=f"B{number}") for number in range(4)]
    text = panel(
        images[0], "<Lane>l1</Lane>", images[1], '<Oven zone="7"/><Lane>l2</Lane>', *images[2:], "<Shift>s</Shift>"
    )
    text = text.replace('<Program name="P" ver="2"/>', "").replace("</Panel>", '<Program name="P" rev="C"/></Panel>')
    reports = converted(saki, text)
    assert [report["sn"] for report in reports] == ["B0", "B1", "B2", "B3"]
    for report in reports:
        told = [(info["description"], info["text"]) for info in report["miscInfos"]]
        assert told == [
            ("side", "TOP"),
            ("Lane", "l1"),
            ("Oven zone", "7"),
            ("Lane", "l2"),
            ("Shift", "s"),
            ("Program rev", "C"),
        ]
        assert report["root"]["seqCall"] == {"name": "P"}


@pytest.mark.parametrize(
    ("barcodes", "count"), [("abcdefgh", 8), ("abcdefga", 1), ("abcdefg ", 1), (" bcdefgh", 1), ("aacdefgh", 1)]
)
@pytest.mark.parametrize("few", [3, 8, 100])
def test_one_barcode_that_is_missing_or_there_twice_makes_the_panel_one_unit(barcodes, count, few, monkeypatch):
    monkeypatch.setattr(saki, "_FEW", few)
    reports = converted(saki, panel(*(image(at, barcode=barcode) for at, barcode in enumerate(barcodes))))
    assert len(reports) == count
    assert sum(len(report["root"]["steps"]) for report in reports) == len(barcodes)


def test_findings_belong_to_boards_by_their_numbers_wherever_they_stand():
    numbers = list(range(1, 40))
    windows = [(f"C{number}-{at}", number, 5) for number in numbers for at in range(3)]
    random.Random(7).shuffle(windows)
    text = viscom_data([board(number, "FAIL") for number in numbers], windows)
    parts = [text.index(name) for name in ("<GlobalInformation>", "<PCBInformation>", "<ComponentInformation>")]
    general, boards, findings = (
        text[b:e] for b, e in zip(parts, [*parts[1:], text.index("</ViscomData>")], strict=True)
    )
    backwards = f"<ViscomData>{findings}{boards}{general}</ViscomData>"
    assert converted(viscom, backwards) == converted(viscom, text)
    for number, report in zip(numbers, converted(viscom, text), strict=True):
        assert report["sn"] == f"B{number}"
        wanted = [name for name, where, _ in windows if where == number]
        assert [step["name"] for step in report["root"]["steps"]] == wanted


def _large(module):
    if module is saki:
        return panel(*(image(number, "failed", f"B{number}", false=["R1"] * 5) for number in range(1000)))
    numbers = range(500)
    return viscom_data(
        [board(number) for number in numbers], [("C1", number, 2) for number in numbers for _ in range(10)]
    )


@pytest.mark.parametrize("module", [saki, viscom])
def test_a_panel_of_any_size_is_read_piece_by_piece(module, monkeypatch):
    text = _large(module)
    assert len(text) > 300_000
    monkeypatch.setattr(safe_xml, "MOST_BYTES", 100_000)  # of one board, and not of the file
    assert converted(module, text)


@pytest.mark.parametrize("module", [saki, viscom])
def test_a_disk_that_takes_no_temporary_files_says_nothing_against_the_panel(module, tmp_path, monkeypatch):
    monkeypatch.setattr(saki, "_FEW", 10)
    monkeypatch.setattr(temporary, "_QUICK", f"{temporary._QUICK} PRAGMA max_page_count = 4;")
    path = tmp_path / "panel.xml"
    path.write_text(_large(module))
    name = module.__name__.rpartition(".")[2]
    order = Order(path=path, stamp=Stamp.of(path.stat()), converter=name)
    with pytest.raises(NotReadyError, match="temporary files: database or disk is full"):
        list(convert(order, Found(converter=name)))
