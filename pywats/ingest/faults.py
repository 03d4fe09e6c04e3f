"""Why a file gives no reports: for good, or for now."""

from pywats.ingest.reasons import Reason


class ConversionError(Exception):
    """The file gives no report, and will give none the next time either.

    Attributes:
        reason: the code.
        detail: what was expected and what was found.
        position: where in the file: line and column, or a path into its structure.
    """

    def __init__(self, reason: Reason, detail: str, position: str = "") -> None:
        super().__init__(f"{position}: {detail}" if position else detail)
        self.reason = reason
        self.detail = detail
        self.position = position


class ForeignFileError(ConversionError):
    """The file is well-formed, and of another format: where the converter was but guessed, another one is tried."""

    def __init__(self, detail: str, position: str = "") -> None:
        super().__init__(Reason.MALFORMED, detail, position)


class NotReadyError(Exception):
    """The file cannot be read now: it is locked, still changing, or gone."""
