"""Writing STDF datalogs in tests, record by record."""

import struct
from typing import Any, Self

LOT = ("LOT1", "CHIP", "node", "type", "job", "1.0", "", "op")


def cn(said: str) -> bytes:
    """Return a text as the format has it."""
    return bytes([len(said)]) + said.encode()


def cns(*said: str) -> bytes:
    """Return texts, one after the other."""
    return b"".join(map(cn, said))


class Datalog:
    """A file that grows; each method adds a record.

    Args:
        order: of bytes: ``<`` or ``>``.
        lot: the texts that its MIR begins with; no MIR if there are none.
    """

    def __init__(self, order: str = "<", *, lot: tuple[str, ...] = LOT) -> None:
        self.order = order
        self.data = b""
        self.add((0, 10), "BB", 2 if order == "<" else 1, 4)
        if lot:
            self.add((1, 10), "IIB3sHc", 1000, 86400, 1, b"P  ", 0xFFFF, b" ", tail=cns(*lot))

    def pack(self, form: str, *values: Any) -> bytes:
        """Return numbers in its order of bytes."""
        return struct.pack(self.order + form, *values)

    def add(self, kind: tuple[int, int], form: str, *values: Any, tail: bytes = b"") -> Self:
        """Add a record of any kind."""
        body = self.pack(form, *values) + tail
        self.data += self.pack("HBB", len(body), *kind) + body
        return self

    def pir(self, site: int = 1, head: int = 1) -> Self:
        """Let a part begin."""
        return self.add((5, 10), "BB", head, site)

    def told(
        self,
        name: str = "",
        low: float = 0.0,
        high: float = 0.0,
        unit: str = "",
        flags: int = 0x0E,
        alarm: str = "",
        spec: tuple[float, ...] = (),
    ) -> bytes:
        """Return what stands behind the value of a PTR."""
        ends = cns(unit, "", "", "") + self.pack(f"{len(spec)}f", *spec) if spec else cn(unit)
        return cns(name, alarm) + self.pack("B3bff", flags, 0, 0, 0, low, high) + ends

    def ptr(
        self,
        number: int,
        value: float,
        *,
        site: int = 1,
        head: int = 1,
        flags: int = 0,
        parameters: int = 0xC0,
        tail: bytes = b"",
    ) -> Self:
        """Add a value."""
        return self.add((15, 10), "IBBBBf", number, head, site, flags, parameters, value, tail=tail)

    def prr(
        self,
        name: str = "P1",
        *,
        site: int = 1,
        head: int = 1,
        flags: int = 0,
        hard: int = 1,
        soft: int = 2,
        x: int = -32768,
        y: int = -32768,
        took: int = 0,
        text: str = "",
    ) -> Self:
        """Let a part end."""
        values = (head, site, flags, 2, hard, soft, x, y, took)
        return self.add((5, 20), "BBBHHHhhI", *values, tail=cns(name, text) if text else cn(name))

    def mrr(self) -> bytes:
        """End the file; return its content."""
        return self.add((1, 20), "I", 2000).data
