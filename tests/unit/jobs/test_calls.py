"""Finding methods of a client by name."""

import pytest

from pywats.jobs import calls


def test_a_method_is_found_with_its_parameters_types_and_columns(api):
    target = calls.find(api, "report.iter_headers")
    assert target.streams
    assert list(target.parameters) == ["filter", "page_size"]
    assert target.required == []
    assert target.row is not None
    assert list(target.row.model_fields) == ["uuid", "serial_number", "start", "state", "tags"]


@pytest.mark.parametrize(
    ("name", "streams", "required", "columns"),
    [
        ("report.query_headers", False, [], ["uuid", "serial_number", "start", "state", "tags"]),
        ("report.get_header", False, ["uuid"], ["uuid", "serial_number", "start", "state", "tags"]),
        ("report.get_headers_batch", False, ["uuids"], ["uuid", "serial_number", "start", "state", "tags"]),
        ("report.count", False, [], []),
        ("report.get_body", False, ["uuid"], []),
        ("product.get_names", False, [], []),
        ("report.put", False, ["header"], []),
    ],
)
def test_columns_are_those_of_the_model_that_rows_are_of(api, name, streams, required, columns):
    target = calls.find(api, name)
    assert (target.streams, target.required, list(target.row.model_fields) if target.row else []) == (
        streams,
        required,
        columns,
    )
