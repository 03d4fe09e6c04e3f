"""The product domain: products, revisions, groups, bills of material, box builds, tags, categories and vendors."""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree as ET

from pywats.concurrency.result import Result
from pywats.domains.product.box_build import BoxBuildTemplate, Relations, opens_template, relation_of, relations_of
from pywats.domains.product.models import (
    BomItem,
    BoxBuildRow,
    Product,
    ProductGroup,
    ProductRevision,
    ProductRevisionRelation,
    ProductState,
    PublicBom,
)
from pywats.errors import ValidationError
from pywats.exchange.answer import NOT_FOUND, Answer
from pywats.exchange.call import Call, checked, deleted, is_nothing, maybe, nothing, parse, query, url
from pywats.exchange.paging import Cursor, Page, check_page, walk
from pywats.exchange.wire import ChangeType, Setting
from pywats.progress import Progress
from pywats.query import odata
from pywats.service import Async, Face, all_of, each_found, found, method, stream

Row = dict[str, Any]
Pair = tuple[str, str]

LARGEST_PAGE: Final = 100_000
_PART_NUMBER: Final = attrgetter("part_number")
_WSBF: Final = "http://wats.virinco.com/schemas/WATS/wsbf"
_XML_TEXT: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


class ProductService(Relations[Face]):
    """Products and what belongs to them. Methods marked as internal use what may change with any release."""

    # Products

    @method
    async def get_products(self: "ProductService[Async]") -> list[Product]:
        """Return all products, as far as the list shows them; revisions and tags only where the server lists them."""
        return [product async for product in self.iter_products(page_size=1000)]

    @method
    async def get_products_full(self: "ProductService[Async]") -> list[Product]:
        """Return all products with their revisions and tags; what the list leaves out is asked product by product."""

        async def complete(product: Product) -> Product:
            if "revisions" in product.model_fields_set:
                return product
            return await self.get_product(product.part_number) or product

        return await all_of(map(complete, await self.get_products()))

    @stream
    def iter_products(
        self,
        filter: str | None = None,
        *,
        page_size: int = 1000,
        max_items: int | None = None,
        resume_from: str | None = None,
        progress: Progress = False,
    ) -> AsyncGenerator[Sequence[Product], None]:
        """Walk over all products, or those that meet a condition; ``resume_from`` is an earlier walk's ``cursor``."""
        check_page(page_size, max_items, largest=LARGEST_PAGE)

        async def ask(page: Page) -> list[Product]:
            behind = None if page.after is None else odata.gt("partNumber", page.after)
            condition = odata.and_(filter, behind)
            wanted = query(filter_=condition, top_=page.top, orderby_="partNumber", skip_=page.skip or None)
            return await self._list("/api/Product/Query", Product, wanted, bulk=True)

        start = Cursor.read(resume_from, "partNumber")
        return walk(ask, _PART_NUMBER, page_size=page_size, max_items=max_items, start=start, progress=progress)

    @method
    async def query_products(
        self, filter: str | None = None, top: int | None = None, orderby: str | None = None
    ) -> list[Product]:
        """Return one page of products by OData: at most ``top``, or as many as the server gives without it (1,000)."""
        wanted = query(filter_=filter, top_=top, orderby_=orderby)
        return await self._list("/api/Product/Query", Product, wanted)

    @method
    async def get_active_products(self: "ProductService[Async]") -> list[Product]:
        """Return the products that are in use."""
        return [product for product in await self.get_products() if self.is_active(product)]

    def is_active(self, product: Product) -> bool:
        """Whether a product is in use."""
        return product.state == ProductState.ACTIVE

    @method
    async def get_product(self, part_number: str) -> Product | None:
        """Return one product with its revisions and tags, or ``None``."""
        return await self._find(url("/api/Product/{}", part_number), Product)

    @method
    async def get_products_batch(
        self: "ProductService[Async]", part_numbers: Sequence[str], max_concurrent: int = 10, progress: Progress = False
    ) -> list[Result[Product]]:
        """Return the result of ``get_product`` for each part number, in order; one that is missing is a ``Failure``."""
        return await each_found(self.get_product, part_numbers, "product", max_concurrent, progress)

    @method
    async def get_product_with_relations(self, part_number: str) -> Row | None:
        """Return one product as the web pages read it, or ``None`` (internal)."""
        path = "/api/internal/Product/GetProductByPN"
        return await self._find(path, Row, query(PN=part_number), internal=True)

    @method
    async def create_product(
        self,
        part_number: str,
        name: str | None = None,
        description: str | None = None,
        non_serial: bool = False,
        state: ProductState | int | str = ProductState.ACTIVE,
        *,
        xml_data: str | None = None,
        product_category_id: UUID | str | None = None,
    ) -> Product | None:
        """Store a product under a part number, over one that is there; return it as stored."""
        product = checked(
            Product,
            {
                "part_number": part_number,
                "name": name,
                "description": description,
                "non_serial": non_serial,
                "state": state,
                "xml_data": xml_data,
                "product_category_id": product_category_id,
            },
        )
        return await self._put("/api/Product", product, Product)

    @method
    async def update_product(self, product: Product) -> Product | None:
        """Store a product, known by its part number; return it as stored."""
        return await self._put("/api/Product", product, Product)

    @method
    async def bulk_save_products(self, products: Sequence[Product]) -> list[Product]:
        """Store many products with one request; return them as stored."""
        return await self._put_all("/api/Products", products, Product)

    @method
    async def delete_product(self, part_number: str) -> Row:
        """Delete a product, or put it out of use if it has units or reports.

        Returns:
            ``deleted``, and in ``serialNumbers`` the units for which it was only put out of use.
        """
        return await self._remove(url("/api/Product/{}", part_number))

    # Revisions

    @method
    async def get_revisions(self: "ProductService[Async]", part_number: str) -> list[ProductRevision]:
        """Return the revisions of a product; none if there is no such product."""
        product = await self.get_product(part_number)
        return product.revisions if product else []

    @method
    async def get_revision(self, part_number: str, revision: str) -> ProductRevision | None:
        """Return one revision with its tags, or ``None``."""
        return await self._find(url("/api/Product/{}/{}", part_number, revision), ProductRevision)

    @method
    async def get_revisions_batch(
        self: "ProductService[Async]", pairs: Sequence[Pair], max_concurrent: int = 10, progress: Progress = False
    ) -> list[Result[ProductRevision]]:
        """Return the result of ``get_revision`` for each part number and revision, in order; a missing one fails."""
        return await each_found(self.get_revision, pairs, "revision", max_concurrent, progress)

    @method
    async def create_revision(
        self: "ProductService[Async]",
        part_number: str,
        revision: str,
        name: str | None = None,
        description: str | None = None,
        state: ProductState | int | str = ProductState.ACTIVE,
    ) -> ProductRevision | None:
        """Add a revision to a product; return it as stored.

        Raises:
            NotFoundError: there is no such product.
        """
        product = await self._needed(part_number)
        made = checked(
            ProductRevision,
            {
                "revision": revision,
                "name": name,
                "description": description,
                "state": state,
                "part_number": part_number,
                "product_id": product.product_id,
            },
        )
        return await self.update_revision(made)

    @method
    async def update_revision(self, revision: ProductRevision) -> ProductRevision | None:
        """Store a revision, known by its ids; return it as stored."""
        return await self._put("/api/Product/Revision", revision, ProductRevision)

    @method
    async def bulk_save_revisions(self, revisions: Sequence[ProductRevision]) -> list[ProductRevision]:
        """Store many revisions with one request; return them as stored."""
        return await self._put_all("/api/Products/Revisions", revisions, ProductRevision)

    @method
    async def delete_revision(self, part_number: str, revision: str) -> Row:
        """Delete a revision, or put it out of use; returns the same as ``delete_product``."""
        return await self._remove(url("/api/Product/{}/{}", part_number, revision))

    async def _remove(self, path: str) -> Row:
        return await self._line.send(Call(verb="DELETE", path=path, read=_deletion, absent=True))

    async def _needed(self: "ProductService[Async]", part_number: str) -> Product:
        stored = await self._find(url("/api/Product/{}", part_number), Product, fresh=True)
        return found(stored, f"product {part_number!r}")

    async def _needed_revision(self: "ProductService[Async]", part_number: str, revision: str) -> ProductRevision:
        stored = await self._find(url("/api/Product/{}/{}", part_number, revision), ProductRevision, fresh=True)
        return found(stored, f"revision {revision!r} of {part_number!r}")

    # Groups

    @method
    async def get_groups(self) -> list[ProductGroup]:
        """Return the groups of the product administration."""
        return await self._list("/api/Product/Groups", ProductGroup)

    @method
    async def create_group(self, name: str, description: str | None = None) -> ProductGroup | None:
        """Store a group of the product administration; return it as stored."""
        group = ProductGroup.model_validate({"product_group_name": name, "description": description})
        return await self._put("/api/Product/Group", group, ProductGroup)

    @method
    async def get_groups_for_product(self, part_number: str) -> list[ProductGroup]:
        """Return the groups of the product administration that a product is in (internal)."""
        path = "/api/internal/Product/GetGroupsForProduct"
        return await self._list(path, ProductGroup, query(partNumber=part_number), internal=True)

    @method
    async def get_product_groups(self, group_id: int | None = None, include_filters: bool = False) -> list[Row]:
        """Return the groups that clients can be restricted to: ``id``, ``name``, ``description``, ``isPublic``.

        Args:
            group_id: only this group.
            include_filters: with the ``filters`` of each.
        """
        wanted = query(id=group_id, includeFilters=include_filters or None)
        return await self._list("/api/Product/ProductGroup", Row, wanted)

    @method
    async def create_product_group(self, name: str, description: str = "", is_public: bool = True) -> Row | None:
        """Add a group that clients can be restricted to; return it as stored."""
        group = {"name": name, "description": description, "isPublic": is_public}
        return await self._write("POST", "/api/Product/ProductGroup", group, maybe(Row))

    @method
    async def update_product_group(
        self, group_id: int, name: str, description: str = "", is_public: bool = True
    ) -> Row | None:
        """Change a group that clients can be restricted to; return it as stored."""
        group = {"id": group_id, "name": name, "description": description, "isPublic": is_public}
        return await self._put("/api/Product/ProductGroup", group, Row)

    @method
    async def delete_product_group(self, group_id: int) -> bool:
        """Delete a group that clients can be restricted to, with its filters."""
        return await self._delete(url("/api/Product/ProductGroup/{}", group_id))

    @method
    async def get_product_group_filters(self, group_id: int | None = None, filter_id: int | None = None) -> list[Row]:
        """Return which part numbers and revisions belong to groups: ``partNumber``, ``revision``, ``exclude``."""
        wanted = query(productGroupId=group_id, id=filter_id)
        return await self._list("/api/Product/ProductGroupFilter", Row, wanted)

    @method
    async def create_product_group_filter(
        self, product_group: str, part_number: str, revision: str | None = None, exclude: bool = False
    ) -> bool:
        """Add products to a group of this name, or exclude them from it; ``%`` and ``*`` stand for any text."""
        wanted = query(productGroup=product_group, partNumber=part_number, revision=revision, exclude=exclude)
        await self._line.send(Call(verb="POST", path="/api/Product/ProductGroupFilter", query=wanted, read=nothing))
        return True

    @method
    async def get_product_groups_by_product(self, part_number: str, revision: str | None = None) -> list[Row]:
        """Return the groups for restriction that a product, or one revision of it, is in."""
        path = "/api/Product/ProductGroupsByProduct"
        return await self._list(path, Row, query(partNumber=part_number, revision=revision))

    # Bills of material

    @method
    async def get_bom_public(self, part_number: str, revision: str) -> PublicBom | None:
        """Return the bill of material of a revision, or ``None``; newer servers only."""
        return await self._find("/api/Product/BOM", PublicBom, query(partNumber=part_number, revision=revision))

    @method
    async def upload_bom_json(self, bom: PublicBom) -> bool:
        """Store a bill of material for the revision that it names; newer servers only."""
        return await self._accepted("PUT", "/api/Product/BOM", bom)

    @method
    async def get_bom(self, part_number: str, revision: str) -> list[BomItem]:
        """Return the lines of a bill of material with manufacturers and vendors (internal)."""
        wanted = query(partNumber=part_number, revision=revision)
        return await self._list("/api/internal/Product/Bom", BomItem, wanted, internal=True)

    @method
    async def get_bom_items(self: "ProductService[Async]", part_number: str, revision: str) -> list[BomItem]:
        """Return the same as ``get_bom``."""
        return await self.get_bom(part_number, revision)

    @method
    async def upload_bom(
        self, part_number: str, revision: str, bom_items: Sequence[BomItem | Mapping[str, Any]], format: str = "json"
    ) -> bool:
        """Store the lines of a bill of material with all their fields (internal)."""
        wanted = query(partNumber=part_number, revision=revision, format=format)
        return await self._accepted("PUT", "/api/internal/Product/BOM", list(bom_items), wanted, internal=True)

    @method
    async def update_bom(
        self, part_number: str, revision: str, bom_items: Sequence[BomItem], description: str | None = None
    ) -> bool:
        """Store a bill of material in the vendor's XML format.

        The format has a component's own number and revision; its manufacturer and vendor travel as further attributes,
        which a server may leave aside.
        """
        document = _wsbf(part_number, revision, bom_items, description)
        xml = "application/xml"
        await self._line.send(Call(verb="PUT", path="/api/Product/BOM", read=nothing, body=document, content_type=xml))
        return True

    # Box builds

    @method
    async def get_product_hierarchy(self, part_number: str, revision: str) -> list[Row]:
        """Return a revision and all that it is built from as a flat list of rows with their ``hlevel`` (internal)."""
        wanted = query(partNumber=part_number, revision=revision)
        return await self._list("/api/internal/Product/GetProductInfo", Row, wanted, internal=True)

    @method
    async def get_box_build_subunits(self, part_number: str, revision: str) -> list[ProductRevisionRelation]:
        """Return what a revision is built from, the first level only (internal)."""
        wanted = query(partNumber=part_number, revision=revision)
        path = "/api/internal/Product/GetProductInfo"
        return relations_of(await self._list(path, BoxBuildRow, wanted, internal=True))

    @method
    async def add_subunit(
        self: "ProductService[Async]",
        parent_part_number: str,
        parent_revision: str,
        child_part_number: str,
        child_revision: str,
        quantity: int = 1,
        revision_mask: str | None = None,
    ) -> ProductRevisionRelation | None:
        """Make one revision a part of another; return the relation (internal).

        Raises:
            NotFoundError: one of the revisions does not exist.
        """
        parent = await self._needed_revision(parent_part_number, parent_revision)
        child = await self._needed_revision(child_part_number, child_revision)
        return await self._add_relation(relation_of(parent, child, quantity, revision_mask=revision_mask))

    @method
    async def remove_subunit(self, relation_id: UUID | str) -> bool:
        """Make a revision no longer a part of another (internal)."""
        return await self._remove_relation(relation_id)

    @opens_template
    async def get_box_build_template(
        self: "ProductService[Async]", part_number: str, revision: str
    ) -> "BoxBuildTemplate[Async]":
        """Return what a revision is built from, to look at and to change (internal).

        Raises:
            NotFoundError: there is no such revision.
        """
        parent = await self._needed_revision(part_number, revision)
        parent.part_number = part_number
        return BoxBuildTemplate(self._line, self, parent, await self.get_box_build_subunits(part_number, revision))

    # Tags

    @method
    async def get_product_tags(self: "ProductService[Async]", part_number: str) -> list[dict[str, str]]:
        """Return the tags of a product as pairs of ``key`` and ``value``; none if there is no such product."""
        product = await self.get_product(part_number)
        return _pairs(product.tags) if product else []

    @method
    async def set_product_tags(
        self: "ProductService[Async]", part_number: str, tags: Iterable[Mapping[str, str]]
    ) -> Product | None:
        """Give a product exactly these tags, pairs of ``key`` and ``value``; return it as stored.

        Raises:
            NotFoundError: there is no such product.
        """
        product = await self._needed(part_number)
        product.tags = _changes(product.tags, _settings(tags), exactly=True)
        return await self.update_product(product)

    @method
    async def add_product_tag(self: "ProductService[Async]", part_number: str, name: str, value: str) -> Product | None:
        """Add a tag to a product, or change its value; return the product as stored.

        Raises:
            NotFoundError: there is no such product.
        """
        product = await self._needed(part_number)
        product.tags = _changes(product.tags, [Setting(key=name, value=value)])
        return await self.update_product(product)

    @method
    async def get_revision_tags(self: "ProductService[Async]", part_number: str, revision: str) -> list[dict[str, str]]:
        """Return the tags of a revision as pairs of ``key`` and ``value``; none if there is no such revision."""
        stored = await self.get_revision(part_number, revision)
        return _pairs(stored.tags) if stored else []

    @method
    async def set_revision_tags(
        self: "ProductService[Async]", part_number: str, revision: str, tags: Iterable[Mapping[str, str]]
    ) -> ProductRevision | None:
        """Give a revision exactly these tags, pairs of ``key`` and ``value``; return it as stored.

        Raises:
            NotFoundError: there is no such revision.
        """
        stored = await self._needed_revision(part_number, revision)
        stored.tags = _changes(stored.tags, _settings(tags), exactly=True)
        return await self.update_revision(stored)

    @method
    async def add_revision_tag(
        self: "ProductService[Async]", part_number: str, revision: str, name: str, value: str
    ) -> ProductRevision | None:
        """Add a tag to a revision, or change its value; return the revision as stored.

        Raises:
            NotFoundError: there is no such revision.
        """
        stored = await self._needed_revision(part_number, revision)
        stored.tags = _changes(stored.tags, [Setting(key=name, value=value)])
        return await self.update_revision(stored)

    @method
    async def get_internal_product_tags(self, part_number: str) -> list[Row]:
        """Return the tags of a product as the web pages read them, without the product (internal)."""
        path = "/api/internal/Product/GetProductTags"
        return await self._list(path, Row, query(partNumber=part_number), internal=True)

    @method
    async def put_internal_product_tags(self, part_number: str, tags: Sequence[Mapping[str, str]]) -> bool:
        """Give a product exactly these tags with one request (internal)."""
        path = "/api/internal/Product/PutProductTags"
        return await self._accepted("PUT", path, tags, query(partNumber=part_number), internal=True)

    @method
    async def get_internal_revision_tags(self, part_number: str, revision: str) -> list[Row]:
        """Return the tags of a revision as the web pages read them, without the revision (internal)."""
        path = "/api/internal/Product/GetRevisionTags"
        return await self._list(path, Row, query(partNumber=part_number, revision=revision), internal=True)

    @method
    async def put_internal_revision_tags(
        self, part_number: str, revision: str, tags: Sequence[Mapping[str, str]]
    ) -> bool:
        """Give a revision exactly these tags with one request (internal)."""
        path, wanted = "/api/internal/Product/PutRevisionTags", query(partNumber=part_number, revision=revision)
        return await self._accepted("PUT", path, tags, wanted, internal=True)

    # Categories and vendors

    @method
    async def get_product_categories(self) -> list[Row]:
        """Return the kinds of products (internal)."""
        return await self._list("/api/internal/Product/GetProductCategories", Row, internal=True)

    @method
    async def save_product_categories(self, categories: Sequence[Mapping[str, Any]]) -> bool:
        """Store kinds of products: ``Name``, ``Description`` and, to change one, ``ProductCategoryId`` (internal)."""
        return await self._accepted("PUT", "/api/internal/Product/PutProductCategories", categories, internal=True)

    @method
    async def get_vendors(self) -> list[Row]:
        """Return the vendors of components."""
        return await self._list("/api/Product/Vendors", Row)

    @method
    async def save_vendor(self, /, name: str, vendor_id: str | None = None, **kwargs: Any) -> Row | None:
        """Add a vendor if its name is new; return it where the server says what it stored.

        Args:
            name: of the vendor.
            vendor_id: newer servers only: change the vendor of this id.
            kwargs: newer servers only: further fields, sent by these names.
        """
        more = {**kwargs, **({} if vendor_id is None else {"vendorId": vendor_id})}
        vendor: object = {"name": name, **more} if more else [{"VendorName": name}]

        def read(answer: Answer) -> Row | None:
            said: list[Row] | Row = [] if is_nothing(answer) else parse(list[Row] | Row, answer)
            stored = said if isinstance(said, list) else [said]
            return next((each for each in stored if name in {each.get("name"), each.get("VendorName")}), None)

        return await self._write("PUT", "/api/Product/Vendors", vendor, read)

    @method
    async def delete_vendors(self, names: Sequence[str]) -> bool:
        """Delete vendors by their names with one request; without names nothing is sent."""
        return not names or await self._accepted("DELETE", "/api/Product/Vendors", [{"VendorName": n} for n in names])

    @method
    async def delete_vendor(self, vendor_id: str) -> bool:
        """Delete a vendor."""
        return await self._delete(url("/api/Product/Vendors/{}", vendor_id))


def _deletion(answer: Answer) -> Row:
    """204: it is gone. 200 with serial numbers: these still use it, so it was only put out of use."""
    if answer.status == NOT_FOUND or is_nothing(answer):
        deleted(answer)
        return {"deleted": True, "serialNumbers": []}
    said: list[str] | Row = parse(list[str] | Row, answer)
    if not isinstance(said, list):
        said = next((numbers for name, numbers in said.items() if name.lower() == "serialnumbers"), None) or []
    return {"deleted": False, "serialNumbers": said}


def _pairs(tags: Iterable[Setting]) -> list[dict[str, str]]:
    return [{"key": tag.key, "value": tag.value or ""} for tag in tags]


def _settings(tags: Iterable[Mapping[str, str]]) -> list[Setting]:
    return [checked(Setting, {"key": tag.get("key", tag.get("name")), "value": tag.get("value")}) for tag in tags]


def _changes(current: Iterable[Setting], wanted: Iterable[Setting], *, exactly: bool = False) -> list[Setting]:
    """What to send so that the wanted tags hold; ``exactly``: and no others."""
    old = {tag.key: tag.value for tag in current}
    new = {tag.key: tag.value for tag in wanted}
    changed = [
        Setting(key=key, value=value, change=ChangeType.UPDATE if key in old else ChangeType.ADD)
        for key, value in new.items()
        if key not in old or old[key] != value
    ]
    gone = [Setting(key=key, value=old[key], change=ChangeType.DELETE) for key in old if exactly and key not in new]
    return changed + gone


def _wsbf(part_number: str, revision: str, items: Iterable[BomItem], description: str | None) -> bytes:
    """A bill of material in the vendor's XML format (support article *Add BOM list to WATS*)."""
    bom = {"xmlns": _WSBF, "Partnumber": part_number, "Revision": revision, "Desc": description}
    root = ET.Element("BOM", _attributes(bom))
    for item in items:
        component = {
            "Number": item.part_number,
            "Rev": item.revision,
            "Qty": str(item.quantity),
            "Desc": item.description,
            "Ref": item.component_ref,
            "FunctionBlock": item.function_block,
            "Manufacturer": item.manufacturer,
            "ManufacturerPN": item.manufacturer_pn,
            "Vendor": item.vendor,
            "VendorPN": item.vendor_pn,
        }
        ET.SubElement(root, "Component", _attributes(component))
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _attributes(values: Mapping[str, str | None]) -> dict[str, str]:
    for name, value in values.items():
        if value and not _XML_TEXT.fullmatch(value):
            raise ValidationError(f"{name} is {value!r}, which holds a character that XML does not allow")
    return {name: value for name, value in values.items() if value is not None}
