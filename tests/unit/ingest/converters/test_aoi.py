"""Results of optical inspection: Saki and Viscom."""

import pytest
from converting import children, converted, refusal

from pywats.ingest.converters import saki, viscom

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
        (panel(), "line 1: the panel has no image"),
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
        (viscom_data([]), "there is no board"),
        (viscom_data([board(1)], [("C", 4, 2)]), "there is no board 4"),
        (viscom_data([board(1, "ODD")]), "SinglePCB 1: the result is 'ODD'"),
        (viscom_data([board(1)], begin=""), "Begin of Inspection is"),
        ("<ViscomData/>", "ViscomData has no PCBInformation"),
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
