"""The phases that a unit can be in. Their ids are bits; the bit ``QUEUED`` says that the unit waits for its turn."""

from pywats.sandbox.answers import refusal

UNDER_PRODUCTION = 2
FINALIZED = 16
QUEUED = 4096

_NAMES = {
    1: "Unknown",
    2: "Under Production",
    4: "Production Repair",
    8: "Service Repair",
    16: "Finalized",
    32: "Scrapped",
    64: "Extended Test",
    128: "Customization",
    256: "Repaired",
    512: "Missing",
    1024: "In Storage",
    2048: "Shipped",
    QUEUED | 2: "Under Production Queue",
    QUEUED | 4: "Production Repair Queue",
    QUEUED | 8: "Service Repair Queue",
}
_ALL = 2 * QUEUED - 1


def name_of(phase: int) -> str:
    """Return the name of a phase; of several bits, their names."""
    if phase in _NAMES:
        return _NAMES[phase]
    return ", ".join(name for bit, name in _NAMES.items() if bit.bit_count() == 1 and bit & phase)


def shown(phase: int) -> dict[str, object]:
    """Return a phase as the web pages read it."""
    name = name_of(phase)
    return {"UnitPhaseId": phase, "Code": name.replace(" ", ""), "Name": name, "Description": f"Phase: {name}"}


def every() -> list[dict[str, object]]:
    """Return all phases that have names, as the web pages read them."""
    return [shown(phase) for phase in _NAMES]


def read(text: str) -> int:
    """Return the phase that an id, a name or a code stands for, or refuse with 400."""
    bare = text.strip()
    if bare.isascii() and bare.isdigit() and len(bare) <= 5:  # noqa: PLR2004 - no id is longer
        return checked(int(bare))
    for phase, name in _NAMES.items():
        if bare.replace(" ", "").lower() == name.replace(" ", "").lower():
            return phase
    raise refusal(400, f"There is no unit phase {text}.")


def checked(phase: int) -> int:
    """Return a phase that is made of known bits, or refuse with 400."""
    if not 0 < phase <= _ALL or phase == QUEUED:
        raise refusal(400, f"There is no unit phase {phase}.")
    return phase
