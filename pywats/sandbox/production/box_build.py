"""Box builds of real units: what may go into a unit, what is in it, and whether that is complete."""

import re
from typing import Any

from pywats.sandbox.answers import refusal
from pywats.sandbox.product.relations import ProductRelations, Relation
from pywats.sandbox.product.store import Products
from pywats.sandbox.production import phases
from pywats.sandbox.production.store import Unit, Units

FINISHED_TAG = "PhaseFinalized"
"""The tag of a revision that names the phase in which its units may be built in, instead of Finalized."""

Row = dict[str, Any]


class BoxBuilds:
    """What units are built from, by the box builds of their revisions."""

    def __init__(self, units: Units, products: Products, relations: ProductRelations) -> None:
        self._units = units
        self._products = products
        self._relations = relations

    def add(
        self, parent: Unit, child: Unit, *, part_number: str = "", revision: str = "", check_phase: bool = True
    ) -> Unit:
        """Build a unit into another; return the other one.

        The child must have no parent (409), must not contain the parent (409), must be what the box build of the
        parent's revision lists, or what is asked for instead (400), and be in the phase that finishes it (400). How
        many there may be counts only when the whole is checked.
        """
        if child.parent_id is not None:
            raise refusal(409, f"The unit {child.label} has a parent already.")
        if part_number:
            fits = child.part_number == part_number and (not revision or _matches(child.revision, revision))
            wanted = f"{part_number} {revision}".rstrip()
        else:
            fits = any(_fits(child, relation) for relation in self._parts(parent.part_number, parent.revision))
            wanted = f"what the box build of {parent.part_number} {parent.revision} lists"
        if not fits:
            raise refusal(400, f"The unit {child.label}, revision {child.revision}, is not {wanted}.")
        problem = self._unfinished(child) if check_phase else None
        if problem:
            raise refusal(400, problem)
        self._units.join(child, parent, f"Built into {parent.label}")
        return parent

    def remove(self, parent: Unit, child: Unit) -> Unit:
        """Take a unit out of another, in which it must be (400); return the other one."""
        if child.parent_id != parent.unit_id:
            raise refusal(400, f"The unit {child.label} is not in {parent.label}.")
        self._units.change(child, f"Taken out of {parent.label}", parent_id=None)
        return parent

    def remove_all(self, parent: Unit) -> Unit:
        """Take all units out of another; return the other one."""
        for child in self._units.children(parent):
            self.remove(parent, child)
        return parent

    def check(self, unit: Unit) -> Row:
        """Return whether a unit has just what its box build lists, part by part, and what is wrong."""
        left = self._units.children(unit)
        problems = [problem for child in left if (problem := self._unfinished(child))]
        parts: list[Row] = []
        for relation in self._parts(unit.part_number, unit.revision):
            found = [child for child in left if _fits(child, relation)]
            left = [child for child in left if child not in found]
            if len(found) != relation["Quantity"]:
                part = f"{relation['ChildPartNumber']} {relation['RevisionMask'] or relation['ChildRevision']}"
                problems.append(f"{relation['Quantity']} of {part} are required, there are {len(found)}.")
            parts.append(
                {
                    "partNumber": relation["ChildPartNumber"],
                    "revision": relation["ChildRevision"],
                    "revisionMask": relation["RevisionMask"],
                    "quantity": relation["Quantity"],
                    "found": len(found),
                    "serialNumbers": [child.serial_number for child in found],
                }
            )
        problems += [f"The unit {child.label}, revision {child.revision}, does not belong there." for child in left]
        return {
            "serialNumber": unit.serial_number,
            "partNumber": unit.part_number,
            "revision": unit.revision,
            "valid": not problems,
            "messages": problems,
            "parts": parts,
        }

    def contents(self, unit: Unit, revision: str) -> Row:
        """Return what a unit of a revision consists of, level by level, with the units that are there."""
        revision_id = self._products.revision_id(unit.part_number, revision)
        if revision_id is None:
            raise refusal(404, f"There is no revision {revision} of the product {unit.part_number}.")
        tree = self._relations.tree(revision_id)
        top = _content(tree[0], [unit])
        above = [top]
        units = [[unit]]
        for row in tree[1:]:
            level = row["hlevel"]
            del above[level:], units[level:]
            inside = [child for parent in units[-1] for child in self._units.children(parent) if _fits(child, row)]
            content = _content(row, inside)
            above[-1]["Children"].append(content)
            above.append(content)
            units.append(inside)
        return top

    def _parts(self, part_number: str, revision: str) -> list[Relation]:
        revision_id = self._products.revision_id(part_number, revision)
        tree = [] if revision_id is None else self._relations.tree(revision_id)
        return [row for row in tree if row["hlevel"] == 1]

    def _unfinished(self, child: Unit) -> str | None:
        """Why a unit is not finished, so that it cannot be built in, or ``None``."""
        named = self._products.tag(FINISHED_TAG, child.part_number, child.revision)
        wanted = phases.FINALIZED if named is None else phases.read(named)
        if child.phase & wanted == wanted:
            return None
        return f"The unit {child.label} is {phases.name_of(child.phase)}, not {phases.name_of(wanted)}."


def _fits(child: Unit, relation: Relation) -> bool:
    if child.part_number != relation["ChildPartNumber"]:
        return False
    mask = relation["RevisionMask"]
    return _matches(child.revision, mask) if mask else child.revision == relation["ChildRevision"]


def _matches(revision: str, masks: str) -> bool:
    """Whether a revision matches one of the masks between semicolons; ``%`` and ``*`` stand for any text."""
    for mask in masks.split(";"):
        pattern = ".*".join(map(re.escape, re.split(r"[%*]", mask.strip())))
        if re.fullmatch(pattern, revision, re.DOTALL):
            return True
    return False


def _content(row: Relation, units: list[Unit]) -> Row:
    return {
        "PartNumber": row["PartNumber"],
        "Revision": row["Revision"],
        "ProductName": row["ProductName"],
        "RevisionName": row["RevisionName"],
        "RevisionMask": row["RevisionMask"],
        "Quantity": row["Quantity"],
        "Level": row["hlevel"],
        "ItemId": row["ProductRevisionId"],
        "ParentItemId": row["ParentProductRevisionId"],
        "Children": [],
        "Units": [
            {"SerialNumber": unit.serial_number, "PartNumber": unit.part_number, "Revision": unit.revision}
            for unit in units
        ],
    }
