"""The life of a fixture: used by reports until it warns and alarms, calibrated, fine again; with the cards in it."""

from datetime import UTC, datetime, timedelta

from pywats import AssetLogType, AssetState, IntervalMode, pyWATS
from pywats.query import odata


def run_tests(api: pyWATS, make_report, numbers: range, *serial_numbers: str) -> None:
    """Send a report for each number; each test used these assets once."""
    for number in numbers:
        api.report.submit(make_report(number, assets=[{"assetSN": each, "usageCount": 1} for each in serial_numbers]))


def test_a_fixture_is_used_wears_out_and_is_calibrated(wats_api: pyWATS, make_report):
    assets = wats_api.asset
    kind = assets.create_asset_type(
        "Bed of nails", running_count_limit=10, total_count_limit=1000, calibration_interval=365, warning_threshold=80
    )
    assert kind is not None
    assert kind.type_id is not None
    made = assets.create_asset("BED-1", kind.type_id, "Bed of nails 1", location="Oslo")
    assert made is not None
    assert made.asset_id is not None
    assets.record_calibration(made.asset_id, comment="when it was new")
    assert assets.get_assets_in_warning() == assets.get_assets_in_alarm() == []

    run_tests(wats_api, make_report, range(1, 8), "BED-1")
    used = assets.get_asset_by_serial("BED-1")
    assert used is not None
    assert (used.running_count, used.total_count) == (7, 7)
    assert not assets.is_in_warning(used)

    run_tests(wats_api, make_report, range(8, 9), "BED-1")
    (near,) = assets.get_assets_in_warning()
    assert near.serial_number == "BED-1"
    assert assets.is_in_warning(near)
    assert not assets.is_in_alarm(near)

    run_tests(wats_api, make_report, range(8, 9), "BED-1")  # the same report once more is the same use
    assert assets.get_assets_in_alarm() == []
    run_tests(wats_api, make_report, range(9, 12), "BED-1")
    assert assets.get_assets_in_warning() == []
    (worn,) = assets.get_assets_in_alarm()
    status = assets.get_status(worn.asset_id)
    assert status is not None
    assert (status["runningCount"], status["runningCountExceeded"]) == (11, 1)

    assets.set_asset_state(AssetState.IN_CALIBRATION, worn.asset_id)
    assets.upload_file(made.asset_id, "certificate.pdf", b"%PDF-1.7 calibrated")
    assets.record_calibration(worn.asset_id, comment="new pins")
    assets.set_asset_state("in operation", worn.asset_id)
    fine = assets.get_asset(worn.asset_id)
    assert fine is not None
    assert (fine.running_count, fine.total_count, fine.state) == (0, 11, AssetState.IN_OPERATION)
    assert fine.next_calibration_date is not None
    assert timedelta(days=364) < fine.next_calibration_date - datetime.now(UTC) < timedelta(days=366)
    assert assets.get_assets_in_alarm() == assets.get_assets_in_warning() == []

    assert assets.download_file(made.asset_id, "certificate.pdf") == b"%PDF-1.7 calibrated"
    history = list(assets.iter_asset_log(odata.eq("assetId", made.asset_id)))
    kinds = [AssetLogType.STATE_CHANGE, AssetLogType.CALIBRATION, AssetLogType.STATE_CHANGE, AssetLogType.CALIBRATION]
    assert [entry.log_type for entry in history] == [*kinds, AssetLogType.REGISTER]
    assert history[1].comment == "new pins"


def test_the_cards_of_a_rack_wear_out_with_it(wats_api: pyWATS, make_report):
    assets = wats_api.asset
    rack_kind = assets.create_asset_type("Rack", maintenance_interval=IntervalMode.UNLIMITED)
    card_kind = assets.create_asset_type("Card", total_count_limit=5, warning_threshold=60)
    assert rack_kind is not None
    assert rack_kind.type_id is not None
    assert card_kind is not None
    assert card_kind.type_id is not None
    rack = assets.create_asset("RACK", rack_kind.type_id)
    assert rack is not None
    assert rack.asset_id is not None
    for number in ("CARD-1", "CARD-2"):
        card = assets.create_asset(number, card_kind.type_id)
        assert card is not None
        assert card.asset_id is not None
        assets.add_child_asset(rack.asset_id, card.asset_id)

    run_tests(wats_api, make_report, range(1, 3), "RACK", "CARD-1")
    assets.increment_count(rack.asset_id, increment_children=True)
    counts = {card.serial_number: card.total_count for card in assets.get_child_assets(rack.asset_id, level=0)}
    assert counts == {"CARD-1": 3, "CARD-2": 1}
    assert [card.serial_number for card in assets.get_assets_in_warning()] == ["CARD-1"]

    assets.increment_count(rack.asset_id, amount=2, increment_children=True)
    assert [card.serial_number for card in assets.get_assets_in_alarm()] == ["CARD-1"]
    assert [card.serial_number for card in assets.get_assets_in_warning()] == ["CARD-2"]
    assets.set_asset_state(AssetState.SCRAPPED, serial_number="CARD-1")
    assets.delete_asset(serial_number="CARD-1")
    assert [card.serial_number for card in assets.get_child_assets(rack.asset_id)] == ["CARD-2"]

    assets.delete_asset(rack.asset_id)
    orphan = assets.get_asset_by_serial("CARD-2")
    assert orphan is not None
    assert orphan.parent_asset_id is None
