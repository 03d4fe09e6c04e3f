"""What is installed on this machine, in a file of JSON that survives whatever happens while it is written."""

import json
import os
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from pywats.errors import ConfigurationError, InstallError, NotFoundError, ValidationError
from pywats.filelock import lock
from pywats.packages.tags import selects

R = TypeVar("R")

VARIABLE: Final = "WATS_PACKAGE_MANIFEST"
"""The environment variable that names the manifest of this machine."""

_PATIENCE: Final = 10.0
_PAUSE: Final = 0.02


@dataclass(slots=True)
class InstalledFile:
    """A file of an installed package.

    Attributes:
        path: below the folder for packages, with ``/`` between its parts.
        modified_utc: when its content was changed, in ISO 8601.
        attributes: as a number; see `FileAttribute`.
        file_id: of the file in the package.
        repo_file_id: of the content behind it.
        checksum: SHA-256 of what was written; empty for a file that was there already and is not the package's.
        server_checksum: what the server says of the content.
    """

    path: str
    modified_utc: str
    attributes: int
    file_id: str
    repo_file_id: str
    checksum: str = ""
    server_checksum: str = ""


@dataclass(slots=True)
class InstalledPackage:
    """A package that is installed here.

    Attributes:
        root_path: the folder for packages.
        installed_at: in ISO 8601.
        package_folder: whether it has a folder of its own there.
        tags: as an XML document.
        available_version: a newer version that the server had when it was asked.
    """

    package_id: str
    name: str
    version: int
    status: str
    root_path: str
    installed_at: str
    download_size: int
    package_folder: bool
    tags: str
    files: list[InstalledFile] = field(default_factory=list[InstalledFile])
    available_version: int | None = None


class PackageManifest:
    """The packages that are installed on a machine.

    Every method reads the file anew, so several processes may use it.

    Args:
        manifest_path: the file; it need not exist.

    Raises:
        ConfigurationError: by any method: the file is something else, or cannot be read.
    """

    def __init__(self, manifest_path: Path | str) -> None:
        self.path = Path(manifest_path)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a manifest from its path, where a job or the command line names one."""

        def read(value: object) -> PackageManifest:
            if isinstance(value, str | Path):
                return cls(value)
            if isinstance(value, cls):
                return value
            raise ValueError("a package manifest is given by its path")

        del source, handler
        return core_schema.no_info_plain_validator_function(read)

    def __repr__(self) -> str:
        return f"PackageManifest({str(self.path)!r})"

    @classmethod
    def of_machine(cls) -> "PackageManifest":
        """The manifest that ``WATS_PACKAGE_MANIFEST`` names, or else the one in the user's folder for such data."""
        named = os.environ.get(VARIABLE)
        if named:
            return cls(named)
        local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_STATE_HOME")
        return cls((Path(local) if local else Path.home() / ".local" / "state") / "pywats" / "packages.json")

    @property
    def all(self) -> list[InstalledPackage]:
        """All packages."""
        return list(self._read().values())

    @property
    def installed_ids(self) -> list[str]:
        """The ids of all packages."""
        return list(self._read())

    def get(self, package_id: str) -> InstalledPackage | None:
        """Return a package, or ``None``."""
        return self._read().get(_key(package_id))

    def get_by_name(self, name: str) -> InstalledPackage | None:
        """Return the highest version of a package that is installed, or ``None``."""
        return max((each for each in self.all if each.name == name), key=lambda each: each.version, default=None)

    def in_folder(self, root: Path | str) -> list[InstalledPackage]:
        """Return the packages of a folder."""
        wanted = Path(root).absolute()
        return [each for each in self.all if Path(each.root_path) == wanted]

    def get_file(self, package_id: str, relative_path: str) -> InstalledFile | None:
        """Return a file of a package, or ``None``."""
        package, path = self.get(package_id), relative_path.replace("\\", "/")
        return next((each for each in package.files if each.path == path), None) if package else None

    def filter_by_xpath(self, xpath: str, status: str = "Released") -> list[InstalledPackage]:
        """Return the packages of a status whose tags an XPath expression selects."""
        try:
            return [each for each in self.all if each.status == status and selects(xpath, each.tags)]
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def upsert(self, pkg: InstalledPackage) -> None:
        """Store a package, over one of the same id."""
        self.exchange(come=[pkg])

    def mark_installed(self, package_id: str, files: list[InstalledFile], download_size: int) -> None:
        """Note which files a package has, as of now.

        Raises:
            NotFoundError: there is no such package.
        """
        with self._changing() as packages:
            package = _needed(packages, package_id)
            package.files, package.download_size, package.installed_at = files, download_size, now_text()

    def remove(self, package_id: str) -> bool:
        """Forget a package; return whether it was there."""
        with self._changing() as packages:
            return packages.pop(_key(package_id), None) is not None

    def set_available_version(self, package_id: str, version: int) -> None:
        """Note that the server has a newer version of a package.

        Raises:
            NotFoundError: there is no such package.
        """
        with self._changing() as packages:
            _needed(packages, package_id).available_version = version

    def exchange(self, gone: Iterable[str] = (), come: Iterable[InstalledPackage] = ()) -> None:
        """Forget some packages and store others, in one step."""
        with self._changing() as packages:
            for package_id in gone:
                packages.pop(_key(package_id), None)
            packages.update((_key(package.package_id), package) for package in come)

    def _read(self) -> dict[str, InstalledPackage]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigurationError(f"the package manifest {self.path} cannot be read: {error}") from error
        try:
            return {_key(each["package_id"]): package_of(each) for each in json.loads(content)["packages"]}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigurationError(f"{self.path} is no package manifest: {error!r}") from error

    @contextmanager
    def _changing(self) -> Generator[dict[str, InstalledPackage]]:
        """Give the packages to be changed, and store them afterwards; one process at a time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise InstallError(f"the package manifest {self.path} cannot be written: {error}") from error
        try:
            self._wait_for(descriptor)
            packages = self._read()
            yield packages
            self._write(packages)
        finally:
            os.close(descriptor)

    def _wait_for(self, descriptor: int) -> None:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return lock(descriptor)
            except OSError as error:
                if time.monotonic() > until:
                    raise InstallError(f"another process has had {self.path} locked for {_PATIENCE:.0f} s") from error
            time.sleep(_PAUSE)

    def _write(self, packages: dict[str, InstalledPackage]) -> None:
        content = json.dumps({"packages": [asdict(each) for each in packages.values()]}, indent=1)
        try:
            write_whole(self.path, content.encode())
        except OSError as error:
            raise InstallError(f"the package manifest {self.path} cannot be written: {error}") from error


def package_of(values: dict[str, Any]) -> InstalledPackage:
    """An installed package from JSON; members of newer versions are left aside."""
    files = [_made(InstalledFile, each) for each in values["files"]]
    return _made(InstalledPackage, {**values, "files": files})


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or as it was before, whatever happens."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def now_text() -> str:
    """The present in ISO 8601."""
    return datetime.now(UTC).isoformat()


def _made(kind: type[R], values: dict[str, Any]) -> R:
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return kind(**{name: value for name, value in values.items() if name in known})


def _needed(packages: dict[str, InstalledPackage], package_id: str) -> InstalledPackage:
    try:
        return packages[_key(package_id)]
    except KeyError:
        raise NotFoundError(f"there is no installed package {package_id}") from None


def _key(package_id: str) -> str:
    return str(package_id).lower()
