"""A process that converts files. It knows no server and no secret."""

import faulthandler
import json
import os
import signal
import sys
from typing import BinaryIO, Final

from pywats.ingest.conversion.frames import Answer, read_order, write_frame
from pywats.ingest.conversion.limits import limit_memory
from pywats.ingest.conversion.order import Found, convert
from pywats.ingest.faults import ConversionError, NotReadyError
from pywats.ingest.reasons import Reason

GRACE: Final = 5.0
"""Seconds beyond the time limit after which a process that nobody stopped ends by itself."""


def main() -> None:
    """Convert one file after another, until the daemon is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they are meant for the daemon, which ends this process
        signal.signal(number, signal.SIG_IGN)
    memory, timeout = int(sys.argv[1]), float(sys.argv[2])
    # What a converter prints must not meet what is said to the daemon.
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    limit_memory(memory)
    try:
        with os.fdopen(nothing, "wb") as trash:
            write_frame(answers, Answer.READY)
            while line := orders.readline():
                # A daemon that was killed cannot stop a converter that hangs.
                faulthandler.dump_traceback_later(timeout + GRACE, exit=True, file=trash)
                _carry_out(line, answers)
                faulthandler.cancel_dump_traceback_later()
    except BrokenPipeError:  # it was killed: nobody is there to be told
        os._exit(0)


def _carry_out(line: bytes, answers: BinaryIO) -> None:
    order = read_order(line)
    found = Found(converter=order.converter)
    try:
        for body in convert(order, found):
            _tell_found(answers, found)
            write_frame(answers, Answer.REPORT, body)
    except ConversionError as error:
        _tell_found(answers, found)
        what = {"reason": error.reason, "detail": error.detail, "position": error.position}
        write_frame(answers, Answer.REFUSED, json.dumps(what).encode("ascii"))
        if error.reason is Reason.CONVERTER_MEMORY:
            sys.exit()  # what was allocated may never be given back
    except NotReadyError as error:
        write_frame(answers, Answer.NOT_READY, str(error).encode("utf-8", "replace"))
    else:
        _tell_found(answers, found)
        write_frame(answers, Answer.DONE)


def _tell_found(answers: BinaryIO, found: Found) -> None:
    """Tell what is known of the file; the daemon needs it before the first report."""
    what = {"converter": found.converter, "digest": found.digest.hex(), "said": found.said}
    write_frame(answers, Answer.FOUND, json.dumps(what).encode("ascii"))
