"""Texts that are longer than the server takes, cut."""

from pywats.reports.member import Json
from pywats.reports.record import Record
from pywats.reports.step import kind_of
from pywats.reports.values import is_object, members_of, objects

_WHOLE = frozenset(("pn", "sn", "assetSN"))
"""Texts that name something: a part of one would name something else."""


def cut(kind: type[Record], wire: Json, place: str) -> list[str]:
    """Cut the texts of a part and of those in it; returns where."""
    done: list[str] = []
    waiting: list[tuple[type[Record], Json, str]] = [(kind, wire, place)]
    while waiting:
        kind, wire, place = waiting.pop()
        members = members_of(kind)
        for key, value in wire.items():
            member = members.get(key)
            if member is None or value is None:
                continue
            longest = member.longest
            if longest is not None and isinstance(value, str) and len(value) > longest and key not in _WHOLE:
                wire[key] = value[:longest]
                done.append(f"{place}: {member.name} had {len(value)} characters, and has {longest}")
            inner = member.parts()
            if inner is None:
                continue
            found = [(0, value)] if is_object(value) else objects(wire, key)
            for index, each in reversed(found):
                if inner.stands_alone:
                    at = f"{place} / {each.get('name')}" if member.many else member.name
                    waiting.append((kind_of(each), each, at))
                else:
                    waiting.append((inner, each, f"{place} / {member.name}" + (f"[{index}]" if member.many else "")))
    return done
