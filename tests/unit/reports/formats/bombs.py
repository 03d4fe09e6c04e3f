"""Reads files that are made to exhaust a reader; run as a program of its own, so that its memory can be measured.

For each attack it prints its name, the seconds it took, the megabytes that it added to the peak, and what came of it.
"""

import importlib
import resource
import sys
import time
from collections.abc import Iterator

from pywats.errors import FormatError

WSXF = "http://wats.virinco.com/schemas/WATS/Report/wsxf"
ATML = "urn:IEEE-1636.1:2011:01:TestResults"
ROOTS = {
    "wsxf": (f'<Reports xmlns="{WSXF}"><Report PN="P" SN="S"><Step Name="x">', "</Step></Report></Reports>"),
    "atml": (f'<c:TestResultsCollection xmlns:c="{ATML}Collection"><c:TestResults><x>', "</x></c:TestResults>"),
}


def xml_attacks(form: str) -> Iterator[tuple[str, bytes]]:
    """Attacks on a reader of XML."""
    begin, end = ROOTS[form]
    laughs = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    yield "laughs", f'<!DOCTYPE r [<!ENTITY a "haha">{laughs}]>{begin}&j;{end}'.encode()
    yield "laughs in an attribute", f'<!DOCTYPE r [<!ENTITY a "haha">{laughs}]><Reports a="&j;"/>'.encode()
    yield "quadratic", f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]>{begin}{"&a;" * 10_000}{end}'.encode()
    yield "file", f'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>{begin}&a;{end}'.encode()
    yield "address", f'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">{begin}{end}'.encode()
    yield "parameter", f'<!DOCTYPE r [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>{begin}{end}'.encode()
    yield "undeclared", f"{begin}&a;{end}".encode()
    yield "deep", (begin + "<Step>" * 200_000).encode()
    yield "attributes", (begin + "<a " + " ".join(f'a{n}=""' for n in range(200_000)) + f"/>{end}").encode()
    yield "long attribute", f'{begin}<a b="{"x" * 20_000_000}"/>{end}'.encode()
    yield "long text", f"{begin}{'x' * 20_000_000}{end}".encode()
    yield "comment", f"{begin}<!--{'x' * 20_000_000}-->{end}".encode()
    yield "elements", (begin + "<a/>" * 2_000_000 + end).encode()
    yield "namespaces", (begin + "".join(f'<a xmlns:b{n}="{n}"/>' for n in range(100_000)) + end).encode()


def json_attacks() -> Iterator[tuple[str, bytes]]:
    """Attacks on a reader of JSON."""
    yield "lists", b"[" * 5_000_000
    yield "objects", b'{"a":' * 1_000_000
    yield "deep in a report", b'{"pn":"P","sn":"S","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    yield "long text", b'{"pn":"' + b"x" * 20_000_000
    yield "digits", b'{"pn":"P","sn":"S","x":' + b"1" * 10_000_000 + b"}"
    yield "many members", b'{"pn":"P","sn":"S"' + b"".join(b',"%d":0' % n for n in range(100_000)) + b"}"
    yield "blanks", b" " * 50_000_000
    yield "nulls", b"[" + b"null," * 1_000_000


def text_attacks() -> Iterator[tuple[str, bytes]]:
    """Attacks on a reader of lines."""
    begin = b"--Header-Start--\nSerialNumber\tS\nPartNumber\tP\n"
    yield "long line", begin + b"x" * 20_000_000
    yield "header", begin + b"a\tb\n" * 2_000_000
    yield "cells", begin + b"--Step-Data-Start--\n" + b"\t" * 5_000_000
    yield "deep", begin + b"--Step-Data-Start--\n" + b"SequenceCall\ta\n" * 500_000


def main(form: str) -> None:
    """Read all attacks on one format."""
    reader = importlib.import_module(f"pywats.reports.formats.{form}")
    attacks = {"wsjf": json_attacks, "wstf": text_attacks}.get(form, lambda: xml_attacks(form))
    for name, content in attacks():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.process_time()
        try:
            outcome = f"{sum(1 for _ in reader.read(content))} read"
        except FormatError as error:
            outcome = f"refused {error}"
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        sys.stdout.write(f"{name}\t{time.process_time() - began:.2f}\t{grown}\t{outcome[:300]}\n")


if __name__ == "__main__":
    main(sys.argv[1])
