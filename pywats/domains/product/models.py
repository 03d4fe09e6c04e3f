"""Products, their revisions, groups, bills of material and box builds."""

from fnmatch import fnmatchcase
from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from pywats.exchange.wire import Items, NullIs, OpenIntEnum, PyWATSModel, Setting, named, no_items

__all__ = [
    "BomItem",
    "Product",
    "ProductCategory",
    "ProductGroup",
    "ProductRevision",
    "ProductRevisionRelation",
    "ProductState",
    "ProductView",
    "PublicBom",
    "PublicBomComponent",
]


class ProductState(OpenIntEnum):
    """Whether a product or a revision is in use."""

    INACTIVE = 0
    ACTIVE = 1


State = Annotated[ProductState, NullIs(ProductState.ACTIVE)]
Flag = Annotated[bool, NullIs(False)]
Quantity = Annotated[int, NullIs(1)]


class ProductRevision(PyWATSModel):
    """One revision of a product.

    Attributes:
        xml_data: user-defined values as an XML document; ``tags`` holds the same values.
    """

    revision: str
    name: str | None = None
    description: str | None = None
    state: State = ProductState.ACTIVE
    product_revision_id: UUID | None = None
    product_id: UUID | None = None
    xml_data: str | None = None
    part_number: str | None = named("partNumber", "PartNumber", "part_number")
    tags: Items[Setting] = no_items()


class Product(PyWATSModel):
    """A product with its revisions.

    Attributes:
        non_serial: it has no units with serial numbers.
        xml_data: user-defined values as an XML document; ``tags`` holds the same values.
    """

    part_number: str
    name: str | None = None
    description: str | None = None
    non_serial: Flag = False
    state: State = ProductState.ACTIVE
    product_id: UUID | None = None
    xml_data: str | None = None
    product_category_id: UUID | None = None
    product_category_name: str | None = named("productCategoryName", "category", "product_category_name")
    revisions: Items[ProductRevision] = no_items()
    tags: Items[Setting] = no_items()


class ProductView(PyWATSModel):
    """A product as short lists show it."""

    part_number: str
    name: str | None = None
    category: str | None = None
    non_serial: Flag = False
    state: State = ProductState.ACTIVE


class ProductGroup(PyWATSModel):
    """A group of the product administration."""

    product_group_id: int | None = None
    product_group_name: str | None = named("productGroupName", "product_group_name", "name")

    @property
    def name(self) -> str | None:
        """The group's name."""
        return self.product_group_name


class ProductCategory(PyWATSModel):
    """A kind of products."""

    category_id: UUID | None = named(
        "categoryId", "CategoryId", "category_id", "ProductCategoryId", "productCategoryId"
    )
    name: str | None = named("name", "Name")
    description: str | None = named("description", "Description")


class ProductRevisionRelation(PyWATSModel):
    """A revision that another one is built from.

    Attributes:
        parent_product_revision_id: the revision that is built.
        child_product_revision_id: the revision that goes into it.
        revision_mask: other revisions of the child that may be used, such as ``1.%``; ``%`` and ``*`` stand for any
            text, and ``;`` separates several masks.
    """

    relation_id: UUID | None = named(
        "ProductRevisionRelationId", "productRevisionRelationId", "relationId", "relation_id", "RelationId"
    )
    parent_product_revision_id: UUID = Field(
        validation_alias=AliasChoices(
            "ParentProductRevisionId", "parentProductRevisionId", "parent_product_revision_id"
        ),
        serialization_alias="ParentProductRevisionId",
    )
    child_product_revision_id: UUID = Field(
        validation_alias=AliasChoices(
            "ProductRevisionId",
            "productRevisionId",
            "childProductRevisionId",
            "child_product_revision_id",
            "ChildProductRevisionId",
        ),
        serialization_alias="ProductRevisionId",
    )
    quantity: Quantity = named("Quantity", "quantity", default=1)
    item_number: str | None = named("ItemNumber", "itemNumber", "item_number")
    child_part_number: str | None = named("ChildPartNumber", "childPartNumber", "child_part_number")
    child_revision: str | None = named("ChildRevision", "childRevision", "child_revision")
    revision_mask: str | None = named("RevisionMask", "revisionMask", "revision_mask")

    def joins_as(self, other: "ProductRevisionRelation") -> bool:
        """Whether both make the same revision a part of the same parent."""
        return (self.parent_product_revision_id, self.child_product_revision_id) == (
            other.parent_product_revision_id,
            other.child_product_revision_id,
        )

    def matches_revision(self, revision: str) -> bool:
        """Whether this revision of the child may be used: by the mask, or else by being the one named."""
        if not self.revision_mask:
            return revision == self.child_revision
        masks = self.revision_mask.replace("%", "*").replace("[", "[[]").replace("?", "[?]").split(";")
        return any(fnmatchcase(revision, mask.strip()) for mask in masks)


class BoxBuildRow(PyWATSModel):
    """One row of the flat list that describes what a revision is built from.

    Attributes:
        level: 0 for the revision itself, 1 for what goes into it, 2 for what goes into that.
    """

    level: int = named("hlevel", "hLevel", "HLevel", "level", default=1)
    relation_id: UUID | None = named("ProductRevisionRelationId", "productRevisionRelationId")
    parent_product_revision_id: UUID | None = named("ParentProductRevisionId", "parentProductRevisionId")
    child_product_revision_id: UUID | None = named("ProductRevisionId", "productRevisionId")
    quantity: Quantity = named("Quantity", "quantity", default=1)
    item_number: str | None = named("ItemNumber", "itemNumber")
    child_part_number: str | None = named("ChildPartNumber", "childPartNumber", "PartNumber", "partNumber")
    child_revision: str | None = named("ChildRevision", "childRevision", "Revision", "revision")
    revision_mask: str | None = named("RevisionMask", "revisionMask")


class BomItem(PyWATSModel):
    """One line of a bill of material.

    Attributes:
        component_ref: where it sits, such as ``R12;R13``.
        revision: of the component.
        function_block: the part of the product it belongs to.
    """

    bom_item_id: UUID | None = named("bomItemId", "BomItemId", "bom_item_id")
    product_revision_id: UUID | None = named("productRevisionId", "ProductRevisionId", "product_revision_id")
    component_ref: str | None = named("componentRef", "ComponentRef", "component_ref", "compRef", "Ref")
    part_number: str | None = named("partNumber", "PartNumber", "part_number", "Number")
    revision: str | None = named("revision", "Revision", "Rev")
    description: str | None = named("description", "Description", "Desc")
    quantity: Quantity = named("quantity", "Quantity", "Qty", default=1)
    function_block: str | None = named("functionBlock", "FunctionBlock", "function_block")
    manufacturer: str | None = named("manufacturer", "Manufacturer")
    manufacturer_pn: str | None = named("manufacturerPn", "ManufacturerPn", "manufacturer_pn")
    vendor: str | None = named("vendor", "Vendor")
    vendor_pn: str | None = named("vendorPn", "VendorPn", "vendor_pn")


class PublicBomComponent(PyWATSModel):
    """One line of a bill of material as the public API writes it."""

    number: str | None = named("number", "Number")
    revision: str | None = named("revision", "Revision", "Rev")
    quantity: int | None = named("quantity", "Quantity", "Qty")
    description: str | None = named("description", "Description", "Desc")
    reference: str | None = named("reference", "Reference", "Ref")
    function_block: str | None = named("functionBlock", "FunctionBlock", "function_block")


class PublicBom(PyWATSModel):
    """A bill of material as the public API writes it."""

    part_number: str | None = named("partNumber", "PartNumber", "part_number")
    revision: str | None = named("revision", "Revision")
    description: str | None = named("description", "Description", "Desc")
    components: Items[PublicBomComponent] = no_items("components", "Components")
