"""Text that can be shown, whoever it comes from."""


def printable(text: str) -> str:
    """Return the text without anything that could move a terminal's cursor, change its colours or start a line."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def line(text: str) -> str:
    """Return the text as one line: line ends and runs of blanks become one blank."""
    return printable(" ".join(text.split()))


def reason_of(error: Exception) -> str:
    """Return what an error says; of one of the operating system neither its number nor its path."""
    return getattr(error, "strerror", None) or str(error)
