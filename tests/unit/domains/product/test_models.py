"""Payloads of products."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywats.domains.product.models import Product, ProductCategory, ProductGroup, ProductRevisionRelation

ID = UUID(int=1)


def relation(**values: object) -> ProductRevisionRelation:
    ends = {"parent_product_revision_id": ID, "child_product_revision_id": ID}
    return ProductRevisionRelation.model_validate({**ends, **values})


@pytest.mark.parametrize(
    ("mask", "revision", "fits"),
    [
        (None, "1.0", True),
        (None, "1.1", False),
        ("", "1.0", True),
        ("1.%", "1.7", True),
        ("1.*", "1.7", True),
        ("1.%", "2.0", False),
        ("2.0; 1.%", "1.7", True),
        ("%", "anything", True),
        ("1.?", "1.7", False),
        ("[1].0", "1.0", False),
        ("[1].0", "[1].0", True),
    ],
)
def test_a_mask_says_which_revisions_will_do(mask, revision, fits):
    assert relation(child_revision="1.0", revision_mask=mask).matches_revision(revision) == fits


@given(st.text(min_size=1).filter(lambda text: not set(text) & set("*%;") and text == text.strip()))
def test_a_mask_without_wildcards_is_one_revision(revision: str):
    assert relation(revision_mask=revision).matches_revision(revision)
    assert not relation(revision_mask=revision).matches_revision(revision + "x")


@pytest.mark.parametrize(
    "name", ["ProductRevisionRelationId", "productRevisionRelationId", "RelationId", "relation_id"]
)
def test_a_relation_is_read_in_any_spelling_and_written_in_one(name):
    written = relation(**{name: str(ID)}).to_wire()
    assert written["ProductRevisionRelationId"] == str(ID)
    assert written["Quantity"] == 1
    assert not [name for name in written if name[0].islower()]


def test_a_category_and_a_group_have_names_in_any_spelling():
    assert ProductCategory.from_wire({"ProductCategoryId": str(ID), "Name": "PCB"}).category_id == ID
    assert ProductGroup.from_wire({"productGroupName": "G"}).name == "G"


def test_the_category_of_a_product_goes_by_two_names():
    assert Product.from_wire({"partNumber": "P", "category": "PCB"}).product_category_name == "PCB"
    assert Product.from_wire({"partNumber": "P", "productCategoryName": "PCB"}).product_category_name == "PCB"


def test_a_product_of_nulls_is_a_usual_one():
    nulls = dict.fromkeys(["name", "nonSerial", "state", "revisions", "tags", "productId"])
    assert Product.from_wire({"partNumber": "P", **nulls}) == Product(part_number="P")
