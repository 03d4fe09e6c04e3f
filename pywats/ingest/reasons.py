"""States of a report in the spool, and the reasons why it, or a file, stands where it stands."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an accepted report stands."""

    QUEUED = "queued"
    """waits to be sent"""
    SENDING = "sending"
    """leased to the uploader; its answer is not recorded yet"""
    RESTING = "resting"
    """was sent without success and waits a while before it is queued again"""
    DONE = "done"
    """the server answered with its id; the body is gone, id and identity stay"""
    QUARANTINED = "quarantined"
    """the server refused the content; it is not sent again by itself"""
    HELD = "held"
    """a person has to decide"""
    DROPPED = "dropped"
    """a person has given it up; the body is gone"""


ACTIVE: Final = (State.QUEUED, State.SENDING, State.RESTING)
"""The states of a report that is still on its way."""


class Reason(StrEnum):
    """Why something happened to a report or a file: codes that do not change, for people, logs and metrics."""

    # on its way
    ACCEPTED = "accepted"
    CLAIMED = "claimed"
    STORED = "stored"
    RESTED = "rested"
    DUPLICATE = "duplicate"
    GIVEN_AGAIN = "given_again"
    # decided by a person
    RETRIED = "retried"
    RELEASED = "released"
    DROPPED = "dropped"
    # came back to the queue
    RESTARTED = "restarted"
    LEASE_EXPIRED = "lease_expired"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    SERVER_BUSY = "server_busy"
    SERVER_FAILED = "server_failed"
    CREDENTIALS_REFUSED = "credentials_refused"
    MISDIRECTED = "misdirected"
    # held
    ID_CONFLICT = "id_conflict"
    IDENTITY_COLLISION = "identity_collision"
    OTHER_ID = "other_id"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CONTENT_LOST = "content_lost"
    # refused by the server
    REFUSED = "refused"
    # files of which nothing, or nothing more, comes
    CUT_SHORT = "cut_short"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNRECOGNISED = "unrecognised"
    MALFORMED = "malformed"
    TOO_DEEP = "too_deep"
    MISSING_FIELD = "missing_field"
    WRONG_VALUE = "wrong_value"
    CONVERTER_FAILED = "converter_failed"
    CONVERTER_TIMEOUT = "converter_timeout"
    CONVERTER_DIED = "converter_died"
    CONVERTER_MEMORY = "converter_memory"


WHAT_TO_DO: Final[Mapping[Reason, str]] = {
    Reason.CREDENTIALS_REFUSED: (
        "Give the daemon a token that WATS takes for posting reports. Nothing is lost: the reports wait in the spool."
    ),
    Reason.MISDIRECTED: (
        "Check base_url and proxy: what answers there is not WATS, or not this API. The reports wait in the spool."
    ),
    Reason.ID_CONFLICT: (
        "Two files carry the same report id with different content. Find out which is right; if both are, give the "
        "second an id of its own and drop it into the folder again."
    ),
    Reason.IDENTITY_COLLISION: (
        "The server would replace the first report by this one: type, serial number, part number, process and start "
        "are the same. Correct the start time of one of them, or set on_collision: send where replacing is right."
    ),
    Reason.OTHER_ID: (
        "The server answered with the id of another report. Look both ids up in WATS before sending this one again."
    ),
    Reason.OUTCOME_UNKNOWN: (
        "The report was sent many times without a readable answer. Look it up in WATS by its id; if it is not there, "
        "see whether a proxy or the report's size is in the way."
    ),
    Reason.CONTENT_LOST: (
        "A damaged disk took the content of this report. Drop it, put its file from the archive back into the watched "
        "folder, and check the disk."
    ),
    Reason.REFUSED: "Correct what the server names, or what it misses, and put the file back into the watched folder.",
    Reason.CUT_SHORT: (
        "The daemon was interrupted while it took this file, and then the file was taken away or changed. What was "
        "taken is sent. Put the file back as it was for the rest; nothing is sent twice."
    ),
    Reason.EMPTY: "The file holds nothing. Let the tester write it again.",
    Reason.TOO_LARGE: (
        "Raise max_file_size of this source, or max_size of the spool, whichever is named, if files of this size are "
        "meant to be read. Of a report that is too large, leave out attachments, or let the tester write several."
    ),
    Reason.UNRECOGNISED: "No converter recognises this file. Name the converter of this source, or narrow its pattern.",
    Reason.MALFORMED: "Repair the file at the place named, or let the tester write it again.",
    Reason.TOO_DEEP: "The file nests deeper than any report does. Let the tester write it again.",
    Reason.MISSING_FIELD: "Add the field named and put the file back into the watched folder.",
    Reason.WRONG_VALUE: "Correct the field named and put the file back into the watched folder.",
    Reason.CONVERTER_FAILED: (
        "The converter has a fault of its own. Report it with the file; the text says where it failed."
    ),
    Reason.CONVERTER_TIMEOUT: (
        "The converter took too long and was stopped. Raise convert.timeout if the file is just large; otherwise "
        "report it with the file."
    ),
    Reason.CONVERTER_DIED: (
        "The process that converted the file ended in the middle. Report it with the file; if other programs end too, "
        "the computer may be short of memory."
    ),
    Reason.CONVERTER_MEMORY: (
        "The converter needs more memory than it may have. Raise convert.memory if the file is just large; otherwise "
        "report it with the file."
    ),
}
"""What a person can do about each reason that needs one."""
