"""The station that reports name."""

import pickle
import socket

import pytest

from pywats.errors import ConfigurationError
from pywats.station import Purpose, Station


def test_a_station_has_a_name_and_usual_values():
    station = Station(" ICT-1 ", location="Oslo")
    assert station == Station("ICT-1", "Oslo", "Development", "")


def test_a_purpose_is_one_of_the_usual_or_any_text():
    assert Station("a", purpose=Purpose.PRODUCTION).purpose == "Production"
    assert type(Station("a", purpose=Purpose.PRODUCTION).purpose) is str
    assert Station("a", purpose="Burn-in").purpose == "Burn-in"


def test_a_station_is_named_like_the_computer():
    assert Station.from_hostname("Oslo").name == socket.gethostname()


def test_a_station_goes_through_a_mapping_a_copy_and_a_pickle():
    station = Station("ICT-1", "Oslo", "Production", "left")
    assert Station.from_dict(station.to_dict()) == station
    assert station.copy(location="Bergen") == Station("ICT-1", "Bergen", "Production", "left")
    assert pickle.loads(pickle.dumps(station)) == station


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "name is empty"),
        ({"name": 7}, "name is 7; a text is needed"),
        ({"name": "x" * 101}, "name is longer than 100"),
        ({"name": "x", "purpose": "y" * 101}, "purpose is longer"),
    ],
)
def test_what_no_report_can_hold_is_refused(values, words):
    with pytest.raises(ConfigurationError, match=words):
        Station(**values)


def test_a_mapping_is_checked():
    with pytest.raises(ConfigurationError, match="unknown: place"):
        Station.from_dict({"name": "x", "place": "y"})
    with pytest.raises(ConfigurationError, match="name is missing"):
        Station.from_dict({"location": "x"})
