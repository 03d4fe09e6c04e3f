"""Who asks: what the sandbox knows of the owner of a token."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The owner of a token.

    Attributes:
        name: tells callers apart.
        writes: may change something.
        client: the identifier under which it is registered, if it is a client.
    """

    name: str
    writes: bool
    client: str | None = None


NOBODY = Caller("", writes=False)
"""Who asks without a token."""
