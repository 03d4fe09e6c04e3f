"""Reading a long list of products, against a plain pydantic model of the same fields."""

from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter

from benchmarks.plain_report import Plain
from benchmarks.rounds import Figures, measure
from pywats.exchange.answer import Answer
from pywats.exchange.call import many
from pywats.models import Product, ProductState

MANY, AGAIN = 10_000, 5


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


def row(number: int) -> dict[str, object]:
    """A product with one revision and with every field, as the server writes it."""
    part_number, product = f"WIDGET-{number}", str(UUID(int=number))
    revision = {
        "productRevisionId": str(UUID(int=number + MANY)),
        "productId": product,
        "revision": "A",
        "name": "first",
        "description": None,
        "state": 1,
        "xmlData": None,
        "partNumber": part_number,
        "tags": [],
    }
    return {
        "productId": product,
        "nonSerial": False,
        "partNumber": part_number,
        "name": "Widget",
        "description": "A widget",
        "state": 1,
        "xmlData": None,
        "productCategoryId": None,
        "productCategoryName": None,
        "revisions": [revision],
        "tags": [],
    }


async def parsing(rounds: int) -> Figures:
    """Read the JSON of 10,000 products, several times: when the collector makes its longest pause is chance."""
    content = orjson.dumps([row(number) for number in range(MANY)])
    read, plain = many(Product), TypeAdapter(list[PlainProduct])

    async def ours() -> None:
        for _ in range(AGAIN):
            read(Answer(200, {"content-type": "application/json"}, content))

    async def theirs() -> None:
        for _ in range(AGAIN):
            plain.validate_json(content)

    return await measure(f"read {MANY:,} products", "CPU 1.0", ours, theirs, operations=AGAIN * MANY, rounds=rounds)
