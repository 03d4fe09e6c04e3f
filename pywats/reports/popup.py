"""The answer to a message that a test program showed."""

from pywats.reports.member import text, whole
from pywats.reports.record import Record

__all__ = ["MessagePopupInfo"]


class MessagePopupInfo(Record):
    """What was answered to a message.

    Attributes:
        button: number of the button.
        response: text that was typed.
    """

    button: int = whole(bits=16)
    button_format: str | None = text(default=None)
    response: str | None = text(longest=100, default=None)
