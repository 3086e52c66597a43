"""Every operation of openapi.yaml has a module, which builds the request that it describes."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import httpx
import pytest
import yaml

from autoleap_api_client import Client, models
from autoleap_api_client.api.customers import create_customers, list_customers

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "autoleap_api_client"
SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))


def operations() -> Iterator[Any]:
    for path, item in SPEC["paths"].items():
        for method in item.keys() & {"get", "put", "post", "patch", "delete"}:
            identifier = item[method]["operationId"]
            yield pytest.param(method, path, item[method], id=identifier)


def module_of(operation: dict[str, Any]) -> ModuleType:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation["operationId"]).lower()
    return import_module(f"autoleap_api_client.api.{operation['tags'][0]}.{name}")


def parameters(operation: dict[str, Any], place: str) -> list[dict[str, Any]]:
    known = SPEC["components"]["parameters"]
    listed = operation.get("parameters", [])
    resolved = [known[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in listed]
    return [parameter for parameter in resolved if parameter["in"] == place]


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


every_operation = pytest.mark.parametrize(
    ("method", "path", "operation"), sorted(operations(), key=str)
)


@every_operation
def test_an_operation_can_be_called_with_keywords_and_only_from_async_code(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    module = module_of(operation)
    in_path = [snake(parameter["name"]) for parameter in parameters(operation, "path")]
    for name in ("asyncio", "asyncio_detailed"):
        function = getattr(module, name)
        assert inspect.iscoroutinefunction(function)
        signature = inspect.signature(function)
        positional = [p.name for p in signature.parameters.values() if p.kind is not p.KEYWORD_ONLY]
        assert positional == in_path
    assert not hasattr(module, "sync")
    assert not hasattr(module, "sync_detailed")


@every_operation
def test_a_request_has_the_method_path_and_required_parameters_and_no_others(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    build = cast("Callable[..., dict[str, Any]]", module_of(operation)._get_kwargs)
    in_path, in_query = parameters(operation, "path"), parameters(operation, "query")
    required = [p["name"] for p in in_path + in_query if p.get("required")]
    arguments: dict[str, Any] = {snake(name): f"{name}/1" for name in required}
    if "requestBody" in operation:
        arguments["body"] = {"any": "body"}
    request = build(**arguments)
    expected = re.sub(r"\{(\w+)\}", r"\1%2F1", path)
    assert (request["method"], request["url"]) == (method, expected)
    assert request.get("json") == arguments.get("body")
    defaults = {p["name"]: p["schema"]["default"] for p in in_query if "default" in p["schema"]}
    wanted = {p["name"]: f"{p['name']}/1" for p in in_query if p.get("required")} | defaults
    assert request.get("params", {}) == wanted


@every_operation
def test_every_query_parameter_of_the_contract_is_an_argument(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    names = {snake(p["name"]) for p in parameters(operation, "query")}
    arguments = inspect.signature(module_of(operation).asyncio).parameters
    assert names <= {name.rstrip("_") for name in arguments}


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
    for given in (body, as_json):
        _, request = await answer(create_customers.asyncio, {"success": True}, body=given)
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
