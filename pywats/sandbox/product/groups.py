"""Product groups, and the filters that say which products belong to them."""

import re
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.fields import Fields
from pywats.sandbox.store import Database, Values

SCHEMA = """
CREATE TABLE IF NOT EXISTS product_group (
    group_id INTEGER PRIMARY KEY AUTOINCREMENT,
    client INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    is_public INTEGER NOT NULL DEFAULT 0,
    UNIQUE (client, name)
);
CREATE TABLE IF NOT EXISTS product_group_filter (
    filter_id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES product_group ON DELETE CASCADE,
    part_number TEXT NOT NULL,
    revision TEXT,
    exclude INTEGER NOT NULL DEFAULT 0,
    order_no INTEGER NOT NULL
);
"""

Group = dict[str, Any]


class ProductGroups:
    """Both lists of product groups: those of the product administration, and those that clients are restricted to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(self) -> list[Group]:
        """Return the groups of the product administration."""
        return [_group(row) for row in self._rows("client = 0")]

    def client_groups(self, group_id: int | None = None, *, filters: bool = False) -> list[Group]:
        """Return the groups that clients are restricted to, or the one of an id, with their filters if asked for."""
        rows = self._rows("client = 1 AND (:id IS NULL OR group_id = :id)", {"id": group_id})
        found = [_client_group(row) for row in rows]
        for group in found if filters else ():
            group["filters"] = self.filters(group["id"])
        return found

    def save_group(self, values: dict[str, Any]) -> Group:
        """Add a group to the product administration, or change the one of its id or name."""
        fields = Fields(values)
        name = fields.needed("productGroupName", "name")
        same = self._database.value("SELECT group_id FROM product_group WHERE client = 0 AND name = ?", (name,))
        group_id = fields.whole("productGroupId") or same
        if group_id is None:
            group_id = self._add(0, name)
        else:
            self._change(0, group_id, name, same)
        if "description" in fields:
            self._set(group_id, "description", fields.text("description"))
        return _group(self._rows("client = 0 AND group_id = ?", (group_id,))[0])

    def add_client_group(self, values: dict[str, Any]) -> Group:
        """Add a group that clients may be restricted to; its name must be new."""
        fields = Fields(values)
        name = fields.needed("name")
        if self._database.row("SELECT 1 FROM product_group WHERE client = 1 AND name = ?", (name,)):
            raise refusal(409, f"There is a product group {name} already.")
        group_id = self._add(1, name)
        return self._save_client_group(group_id, fields)

    def change_client_group(self, values: dict[str, Any]) -> Group:
        """Change a group that clients may be restricted to."""
        fields = Fields(values)
        group_id = fields.whole("id")
        if group_id is None:
            raise refusal(400, "id is required.")
        if "name" in fields:
            name = fields.needed("name")
            find = "SELECT group_id FROM product_group WHERE client = 1 AND name = ?"
            self._change(1, group_id, name, self._database.value(find, (name,)))
        return self._save_client_group(group_id, fields)

    def delete_client_group(self, group_id: int) -> bool:
        """Delete a group with its filters; return whether there was one."""
        return self._database.run("DELETE FROM product_group WHERE client = 1 AND group_id = ?", (group_id,)) > 0

    def filters(self, group_id: int | None = None, filter_id: int | None = None) -> list[dict[str, Any]]:
        """Return the filters of all groups, of one group, or the one of an id."""
        rows = self._database.rows(
            "SELECT filter_id, group_id, part_number, revision, exclude, order_no FROM product_group_filter"
            " WHERE (:group_id IS NULL OR group_id = :group_id) AND (:filter_id IS NULL OR filter_id = :filter_id)"
            " ORDER BY group_id, order_no",
            {"group_id": group_id, "filter_id": filter_id},
        )
        names = ("id", "productGroupId", "partNumber", "revision", "exclude", "orderNo")
        return [dict(zip(names, row, strict=True)) | {"exclude": bool(row[4])} for row in rows]

    def add_filter(self, group: str, part_number: str, revision: str | None, *, exclude: bool) -> dict[str, Any]:
        """Add a filter to the group of a name, after its others; ``%`` and ``*`` stand for any text."""
        find = "SELECT group_id FROM product_group WHERE name = ? ORDER BY client DESC"
        group_id = self._database.value(find, (group,))
        if group_id is None:
            raise refusal(404, f"There is no product group {group}.")
        filter_id = self._database.insert(
            "INSERT INTO product_group_filter (group_id, part_number, revision, exclude, order_no)"
            " VALUES (:group_id, :part_number, :revision, :exclude,"
            " (SELECT coalesce(max(order_no), 0) + 1 FROM product_group_filter WHERE group_id = :group_id))",
            {"group_id": group_id, "part_number": part_number, "revision": revision, "exclude": exclude},
        )
        return self.filters(filter_id=filter_id)[0]

    def of_product(self, part_number: str, revision: str | None = None, *, client_only: bool) -> list[Group]:
        """Return the groups that a product, or a revision of it, belongs to: its last matching filter decides."""
        found: list[Group] = []
        for row in self._rows("client >= ?", (int(client_only),)):
            belongs = False
            for each in self.filters(row[0]):
                if _fits(each["partNumber"], part_number) and _fits(each["revision"] or "%", revision):
                    belongs = not each["exclude"]
            if belongs:
                found.append(_client_group(row) if client_only else _group(row))
        return found

    def names_of(self, part_number: str) -> list[str]:
        """Return the names of the groups of either list that a product belongs to."""
        return list(dict.fromkeys(row["productGroupName"] for row in self.of_product(part_number, client_only=False)))

    def part_numbers(self, group: str) -> list[str]:
        """Return the part numbers that belong to the groups of a name, of all products there are."""
        found = [part_number for (part_number,) in self._database.rows("SELECT part_number FROM product")]
        return [each for each in found if group in self.names_of(each)]

    def all(self, *, filters: bool = False) -> list[Group]:
        """Return the groups of both lists, with their filters if asked for."""
        found = [_group(row) for row in self._rows("1")]
        for group in found if filters else ():
            group["filters"] = self.filters(group["productGroupId"])
        return found

    def _rows(self, where: str, values: Values = ()) -> list[tuple[Any, ...]]:
        select = "SELECT group_id, name, description, is_public FROM product_group WHERE "
        return self._database.rows(f"{select}{where} ORDER BY group_id", values)

    def _add(self, client: int, name: str) -> int:
        return self._database.insert("INSERT INTO product_group (client, name) VALUES (?, ?)", (client, name))

    def _change(self, client: int, group_id: int, name: str, same_name: int | None) -> None:
        if same_name not in {None, group_id}:
            raise refusal(409, f"There is a product group {name} already.")
        if not self._database.run(
            "UPDATE product_group SET name = ? WHERE client = ? AND group_id = ?", (name, client, group_id)
        ):
            raise refusal(404, f"There is no product group with the id {group_id}.")

    def _save_client_group(self, group_id: int, fields: Fields) -> Group:
        if "description" in fields:
            self._set(group_id, "description", fields.text("description"))
        if "isPublic" in fields:
            self._set(group_id, "is_public", bool(fields.flag("isPublic")))
        found = self.client_groups(group_id)
        if not found:
            raise refusal(404, f"There is no product group with the id {group_id}.")
        return found[0]

    def _set(self, group_id: int, column: str, value: Any) -> None:
        self._database.run(f"UPDATE product_group SET {column} = ? WHERE group_id = ?", (value, group_id))  # noqa: S608 - our own names


def _group(row: tuple[Any, ...]) -> Group:
    return {"productGroupId": row[0], "productGroupName": row[1], "description": row[2]}


def _client_group(row: tuple[Any, ...]) -> Group:
    return {"id": row[0], "name": row[1], "description": row[2], "isPublic": bool(row[3])}


def _fits(pattern: str, text: str | None) -> bool:
    if text is None:
        return True
    parts = re.split(r"[%*]+", pattern)
    return re.fullmatch(".*?".join(map(re.escape, parts)), text, re.DOTALL) is not None
