"""Laying one configuration file over another."""

from pywats.config.document import Mapping, Node


def merge(base: Node, over: Node) -> Node:
    """Return ``base`` with ``over`` on top, every node with the place it came from.

    Mappings are merged key by key, at every depth; lists and single values are replaced whole.
    """
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    items = dict(base.items)
    for key, node in over.items.items():
        items[key] = merge(items[key], node) if key in items else node
    places = {**base.key_places, **over.key_places}
    return Mapping(items, places, base.place, 1 + sum(1 + node.nodes for node in items.values()))
