"""The test of a widget, written as tests of pytest."""


def read_volts(channel: str) -> float:
    """Stand for an instrument."""
    return {"3V3": 3.31, "5V": 5.02}[channel]


def test_supplies(measure):
    measure("3V3", read_volts("3V3"), "V", low=3.2, high=3.4)
    measure("5V", read_volts("5V"), "V", low=4.75, high=5.25)


def test_self_test():
    assert read_volts("5V") > read_volts("3V3")
