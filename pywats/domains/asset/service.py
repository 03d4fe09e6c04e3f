"""The asset domain: fixtures, instruments and other tools, their types, counts, calibrations, log and files."""

import base64
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import UUID

from pywats.concurrency.result import Result
from pywats.domains.asset.models import Asset, AssetAlarmState, AssetLog, AssetState, AssetType
from pywats.errors import ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.arguments import LARGEST, aware, filled, member, whole
from pywats.exchange.call import Call, body, checked, deleted, file_or_none, nothing, query, url
from pywats.exchange.paging import Cursor, Page, check_page, walk
from pywats.exchange.saving import Saved, Target
from pywats.exchange.upload import content_of
from pywats.progress import Progress
from pywats.query import odata
from pywats.service import Async, Face, Service, each_found, found, method, stream

Row = dict[str, Any]
Query = tuple[tuple[str, str], ...]

PAGE: Final = 1000
_BLOBS: Final = "/api/internal/Blob/Asset"
_NOT_SERIAL_NUMBERS: Final = frozenset({"log", "status", "subassets", "types"})  # other operations have these paths


class AssetService(Service[Face]):
    """Assets and what belongs to them.

    Where a method takes ``asset_id`` and ``serial_number``, one of them is needed. Methods marked as internal use the
    interface of the server's own web pages, which may change with any release.
    """

    domain: ClassVar[str] = "asset"

    # Assets

    @method
    async def get_assets(
        self,
        filter_str: str | None = None,
        orderby: str | None = None,
        top: int | None = None,
        skip: int | None = None,
    ) -> list[Asset]:
        """Return one page of assets by OData: at most ``top``, or as many as the server gives without it (1,000)."""
        return await self._list("/api/Asset", Asset, _page(filter_str, orderby, top, skip))

    @stream
    def iter_assets(
        self,
        filter_str: str | None = None,
        *,
        page_size: int = PAGE,
        max_items: int | None = None,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[Asset], None]:
        """Walk over all assets, or those that meet a condition; ``resume_from`` is an earlier walk's ``cursor``."""
        check_page(page_size, max_items, largest=LARGEST)
        return self._walk(filter_str, page_size, max_items, Cursor.read(resume_from, "assetId"), progress)

    @method
    async def get_asset(
        self: "AssetService[Async]", asset_id: str | None = None, serial_number: str | None = None
    ) -> Asset | None:
        """Return one asset with its type and tags, or ``None``; without an id by its serial number."""
        if asset_id is None and serial_number is not None:
            return await self.get_asset_by_serial(serial_number)
        _which(asset_id, serial_number)
        return await self._find(url("/api/Asset/{}", asset_id), Asset)

    @method
    async def get_assets_batch(
        self: "AssetService[Async]", asset_ids: Sequence[str], max_concurrent: int = 10, progress: Progress = False
    ) -> list[Result[Asset]]:
        """Return the result of ``get_asset`` for each id, in order; one that is missing is a ``Failure``."""
        return await each_found(self.get_asset, asset_ids, "asset", max_concurrent, progress)

    @method
    async def get_asset_by_serial(self: "AssetService[Async]", serial_number: str) -> Asset | None:
        """Return the asset of a serial number with its type and tags, or ``None``."""
        _which(None, serial_number)
        if serial_number.lower() not in _NOT_SERIAL_NUMBERS:
            asset = await self._find(url("/api/Asset/{}", serial_number), Asset)
            if asset is None or asset.serial_number.lower() == serial_number.lower():
                return asset
        # It is the id of another asset, or a path of its own.
        listed = await self.get_assets(odata.eq("serialNumber", serial_number), top=1)
        return await self.get_asset(listed[0].asset_id) if listed else None

    @method
    async def create_asset(
        self: "AssetService[Async]",
        serial_number: str,
        type_id: UUID | str,
        asset_name: str | None = None,
        description: str | None = None,
        location: str | None = None,
        parent_asset_id: str | None = None,
        parent_serial_number: str | None = None,
        *,
        part_number: str | None = None,
        revision: str | None = None,
        state: AssetState | int | str = AssetState.IN_OPERATION,
        client_id: int | None = None,
        first_seen_date: datetime | None = None,
        last_seen_date: datetime | None = None,
        last_maintenance_date: datetime | None = None,
        next_maintenance_date: datetime | None = None,
        last_calibration_date: datetime | None = None,
        next_calibration_date: datetime | None = None,
        total_count: int | None = None,
        running_count: int | None = None,
    ) -> Asset | None:
        """Store an asset under a serial number, over one that is there; return it as stored."""
        values = {
            "serial_number": serial_number,
            "type_id": type_id,
            "asset_name": asset_name,
            "description": description,
            "location": location,
            "parent_asset_id": parent_asset_id,
            "parent_serial_number": parent_serial_number,
            "part_number": part_number,
            "revision": revision,
            "state": member("state", state, AssetState),
            "client_id": client_id,
            "first_seen_date": aware("first_seen_date", first_seen_date),
            "last_seen_date": aware("last_seen_date", last_seen_date),
            "last_maintenance_date": aware("last_maintenance_date", last_maintenance_date),
            "next_maintenance_date": aware("next_maintenance_date", next_maintenance_date),
            "last_calibration_date": aware("last_calibration_date", last_calibration_date),
            "next_calibration_date": aware("next_calibration_date", next_calibration_date),
            "total_count": whole("total_count", total_count),
            "running_count": whole("running_count", running_count),
        }
        return await self.update_asset(checked(Asset, values))

    @method
    async def update_asset(self, asset: Asset) -> Asset | None:
        """Store an asset, known by its id or serial number; return it as stored.

        Counts and dates of calibration and maintenance are changed by methods of their own.
        """
        _which(None, asset.serial_number)
        if asset.type_id is None:
            raise ValidationError("type_id is needed: the id of one of get_asset_types()")
        return await self._put("/api/Asset", asset, Asset)

    @method
    async def delete_asset(self, asset_id: str | None = None, serial_number: str | None = None) -> bool:
        """Delete an asset with its log; what it was the parent of moves up to its own parent."""
        return await self._delete("/api/Asset", _which(asset_id, serial_number))

    # States

    @method
    async def get_status(
        self,
        asset_id: str | None = None,
        serial_number: str | None = None,
        *,
        translate: bool = True,
        culture_code: str | None = None,
    ) -> Row | None:
        """Return what the server says about the limits of an asset, or ``None``.

        Args:
            asset_id: of the asset.
            serial_number: of the asset.
            translate: whether the message is translated.
            culture_code: into which language, such as ``zh-CN``.
        """
        more = query(translate=None if translate else False, cultureCode=culture_code)
        return await self._find("/api/Asset/Status", Row, _which(asset_id, serial_number) + more, fresh=True)

    @method
    async def get_asset_state(self: "AssetService[Async]", asset_id: str) -> AssetState | None:
        """Return where an asset is or what is being done with it, or ``None`` if there is no such asset."""
        asset = await self.get_asset(asset_id)
        return None if asset is None else asset.state

    @method
    async def set_asset_state(
        self, state: AssetState | int | str, asset_id: str | None = None, serial_number: str | None = None
    ) -> bool:
        """Say where an asset is or what is being done with it."""
        wanted = query(state=member("state", state, AssetState)) + _which(asset_id, serial_number)
        return await self._done("PUT", "/api/Asset/State", wanted)

    def is_in_alarm(self, asset: Asset) -> bool:
        """Whether an asset has reached a limit of its type, which must be known: ``asset_type``."""
        return _alarm_state(asset, datetime.now(UTC)) == AssetAlarmState.ALARM

    def is_in_warning(self, asset: Asset) -> bool:
        """Whether an asset comes near a limit of its type without having reached one."""
        return _alarm_state(asset, datetime.now(UTC)) == AssetAlarmState.WARNING

    @method
    async def get_assets_in_alarm(self: "AssetService[Async]", top: int | None = None) -> list[Asset]:
        """Return the assets that have reached a limit of their type, with their types."""
        return await self.get_assets_by_alarm_state(AssetAlarmState.ALARM, top)

    @method
    async def get_assets_in_warning(self: "AssetService[Async]", top: int | None = None) -> list[Asset]:
        """Return the assets that come near a limit of their type, with their types."""
        return await self.get_assets_by_alarm_state(AssetAlarmState.WARNING, top)

    @method
    async def get_assets_by_alarm_state(
        self: "AssetService[Async]", state: AssetAlarmState | int | str, top: int | None = None
    ) -> list[Asset]:
        """Return the assets in an alarm state, at most ``top``, with their types.

        The server cannot list by it, so all assets and their types are read and compared here.
        """
        wanted = member("state", state, AssetAlarmState)
        whole("top", top)
        types = {kind.type_id: kind for kind in await self._types(fresh=True)}
        now = datetime.now(UTC)
        matching: list[Asset] = []
        async with aclosing(self._walk(fresh=True)) as pages:
            async for page in pages:
                for asset in page:
                    asset.asset_type = types.get(asset.type_id, asset.asset_type)
                matching += [asset for asset in page if _alarm_state(asset, now) == wanted]
                if top is not None and len(matching) >= top:
                    break
        return matching[:top]

    # Counts

    @method
    async def increment_count(
        self,
        asset_id: str | None = None,
        serial_number: str | None = None,
        amount: int = 1,
        increment_children: bool = False,
        *,
        total_count: int | None = None,
        culture_code: str | None = None,
    ) -> bool:
        """Add uses to the running and the total count of an asset. It is never sent twice, as that would count twice.

        Args:
            asset_id: of the asset.
            serial_number: of the asset.
            amount: how many uses.
            increment_children: add them to all that are parts of it, too.
            total_count: what the total count is to be; in place of ``amount`` the difference is added.
            culture_code: the language of the server's words, such as ``zh-CN``.
        """
        whole("amount", amount, least=1)
        whole("total_count", total_count)
        wanted = query(
            totalCount=total_count,
            incrementBy=amount if total_count is None else None,
            incrementChildren=increment_children or None,
            cultureCode=culture_code,
        )
        return await self._done("PUT", "/api/Asset/Count", _which(asset_id, serial_number) + wanted, repeatable=False)

    @method
    async def reset_running_count(
        self, asset_id: str | None = None, serial_number: str | None = None, comment: str | None = None
    ) -> bool:
        """Set the running count of an asset to 0, with an entry in its log."""
        wanted = _which(asset_id, serial_number) + query(comment=comment)
        return await self._done("POST", "/api/Asset/ResetRunningCount", wanted, repeatable=False)

    @method
    async def set_running_count(
        self, value: int, asset_id: str | None = None, serial_number: str | None = None
    ) -> bool:
        """Set the running count of an asset; servers from 25.3 on, with a permission of its own."""
        wanted = query(runningCount=whole("value", value)) + _which(asset_id, serial_number)
        return await self._done("PUT", "/api/Asset/SetRunningCount", wanted)

    @method
    async def set_total_count(self, value: int, asset_id: str | None = None, serial_number: str | None = None) -> bool:
        """Set the total count of an asset; servers from 25.3 on, with a permission of its own."""
        wanted = query(totalCount=whole("value", value)) + _which(asset_id, serial_number)
        return await self._done("PUT", "/api/Asset/SetTotalCount", wanted)

    # Calibration and maintenance

    @method
    async def record_calibration(
        self,
        asset_id: str | None = None,
        serial_number: str | None = None,
        date_time: datetime | None = None,
        comment: str | None = None,
    ) -> bool:
        """Note that an asset was calibrated, now unless a time is given; its type says when it is due again."""
        wanted = _which(asset_id, serial_number) + query(dateTime=aware("date_time", date_time), comment=comment)
        return await self._done("POST", "/api/Asset/Calibration", wanted, repeatable=False)

    @method
    async def record_maintenance(
        self,
        asset_id: str | None = None,
        serial_number: str | None = None,
        date_time: datetime | None = None,
        comment: str | None = None,
    ) -> bool:
        """Note that an asset had maintenance, now unless a time is given; its type says when it is due again."""
        wanted = _which(asset_id, serial_number) + query(dateTime=aware("date_time", date_time), comment=comment)
        return await self._done("POST", "/api/Asset/Maintenance", wanted, repeatable=False)

    @method
    async def record_calibration_external(
        self,
        asset_id: str | None = None,
        serial_number: str | None = None,
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        comment: str | None = None,
    ) -> bool:
        """Note when an asset was calibrated elsewhere and when it is due again; servers from 25.3 on."""
        wanted = _which(asset_id, serial_number) + _between(from_date, to_date) + query(comment=comment)
        return await self._done("POST", "/api/Asset/Calibration/External", wanted, repeatable=False)

    @method
    async def record_maintenance_external(
        self,
        asset_id: str | None = None,
        serial_number: str | None = None,
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        comment: str | None = None,
    ) -> bool:
        """Note when an asset had maintenance elsewhere and when it is due again; servers from 25.3 on."""
        wanted = _which(asset_id, serial_number) + _between(from_date, to_date) + query(comment=comment)
        return await self._done("POST", "/api/Asset/Maintenance/External", wanted, repeatable=False)

    # Log

    @method
    async def get_asset_log(
        self,
        filter_str: str | None = None,
        orderby: str | None = None,
        top: int | None = None,
        *,
        skip: int | None = None,
    ) -> list[AssetLog]:
        """Return one page of the log of all assets by OData, the newest first; 1,000 entries without ``top``."""
        return await self._list("/api/Asset/Log", AssetLog, _page(filter_str, orderby, top, skip))

    @stream
    def iter_asset_log(
        self,
        filter_str: str | None = None,
        *,
        page_size: int = PAGE,
        max_items: int | None = None,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[AssetLog], None]:
        """Walk over the log of all assets, or what of it meets an OData condition, from the newest entry back."""
        check_page(page_size, max_items, largest=LARGEST)

        async def ask(page: Page) -> list[AssetLog]:
            before = None if page.after is None else odata.lt("logId", page.after)
            wanted = _page(odata.and_(filter_str, before), "logId desc", page.top, page.skip or None)
            return await self._list("/api/Asset/Log", AssetLog, wanted, bulk=True)

        key, start = attrgetter("log_id"), Cursor.read(resume_from, "logId desc")
        return walk(ask, key, page_size=page_size, max_items=max_items, start=start, progress=progress)

    @method
    async def add_log_message(self, asset_id: str, message: str, user: str | None = None) -> bool:
        """Add a message to the log of an asset.

        Args:
            asset_id: of the asset.
            message: what to say.
            user: who says it; a server may name the owner of the token instead.
        """
        content = {"content": message, "user": user}
        return await self._done("POST", "/api/Asset/Message", _which(asset_id, None), content, repeatable=False)

    # Types

    @method
    async def get_asset_types(self, filter_str: str | None = None) -> list[AssetType]:
        """Return all types of assets, or those that meet an OData condition, by name."""
        return await self._types(filter_str)

    @method
    async def create_asset_type(
        self,
        type_name: str,
        running_count_limit: int | None = None,
        total_count_limit: int | None = None,
        calibration_interval: float | None = None,
        maintenance_interval: float | None = None,
        warning_threshold: float | None = None,
        alarm_threshold: float | None = None,
        *,
        icon: str | None = None,
    ) -> AssetType | None:
        """Store a type of assets, over one of this name that is there; return it as stored.

        Args:
            type_name: such as ``Fixture``.
            running_count_limit: uses from one calibration to the next.
            total_count_limit: uses in the life of an asset.
            calibration_interval: in days, or an ``IntervalMode``.
            maintenance_interval: in days, or an ``IntervalMode``.
            warning_threshold: per cent of a limit from which on there is a warning.
            alarm_threshold: per cent of a limit from which on there is an alarm.
            icon: name of a picture.
        """
        values = {
            "type_name": filled("type_name", type_name),
            "running_count_limit": whole("running_count_limit", running_count_limit),
            "total_count_limit": whole("total_count_limit", total_count_limit),
            "calibration_interval": calibration_interval,
            "maintenance_interval": maintenance_interval,
            "warning_threshold": warning_threshold,
            "alarm_threshold": alarm_threshold,
            "icon": icon,
        }
        return await self._put("/api/Asset/Types", checked(AssetType, values), AssetType)

    # Parts

    @method
    async def get_child_assets(
        self, parent_id: str | None = None, parent_serial: str | None = None, level: int | None = None
    ) -> list[Asset]:
        """Return the assets that are parts of another.

        Args:
            parent_id: id of the asset they are parts of, or else
            parent_serial: its serial number.
            level: how many levels below it; 1: its own parts only, 0: all there are.
        """
        whole("level", level)
        parent = _which(parent_id, parent_serial, "parent_id", "parent_serial")
        return await self._list("/api/Asset/SubAssets", Asset, parent + query(level=level))

    @method
    async def add_child_asset(self: "AssetService[Async]", parent_id: str, child_id: str) -> bool:
        """Make an asset a part of another.

        Raises:
            NotFoundError: one of them does not exist.
            ConflictError: the server says that the parent is itself a part of the child.
        """
        parent = await self._needed("parent_id", parent_id)
        child = await self._needed("child_id", child_id)
        child.parent_asset_id, child.parent_serial_number = parent.asset_id, parent.serial_number
        await self.update_asset(child)
        return True

    # Files

    @method
    async def upload_file(self, asset_id: str, filename: str, content: bytes | Path) -> bool:
        """Store a file, given as bytes or by its path, with an asset, over one of this name there (internal)."""
        await self._line.send(
            Call(
                verb="POST",
                path=_BLOBS,
                query=_file(asset_id, filename),
                read=nothing,
                body=content_of(content),
                content_type="application/octet-stream",
                internal=True,
                long=True,
            )
        )
        return True

    @method
    async def download_file(self, asset_id: str, filename: str) -> bytes | None:
        """Return the bytes of a file of an asset, or ``None`` if there is none (internal)."""

        def read(answer: Answer) -> bytes | None:
            content = file_or_none(answer)
            is_json = "json" in answer.headers.get("content-type", "").lower()
            wrapped = content is not None and is_json and not filename.lower().endswith(".json")
            return _unwrapped(content) if content is not None and wrapped else content

        where = _file(asset_id, filename)
        return await self._line.send(
            Call(verb="GET", path=_BLOBS, query=where, read=read, accept="*/*", absent=True, internal=True, long=True)
        )

    @method
    async def save_file(self, asset_id: str, filename: str, to: Target, *, progress: Progress = False) -> Saved | None:
        """Save a file of an asset while it arrives, as the server sends it; ``None`` if there is none (internal)."""
        return await self._save(_BLOBS, _file(asset_id, filename), to, progress, internal=True)

    @method
    async def list_files(self, asset_id: str) -> list[str]:
        """Return the names of the files of an asset (internal)."""
        filled("asset_id", asset_id)
        return await self._list(url(_BLOBS + "/List/{}", asset_id), str, internal=True)

    @method
    async def delete_files(self, asset_id: str, filenames: Sequence[str]) -> bool:
        """Delete these files of an asset (internal)."""
        if isinstance(filenames, str):
            raise ValidationError(f"filenames is the text {filenames!r}; give a list of names")
        if not filenames or not all(filenames):
            raise ValidationError(f"filenames is {list(filenames)}; name the files that are to be deleted")
        where, names = query(assetId=filled("asset_id", asset_id)), body(list(filenames))
        await self._line.send(
            Call(verb="DELETE", path=_BLOBS + "s", query=where, read=deleted, body=names, absent=True, internal=True)
        )
        return True

    def _walk(
        self,
        filter_str: str | None = None,
        page_size: int = PAGE,
        max_items: int | None = None,
        start: Cursor | None = None,
        progress: Progress = False,
        *,
        fresh: bool = False,
    ) -> AsyncGenerator[list[Asset], None]:
        async def ask(page: Page) -> list[Asset]:
            behind = None if page.after is None else odata.gt("assetId", page.after)
            wanted = _page(odata.and_(filter_str, behind), "assetId", page.top, page.skip or None)
            return await self._list("/api/Asset", Asset, wanted, bulk=True, fresh=fresh)

        key = attrgetter("asset_id")
        return walk(ask, key, page_size=page_size, max_items=max_items, start=start, progress=progress)

    async def _types(self, filter_str: str | None = None, *, fresh: bool = False) -> list[AssetType]:
        async def ask(page: Page) -> list[AssetType]:
            behind = None if page.after is None else odata.gt("typeName", page.after)
            wanted = _page(odata.and_(filter_str, behind), "typeName", page.top, page.skip or None)
            return await self._list("/api/Asset/Types", AssetType, wanted, fresh=fresh)

        pages = walk(ask, lambda kind: kind.type_name, page_size=PAGE)
        return [kind async for page in pages for kind in page]

    async def _needed(self, name: str, asset_id: str) -> Asset:
        path = url("/api/Asset/{}", filled(name, asset_id))
        return found(await self._find(path, Asset, fresh=True), f"asset {asset_id!r}")

    async def _done(
        self, verb: str, path: str, query: Query, value: object = None, *, repeatable: bool | None = None
    ) -> bool:
        """Have the server do something, which a query says; ``True`` once it accepted."""
        content = None if value is None else body(value)
        await self._line.send(
            Call(verb=verb, path=path, query=query, read=nothing, body=content, repeatable=repeatable)
        )
        return True


def _alarm_state(asset: Asset, at: datetime) -> AssetAlarmState:
    if asset.asset_type is None:
        raise ValidationError(
            f"the limits of asset {asset.serial_number!r} are unknown: set its asset_type, which get_asset() and"
            " get_asset_types() give and lists of assets do not"
        )
    return asset.asset_type.alarm_state(asset, at)


def _which(
    asset_id: str | None, serial_number: str | None, id_name: str = "asset_id", serial_name: str = "serial_number"
) -> Query:
    if asset_id is None and serial_number is None:
        raise ValidationError(f"{id_name} or {serial_name} is needed")
    filled(id_name, asset_id)
    filled(serial_name, serial_number)
    return query(id=asset_id, serialNumber=serial_number)


def _page(filter_str: str | None, orderby: str | None, top: int | None, skip: int | None) -> Query:
    whole("top", top)
    whole("skip", skip)
    return query(filter_=filter_str, orderby_=orderby, top_=top, skip_=skip)


def _file(asset_id: str, filename: str) -> Query:
    return query(assetId=filled("asset_id", asset_id), filename=filled("filename", filename))


def _between(from_date: datetime | None, to_date: datetime | None) -> Query:
    aware("from_date", from_date)
    aware("to_date", to_date)
    if from_date is not None and to_date is not None and to_date < from_date:
        raise ValidationError(f"to_date {to_date} is before from_date {from_date}")
    return query(fromDate=from_date, toDate=to_date)


def _unwrapped(content: bytes) -> bytes:
    """The file in a JSON object that has it as base64 in ``content``; all else is the file itself."""
    try:
        said = json.loads(content)
        encoded = next(said[name] for name in ("content", "Content") if name in said)
        return base64.b64decode(encoded, validate=True)
    except (ValueError, TypeError, StopIteration):
        return content
