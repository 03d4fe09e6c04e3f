"""The configuration of the ingest daemon: what a file with ``kind: ingest`` may say."""

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from pywats.config import Block, Duration, LimitsBlock, ServerBlock, Size, StationBlock, TimeZone
from pywats.config.shape import allowed_keys
from pywats.ingest.conversion.filling import Filling
from pywats.ingest.converters.registry import AUTO, find
from pywats.ingest.files.reading import LARGEST_FILE


def _converter(name: str) -> str:
    if name != AUTO:
        try:
            find(name)
        except LookupError as error:
            raise ValueError(error.args[0]) from error
    return name


def _encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError as error:
        message = f'there is no encoding "{name}"; it is a name such as utf-8, cp1252 or shift_jis'
        raise ValueError(message) from error
    return name


class SpoolBlock(Block):
    """``spool``: where accepted reports wait for the server.

    The file must lie on a local disk. Above ``max_size`` no file is taken until reports have been uploaded. What is
    known of a finished report stays for ``keep``; its content goes at once.
    """

    path: Path = Path("var/spool.db")
    max_size: Annotated[Size, Field(ge=1024 * 1024)] = 2 * 1024**3
    keep: Annotated[Duration, Field(ge=86400)] | None = 365 * 86400.0


class ConvertBlock(Block):
    """``convert``: the processes that convert files.

    Attributes:
        workers: files that are converted at the same time.
        timeout: how long a file may take.
        memory: what its converter may use, beyond what every process has.
    """

    workers: Annotated[int, Field(ge=1, le=64)] = 2
    timeout: Annotated[Duration, Field(gt=0)] = 60.0
    memory: Annotated[Size, Field(ge=16 * 1024**2)] = 1024**3


Text100 = Annotated[str, Field(min_length=1, max_length=100)]


class FieldsBlock(Block):
    """``defaults`` and ``override`` of a source: fields of its reports, by plain names."""

    process: Annotated[int, Field(ge=0, le=32767)] | None = None
    part_number: Text100 | None = None
    revision: Text100 | None = None
    station: Text100 | None = None
    location: Text100 | None = None
    purpose: Text100 | None = None
    operator: Text100 | None = None
    comment: Annotated[str, Field(min_length=1, max_length=5000)] | None = None
    batch: Text100 | None = None
    fixture: Text100 | None = None


class HashBlock(Block):
    """How a field is hidden: the same text becomes the same digits, and who lacks the secret cannot read them back."""

    hash: Annotated[SecretStr, Field(min_length=8)]


class HiddenBlock(Block):
    """``fields`` of a source: what leaves the station only as digits."""

    operator: HashBlock | None = None
    station: HashBlock | None = None
    comment: HashBlock | None = None
    batch: HashBlock | None = None
    fixture: HashBlock | None = None


def _check_options(model: type[BaseModel], options: dict[str, Any]) -> None:
    """Check the options of a converter; of a key that is none the error names those that there are."""
    try:
        model.model_validate(options)
    except ValidationError as error:
        details = [_with_keys(dict(each), model) for each in error.errors(include_url=False)]
        raise ValidationError.from_exception_data(error.title, details) from None


def _with_keys(error: dict[str, Any], model: type[BaseModel]) -> InitErrorDetails:
    kind, location = error["type"], error["loc"]
    if kind == "extra_forbidden":
        kind = PydanticCustomError(kind, error["msg"], {"allowed": allowed_keys(model, location[:-1])})
    return InitErrorDetails(type=kind, loc=location, input=error["input"], ctx=error.get("ctx", {}))


class SourceBlock(Block):
    """One of ``sources``: a folder that a tester writes into.

    Attributes:
        name: in logs, in the spool and in explanations.
        watch: the folder; its sub-folders are not read.
        pattern: of file names; case does not count, and names that begin with a dot are left alone.
        converter: a converter's name, a module as ``package.module``, or ``auto``: the one that is surest of the
            content.
        options: of that converter.
        encoding: of text files that do not tell their own, such as ``cp1252``.
        settle: how long a file's size and time must stand still before it is taken.
        rescan: how often the whole folder is read, besides what the system reports; network shares report nothing.
        max_file_size: larger files go into quarantine unread.
        station: as the one of the whole configuration, for this source alone.
        timezone: IANA name of the zone of times that have no offset, such as ``Europe/Oslo``.
        defaults: fields that are filled in where a report lacks them.
        override: fields that are the same in all reports, whatever they say.
        fields: fields that are hidden before a report is stored or sent.
        on_collision: what becomes of a report that would replace another one in the server, because type, serial
            number, part number, process and start are the same: ``hold`` keeps it for a person, ``send`` replaces.
        archive_layout: ``flat``, or ``by-day``: a folder for each day, by UTC.
        archive_keep: how long files stay in the archive; for ever unless set.
        archive: where files go whose reports are in the spool; ``done`` in the watched folder unless set.
        quarantine: where files go that give no report, and those the server refuses; ``bad`` unless set.
    """

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._ -]+$")
    watch: Path
    pattern: str = Field(default="*", min_length=1)
    converter: Annotated[str, AfterValidator(_converter)] = AUTO
    options: dict[str, Any] = Field(default_factory=dict, validate_default=True)
    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    settle: Duration = 2.0
    rescan: Annotated[Duration, Field(gt=0)] = 10.0
    max_file_size: Annotated[Size, Field(ge=1)] = LARGEST_FILE
    station: StationBlock | None = None
    timezone: TimeZone | None = None
    defaults: FieldsBlock = FieldsBlock()
    override: FieldsBlock = FieldsBlock()
    fields: HiddenBlock = HiddenBlock()
    on_collision: Literal["hold", "send"] = "hold"
    archive: Path | None = None
    archive_layout: Literal["flat", "by-day"] = "flat"
    archive_keep: Annotated[Duration, Field(ge=86400)] | None = None
    quarantine: Path | None = None

    @field_validator("options")
    @classmethod
    def _fits_the_converter(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        name = info.data.get("converter")
        if name is None:  # which is wrong itself
            return options
        if name != AUTO:
            _check_options(find(name).Options, options)
        elif options:
            message = "they belong to a converter; name it as the converter of this source"
            raise ValueError(message)
        return options

    @property
    def archive_folder(self) -> Path:
        """Return where files go whose reports are in the spool."""
        return self.archive or self.watch / "done"

    @property
    def quarantine_folder(self) -> Path:
        """Return where files go that give no report, and those the server refuses."""
        return self.quarantine or self.watch / "bad"

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        folders = [folder.resolve() for folder in (self.watch, self.archive_folder, self.quarantine_folder)]
        if len(set(folders)) < len(folders):
            message = "watch, archive and quarantine must be three different folders"
            raise ValueError(message)
        return self


def _consistent(sources: Sequence[SourceBlock]) -> Sequence[SourceBlock]:
    names = [source.name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f'two sources are called "{twice}"; give each a name of its own'
        raise ValueError(message)
    watched = {source.watch.resolve(): source.name for source in sources}
    for source in sources:
        for folder in (source.archive_folder, source.quarantine_folder):
            reader = watched.get(folder.resolve())
            if reader is not None:
                message = f'"{source.name}" moves files into {folder}, which "{reader}" watches'
                raise ValueError(message)
    return sources


class ClientBlock(Block):
    """``client``: the registration whose token the daemon uses; see ``pywats register``.

    Attributes:
        id: under which the station is registered.
        ping: how often the server hears that the station lives.
        update: how often it hears how many reports wait.
    """

    id: Text100
    ping: Annotated[Duration, Field(ge=10)] = 300.0
    update: Annotated[Duration, Field(ge=60)] = 3600.0


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class StatusBlock(Block):
    """``status``: a page for people, and addresses for programs that watch the daemon.

    Attributes:
        host: address to listen on.
        port: 0 takes a free one.
        password: asked of everyone, under any user name.
        names: further names under which browsers reach this machine, such as that of a reverse proxy.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Annotated[int, Field(ge=0, le=65535)] = 8321
    password: Annotated[SecretStr, Field(min_length=8)] | None = Field(default=None, validate_default=True)
    names: tuple[Text100, ...] = ()

    @field_validator("password")
    @classmethod
    def _guarded(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        host = info.data.get("host")
        if password is None and host is not None and not is_loopback(host):
            message = f'others can reach {host}: give a password, such as "${{file:/etc/pywats/status-password}}"'
            raise ValueError(message)
        return password


class RotateBlock(Block):
    """How a log file is kept small: above ``size`` it is set aside, and ``keep`` former ones stay."""

    size: Annotated[Size, Field(ge=64 * 1024)] = 10 * 1024**2
    keep: Annotated[int, Field(ge=1, le=1000)] = 5


class LogBlock(Block):
    """``log``: what is written of what happens, and where; options of the command line go before it.

    Attributes:
        level: the least level that is written.
        format: ``json`` for machines, ``console`` for people.
        file: written instead of standard error.
        rotate: how the file is kept small.
    """

    level: Literal["debug", "info", "warning", "error", "critical"] | None = None
    format: Literal["json", "console"] = "console"
    file: Path | None = None
    rotate: RotateBlock = RotateBlock()


def _webhook(url: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(url.get_secret_value())
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("must be an address such as https://hooks.example.com/services/...")
    return url


Alert = Literal["stopped", "quarantined", "queue_older_than", "disk"]


class AlertsBlock(Block):
    """``alerts``: whom to tell, and about what.

    Attributes:
        webhook: JSON is posted there.
        on: ``stopped``: nothing is sent until a person acts; ``quarantined``: files and reports that need a person;
            ``queue_older_than``: a report waits for longer than ``older_than``; ``disk``: there is little room left.
        older_than: when the queue is old.
    """

    webhook: Annotated[SecretStr, AfterValidator(_webhook)]
    on: Annotated[tuple[Alert, ...], Field(min_length=1)] = ("stopped", "quarantined", "queue_older_than", "disk")
    older_than: Annotated[Duration, Field(gt=0)] = 3600.0


class IngestConfig(Block):
    """A configuration file of ``kind: ingest``."""

    kind: Literal["ingest"]
    server: ServerBlock
    station: StationBlock | None = None
    client: ClientBlock | None = None
    limits: LimitsBlock = LimitsBlock()
    spool: SpoolBlock = SpoolBlock()
    convert: ConvertBlock = ConvertBlock()
    status: StatusBlock | None = None
    log: LogBlock = LogBlock()
    alerts: AlertsBlock | None = None
    sources: Annotated[tuple[SourceBlock, ...], Field(min_length=1), AfterValidator(_consistent)]
    jobs: tuple[Path, ...] = ()

    @property
    def station_name(self) -> str:
        """Return who says so where something is told of this daemon."""
        return socket.gethostname() if self.station is None else self.station.name

    def filling_of(self, source: SourceBlock) -> Filling:
        """Return what a source says about its reports besides what stands in them."""
        station = source.station or self.station
        known = {} if station is None else _given(station.name, station.location, station.purpose)
        hidden: dict[str, HashBlock] = {name: block for name, block in source.fields if block is not None}
        return Filling(
            defaults={**known, **source.defaults.model_dump(exclude_none=True)},
            override=source.override.model_dump(exclude_none=True),
            keys={name: block.hash.get_secret_value().encode() for name, block in hidden.items()},
            zone=source.timezone,
        )


def _given(station: str, location: str, purpose: str) -> dict[str, str | int]:
    values = {"station": station, "location": location, "purpose": purpose}
    return {name: value for name, value in values.items() if value}
