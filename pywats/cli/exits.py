"""How a command ends: its exit code, and the one line that says why."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a shell, a service manager or a build sees of a command."""

    OK = 0
    """everything was done"""
    FAILED = 1
    """the work, or a part of it, failed: something was quarantined, refused, or could not be reached"""
    USAGE = 2
    """the command line or a file given on it is wrong; nothing was done"""
    INTERRUPTED = 130
    """stopped by Ctrl-C"""


class CommandError(Exception):
    """A command cannot go on.

    Attributes:
        message: what happened and what to do, without a full stop; one line unless it lists mistakes of a file.
        code: the exit code.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        self.message = message
        self.code = code
        super().__init__(message)
