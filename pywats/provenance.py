"""Which files ``import pywats`` is made of, checked before any of them is used.

Two names of this distribution may belong to somebody else. A script's own ``workers.py`` hides the package
``workers``, and the vendor's distribution ``pywats-api`` installs a package called ``pywats`` as well. Both would
otherwise show as an odd error far from their cause. Nothing but the standard library is imported here.
"""

import os
import re
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

OURS = "pywats-workers"
VENDORS = "pywats-api"

_NOTE = re.compile(r"pywats[-_.]+api(-.*)?\.(dist|egg)-info", re.IGNORECASE)  # as installers call what they leave
_PYWATS = Path(__file__).resolve().parent
_WORKERS = _PYWATS.parent / "workers"


class ForeignPackageError(ImportError):
    """A package of this distribution is hidden by, or mixed with, files of somebody else; ``path`` says where."""


def check() -> None:
    """Make sure that the packages ``pywats`` and ``workers`` are the two of this distribution.

    A vendor's package elsewhere on the path is a ``RuntimeWarning``: this process has a whole ``pywats``, another may
    get the vendor's.

    Raises:
        ForeignPackageError: ``workers`` is somebody else's, or the vendor's package lies in this one's folder.
    """
    _check_workers()
    folder = _vendors_folder()
    if folder is None:
        return
    if _is_mixed(folder):
        raise ForeignPackageError(_advice(folder), name="pywats", path=str(_PYWATS))
    warnings.warn(_advice(folder), RuntimeWarning, stacklevel=3)


def vendor_installation() -> str | None:
    """Return what to do about an installed ``pywats-api``, or ``None`` when there is none."""
    folder = _vendors_folder()
    return None if folder is None else _advice(folder)


def _check_workers() -> None:
    found = _place_of_workers()
    if found == _WORKERS:
        return
    if found is None:
        message = f"the package 'workers' is missing beside {_PYWATS}; install {OURS} again"
    else:
        message = (
            f"{found} is imported as 'workers', a package that {OURS} brings along in {_WORKERS}; "
            "give that file or folder another name, or run the script from another place"
        )
    raise ForeignPackageError(message, name="workers", path=None if found is None else str(found))


def _place_of_workers() -> Path | None:
    """The folder or file that ``import workers`` means; it is looked up, not run."""
    module = sys.modules.get("workers")
    if module is None:
        spec = find_spec("workers")
        origin, folders = (spec.origin, spec.submodule_search_locations) if spec else (None, None)
    else:
        origin, folders = getattr(module, "__file__", None), getattr(module, "__path__", None)
    if origin is None:
        return next((Path(folder).resolve() for folder in folders or ()), None)
    path = Path(origin).resolve()
    return path.parent if folders is not None else path


def _vendors_folder() -> Path | None:
    """The folder on the path where an installer noted the vendor's distribution.

    ``importlib.metadata`` would find it, too, and takes longer to import than all that is imported here.
    """
    for folder in sys.path:
        try:
            with os.scandir(folder or os.curdir) as entries:
                if any(_NOTE.fullmatch(entry.name) for entry in entries):
                    return Path(folder).resolve()
        except OSError:  # a path may name what is no folder
            continue
    return None


def _is_mixed(folder: Path) -> bool:
    return (folder / "pywats").resolve() == _PYWATS


def _advice(folder: Path) -> str:
    if _is_mixed(folder):
        return (
            f"{VENDORS} and {OURS} are both installed in {_PYWATS}, each over the other's files; "
            f"run `pip uninstall {VENDORS} {OURS}`, then install the one that is wanted"
        )
    return (
        f"{VENDORS} is installed too, in {folder}, and its package is also called 'pywats'; "
        f"this process uses {_PYWATS}, but the order of sys.path decides; "
        f"run `pip uninstall {VENDORS}` or give each an environment of its own"
    )
