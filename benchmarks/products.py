"""Reading a long list of products, against a plain pydantic model of the same fields."""

from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter

from benchmarks.plain_report import Plain
from benchmarks.rounds import Figures, measure
from pywats.answer import Answer
from pywats.call import many
from pywats.models import Product, ProductState

MANY = 10_000


class PlainRevision(Plain):
    """A revision of a product."""

    revision: str
    name: str | None = None
    description: str | None = None
    state: ProductState = ProductState.ACTIVE
    product_revision_id: UUID | None = None
    product_id: UUID | None = None
    xml_data: str | None = None
    part_number: str | None = None
    tags: list[dict[str, str]] = Field(default_factory=list)


class PlainProduct(Plain):
    """A product; what the server says beyond these fields is dropped."""

    part_number: str
    name: str | None = None
    description: str | None = None
    non_serial: bool = False
    state: ProductState = ProductState.ACTIVE
    product_id: UUID | None = None
    xml_data: str | None = None
    product_category_id: UUID | None = None
    product_category_name: str | None = None
    revisions: list[PlainRevision] = Field(default_factory=list)
    tags: list[dict[str, str]] = Field(default_factory=list)


async def parsing(rounds: int) -> Figures:
    """Read the JSON of 10,000 products."""
    revisions = [{"revision": "A", "name": "first", "state": 1}]
    fields = {"name": "Widget", "description": "A widget", "nonSerial": False, "state": 1, "revisions": revisions}
    content = orjson.dumps([{"partNumber": f"WIDGET-{number}", **fields} for number in range(MANY)])
    read, plain = many(Product), TypeAdapter(list[PlainProduct])

    async def ours() -> None:
        read(Answer(200, {"content-type": "application/json"}, content))

    async def theirs() -> None:
        plain.validate_json(content)

    return await measure(f"read {MANY:,} products", "CPU 1.0", ours, theirs, operations=MANY, rounds=rounds)
