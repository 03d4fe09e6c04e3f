"""Names of files in packages: they come from outside, and must stay inside the folder that they are meant for."""

import re
from typing import Final

_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_DEEPEST: Final = 64
_ODD: Final = re.compile(r"[\x00-\x1f\x7f:]")


def checked_path(path: str) -> str:
    """The path of a file below some folder, with ``/`` between its parts.

    Raises:
        ValueError: it is absolute, leads out of the folder, or has a part that Windows takes for something else.
    """
    parts = path.replace("\\", "/").split("/")
    if len(parts) > _DEEPEST:
        raise ValueError(f"{path[:100]!r}... lies in more than {_DEEPEST - 1} folders")
    return "/".join(checked_name(part) for part in parts)


def checked_name(name: str) -> str:
    """The name of one file or folder.

    Raises:
        ValueError: it is none, or Windows takes it for something else: a drive, a stream, a device, another name.
    """
    if name in {"", ".", ".."} or "/" in name or "\\" in name:
        raise ValueError(f"{name!r} is no name of a file or folder")
    if _ODD.search(name) or name.endswith((".", " ")) or _DEVICE.fullmatch(name):
        raise ValueError(f"{name!r} is a name that Windows takes for something else")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name!r} is no valid Unicode") from error
    return name


def check_distinct(paths: list[str]) -> None:
    """Refuse paths of which one stands in the way of another, also where case does not count.

    Raises:
        ValueError: two are the same, or one would be a folder of the other.
    """
    known: dict[str, str] = {}
    for path in paths:
        if path.casefold() in known:
            raise ValueError(f"{path!r} and {known[path.casefold()]!r} are the same name")
        known[path.casefold()] = path
    for path in paths:
        folder = path.casefold().rpartition("/")[0]
        while folder:
            if folder in known:
                raise ValueError(f"{known[folder]!r} is a file, and {path!r} needs it to be a folder")
            folder = folder.rpartition("/")[0]
