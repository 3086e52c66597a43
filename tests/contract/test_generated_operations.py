"""Every operation of openapi.yaml has a module, which builds the request that it describes."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap_api_client import Client, models
from autoleap_api_client.api.customers import create_customers, list_customers
from tests.contract.instances import good, same
from tests.contract.spec import Json, Operation, every_operation, snake, whole

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "autoleap_api_client"

# httpx resolves these two as relative paths. The facade refuses them: tests/unit/test_arguments.py.
SEGMENTS = st.text(min_size=1, max_size=8).filter(lambda text: text not in (".", ".."))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)


@every_operation
def test_an_operation_can_be_called_with_keywords_and_only_from_async_code(
    operation: Operation,
) -> None:
    in_path = [snake(parameter["name"]) for parameter in operation.parameters("path")]
    # An operation without an answer to read has the second function only.
    names = ("asyncio", "asyncio_detailed")
    for name in [name for name in names if operation.answer is None or name == names[0]]:
        function = getattr(operation.module, name, operation.module.asyncio_detailed)
        assert inspect.iscoroutinefunction(function)
        signature = inspect.signature(function)
        positional = [p.name for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
        assert positional == in_path
    assert not hasattr(operation.module, "sync")
    assert not hasattr(operation.module, "sync_detailed")


@every_operation
def test_every_parameter_of_the_contract_is_an_argument_and_only_the_required_ones_have_to_be_given(
    operation: Operation,
) -> None:
    described = [p for place in ("path", "query", "header") for p in operation.parameters(place)]
    arguments = dict(inspect.signature(operation.module.asyncio_detailed).parameters)
    del arguments["client"]
    assert ("body" in arguments) is ("requestBody" in operation.described)
    arguments.pop("body", None)
    needed = {name for name, argument in arguments.items() if argument.default is argument.empty}
    assert {name.rstrip("_") for name in arguments} == {snake(p["name"]) for p in described}
    assert needed == {snake(p["name"]) for p in described if p.get("required")}


@every_operation
@settings(max_examples=15, deadline=None, database=None, derandomize=True)
@given(data=st.data())
def test_a_request_has_the_method_path_query_and_body_that_the_contract_gives_it_and_nothing_else(
    operation: Operation, data: st.DataObject
) -> None:
    in_path = {p["name"]: data.draw(SEGMENTS) for p in operation.parameters("path")}
    in_query = data.draw(query_of(operation))
    if "requestBody" in operation.described and "$ref" not in (operation.body or {}):
        pytest.skip("its body is no model that is sent as JSON")
    body = data.draw(good(whole(operation.body))) if operation.body else None
    request = built(operation, in_path | in_query, body)
    segments = {name: quote(value, safe="") for name, value in in_path.items()}
    raw_path, _, raw_query = request.url.raw_path.decode().partition("?")
    assert (request.method, raw_path) == (
        operation.method.upper(),
        "/v2" + operation.path.format_map(segments),
    )
    defaults = {
        p["name"]: p["schema"]["default"]
        for p in operation.parameters("query")
        if "default" in p["schema"]
    }
    expected = [
        (name, as_text(one))
        for name, value in (defaults | in_query).items()
        for one in (value if isinstance(value, list) else [value])
    ]
    assert sorted(parse_qsl(raw_query, keep_blank_values=True)) == sorted(expected)
    if body is None:
        assert request.content == b""
    else:
        assert request.headers["content-type"] == "application/json"
        assert same(body, json.loads(request.content))


def query_of(operation: Operation) -> st.SearchStrategy[Json]:
    """Values of the required query parameters and of some others."""
    listed = operation.parameters("query")
    values = {p["name"]: value_of(p["schema"]) for p in listed}
    required = {p["name"]: values.pop(p["name"]) for p in listed if p.get("required")}
    return st.fixed_dictionaries(required, optional=values)


def value_of(schema: Json) -> st.SearchStrategy[Any]:
    """Values of a parameter: members of an enum or what they stand for, moments, or plain ones."""
    if "$ref" in schema:
        enum = getattr(models, schema["$ref"].rpartition("/")[2])
        values = whole(schema)["enum"]
        return st.sampled_from([*values, *map(enum, values)])
    return MOMENTS if schema.get("format") == "date-time" else good(whole(schema))


def built(operation: Operation, values: Json, body: Json | None) -> httpx.Request:
    """The request that the operation makes of the values, by name in the contract."""
    known = inspect.signature(operation.module._get_kwargs).parameters
    arguments = {
        next(name for name in known if name.rstrip("_") == snake(key)): value
        for key, value in values.items()
    }
    if operation.body is not None:
        model = getattr(models, operation.body["$ref"].rpartition("/")[2])
        arguments["body"] = model.from_dict(body)
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with httpx.Client(base_url="https://api.test/v2", transport=transport) as http:
        return http.build_request(**operation.module._get_kwargs(**arguments))


def as_text(value: object) -> str:
    """How a value is spelled in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(getattr(value, "value", value))


async def answer(operation: Callable[..., Any], payload: object, **arguments: Any) -> Any:
    """Call an operation against a server that always says the same; returns (result, request)."""
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=payload)

    transport = httpx.MockTransport(reply)
    async with httpx.AsyncClient(base_url="https://api.test/v2", transport=transport) as http:
        client = Client(base_url="").set_async_httpx_client(http)
        return await operation(client=client, **arguments), seen[0]


@pytest.mark.anyio
async def test_a_filter_that_is_none_is_not_sent_and_a_default_is() -> None:
    page, request = await answer(
        list_customers.asyncio, {"content": []}, company_id="1", search=None, sort_direction="DESC"
    )
    assert isinstance(page, models.CustomerPage)
    sent = dict(request.url.params)
    assert sent.items() >= {"companyId": "1", "sortDirection": "DESC", "page": "1"}.items()
    assert "search" not in sent


@pytest.mark.anyio
async def test_one_row_that_cannot_be_read_does_not_cost_the_page() -> None:
    rows = [{"customerId": "1"}, "odd", {"customerId": "2", "customerType": "Regular"}]
    page, _ = await answer(list_customers.asyncio, {"content": rows}, company_id="1")
    assert [row.customer_id for row in page.content] == ["1", "2"]
    assert page.additional_properties["content"] == rows


@pytest.mark.anyio
async def test_a_body_can_be_a_model_or_a_dict() -> None:
    record = models.CustomerCreateItem(first_name="Jo", last_name="Doe")
    body = models.CustomersCreateRequest(company_id="1", customers=[record])
    as_json = {"companyId": "1", "customers": [{"firstName": "Jo", "lastName": "Doe"}]}
    for passed in (body, as_json):
        _, request = await answer(create_customers.asyncio, {"success": True}, body=passed)
        assert yaml.safe_load(request.content) == as_json


def test_using_one_operation_does_not_load_the_models_of_the_others() -> None:
    code = (
        "import sys, autoleap_api_client.api.customers.get_customer\n"
        "print(*[name for name in sys.modules if name.startswith('autoleap_api_client.models.')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["autoleap_api_client.models.customer_content"]


def test_every_model_is_found_by_name_and_a_wrong_name_is_an_attribute_error() -> None:
    assert {name for name in models.__all__ if hasattr(models, name)} == set(models.__all__)
    assert set(models.__all__) <= set(dir(models))
    with pytest.raises(AttributeError, match="Custommer"):
        _ = models.Custommer  # type: ignore[attr-defined]


def test_the_package_has_no_second_kind_of_absent_and_is_marked_as_typed() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert not [path for path, text in texts.items() if re.search(r"\bUNSET\b|\bUnset\b", text)]
    assert (PACKAGE / "py.typed").exists()
