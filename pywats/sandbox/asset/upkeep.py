"""What happens to assets: they are used, calibrated and maintained."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pywats.sandbox.answers import refusal
from pywats.sandbox.asset.log import AssetLog, Event
from pywats.sandbox.asset.status import status
from pywats.sandbox.asset.store import Assets
from pywats.sandbox.store import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS asset_use (
    time_stamp INTEGER NOT NULL,
    asset_id TEXT NOT NULL REFERENCES asset ON DELETE CASCADE,
    uses INTEGER NOT NULL,
    PRIMARY KEY (time_stamp, asset_id)
);
CREATE INDEX IF NOT EXISTS asset_use_by_asset ON asset_use (asset_id);
"""

LARGEST = 2**31 - 1

Work = Literal["calibration", "maintenance"]


class Upkeep:
    """The counts of the assets in the database, and when they were calibrated and maintained."""

    def __init__(self, database: Database, assets: Assets, log: AssetLog) -> None:
        self._database = database
        self._assets = assets
        self._log = log

    def count(self, asset_id: str, uses: int, *, parts: bool = False) -> None:
        """Add uses to the running and the total count of an asset, and of all its parts if asked for."""
        with self._database.transaction():
            for each in (asset_id, *(self._assets.below(asset_id) if parts else ())):
                self._use(each, uses, self._assets.now())

    def count_to(self, asset_id: str, total: int, *, parts: bool = False) -> None:
        """Add as many uses as an asset lacks of a total count."""
        lacking = total - int(self._database.value("SELECT total_count FROM asset WHERE asset_id = ?", (asset_id,)))
        if lacking < 0:
            raise refusal(400, f"totalCount is required to be at least {total - lacking}, which it is already.")
        self.count(asset_id, lacking, parts=parts)

    def count_report(
        self, time_stamp: int, start: int, used: Iterable[Mapping[str, Any]], replaced: Iterable[int]
    ) -> dict[str, dict[str, Any]]:
        """Add the uses that a report names; of one in place of others, only what these did not name.

        Return the status of each asset after that by its serial number. Assets that are not there are left out.
        """
        earlier: dict[str, int] = {}
        for other in replaced:
            find = "DELETE FROM asset_use WHERE time_stamp = ? RETURNING asset_id, uses"
            for asset_id, uses in self._database.rows(find, (other,)):
                earlier[asset_id] = earlier.get(asset_id, 0) + uses
        now: dict[str, int] = {}
        for each in used:
            find = "SELECT asset_id FROM asset WHERE serial_number = ?"
            asset_id = self._database.value(find, (each["assetSN"],))
            if asset_id is not None:
                count = each.get("usageCount")
                now[asset_id] = now.get(asset_id, 0) + (1 if count is None else max(int(count), 0))
        for asset_id, before in {**dict.fromkeys(now, 0), **earlier}.items():
            uses = max(now.get(asset_id, 0), before)
            self._database.insert("INSERT INTO asset_use VALUES (?, ?, ?)", (time_stamp, asset_id, uses))
            if asset_id in now:
                self._use(asset_id, uses - before, start)
        known = [status(self._assets.get(asset_id), self._assets.now()) for asset_id in now]
        return {each["serialNumber"]: each for each in known}

    def reset(self, asset_id: str, user: str, comment: str | None) -> None:
        """Set the running count of an asset to 0."""
        with self._database.transaction():
            self._database.run("UPDATE asset SET running_count = 0 WHERE asset_id = ?", (asset_id,))
            self._log.write(asset_id, Event.RESET_COUNT, self._assets.now(), user, comment=comment)

    def set_count(self, asset_id: str, user: str, which: Literal["running", "total"], value: int) -> None:
        """Set a count of an asset."""
        if value > LARGEST:
            raise refusal(400, f"{which}Count is required to be at most {LARGEST}.")
        with self._database.transaction():
            self._database.run(f"UPDATE asset SET {which}_count = ? WHERE asset_id = ?", (value, asset_id))  # noqa: S608 - our own names
            self._log.write(asset_id, Event.UPDATE, self._assets.now(), user, changed=f"{which}Count", value=value)

    def record(
        self, asset_id: str, user: str, work: Work, when: int | None, comment: str | None, due: int | None = None
    ) -> None:
        """Note that an asset was calibrated, which begins its running count anew, or maintained; now without a time.

        Without ``due`` it is due again when the interval of its type has passed.
        """
        date = self._assets.now() if when is None else when
        if due is not None and due < date:
            raise refusal(400, "toDate is required not to be before fromDate.")
        reset = ", running_count = 0" if work == "calibration" else ""
        update = f"UPDATE asset SET last_{work} = ?, {work}_due = ?{reset} WHERE asset_id = ?"  # noqa: S608 - our own names
        with self._database.transaction():
            self._database.run(update, (date, due, asset_id))
            self._log.write(asset_id, Event[work.upper()], date, user, comment=comment)

    def _use(self, asset_id: str, uses: int, when: int) -> None:
        """Add uses; a count stays at the largest number that it can show."""
        self._database.run(
            "UPDATE asset SET running_count = min(running_count + :uses, :largest),"
            " total_count = min(total_count + :uses, :largest), last_seen = max(coalesce(last_seen, :when), :when)"
            " WHERE asset_id = :asset",
            {"uses": uses, "largest": LARGEST, "when": when, "asset": asset_id},
        )
