"""What is said once, though it happens again and again."""


class Once:
    """Remembers the last trouble of something that is tried again and again: only another one is news."""

    def __init__(self) -> None:
        self._last = ""

    def is_news(self, trouble: str) -> bool:
        """Return whether this is another trouble than the last time."""
        last, self._last = self._last, trouble
        return trouble != last

    def is_over(self) -> None:
        """Note that it went well: the same trouble is news again."""
        self._last = ""
