"""What can go wrong with the spool itself."""

from pywats.errors import PyWATSError


class IngestError(PyWATSError):
    """The daemon cannot go on; the text says why."""


class SpoolError(IngestError):
    """The spool cannot be used; the text says why and what to do."""


class SpoolFullError(SpoolError):
    """The spool takes no more reports: the disk is full, or its own limit is reached."""


class SpoolDamagedError(SpoolError):
    """The spool's file is damaged; what can be read of it is saved when it is opened again."""


class SpoolLockedError(SpoolError):
    """Another process works on this spool."""


class NotPossibleError(SpoolError):
    """What was asked of a report cannot be done in the state it is in."""


class LeaseLostError(SpoolError):
    """The report was taken back before its outcome was recorded."""
