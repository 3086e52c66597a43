"""The table of operations and verbs in README.md tells the truth."""

from __future__ import annotations

import inspect
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from autoleap import AutoLeap, Company
from autoleap.sandbox import Sandbox
from codegen.docs import coverage_table
from tests.conftest import Connect
from tests.contract.spec import NAMED, OPERATIONS, SPEC
from tests.flow.test_every_operation import keys
from tests.helpers.every_verb import VERBS, FacadeMethod

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What else a client does: none of it is an operation of the contract.
NOT_VERBS = {"client.company", "client.with_options", "client.aclose"}


def facade() -> set[str]:
    """Every public verb of the client and of a company's resources, by its name."""
    client = [name for name, _ in inspect.getmembers(AutoLeap, inspect.isfunction)]
    verbs = {f"client.{name}" for name in client if not name.startswith("_")} - NOT_VERBS
    shop = AutoLeap("partner", "key").company("1")
    for resource in resources():
        kind = type(getattr(shop, resource))
        methods = [name for name, _ in inspect.getmembers(kind, inspect.isfunction)]
        verbs |= {f"{resource}.{name}" for name in methods if not name.startswith("_")}
    return verbs


def resources() -> list[str]:
    """The resources of a company."""
    lazy = inspect.getmembers(
        Company, lambda member: isinstance(member, property | cached_property)
    )
    return [name for name, _ in lazy if name not in {"id", "location_id"}]


def test_the_table_in_the_readme_is_the_one_that_the_code_and_the_tests_give() -> None:
    command = [sys.executable, "-m", "codegen.docs", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_operation_has_one_row_and_every_verb_of_the_facade_is_in_one() -> None:
    rows = coverage_table.load_rows()
    assert sorted(row.id for row in rows) == sorted(operation.id for operation in OPERATIONS)
    assert facade() == {verb.name for verb in VERBS}
    for verb in VERBS:
        (row,) = [row for row in rows if f"`{verb.name}`" in row.facade]
        assert row.id == verb.operation


@pytest.mark.anyio
@pytest.mark.asyncio_only
async def test_every_verb_of_the_table_sends_the_request_of_its_row(
    sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {row.id: row for row in coverage_table.load_rows()}
    async with connect(sandbox) as client:
        ids = await keys(client, sandbox)
        shop = client.company(ids.company)
        for verb in VERBS:
            called = watch(verb, client, shop, monkeypatch)
            sandbox.forget_requests()
            await verb.call(client, shop, ids)
            (record,) = sandbox.requests.of(verb.operation)
            row = rows[verb.operation]
            assert called == [verb.name]
            assert record.method == row.method
            assert f"{row.method} `{row.path}` | {row.provenance} | {row.facade}" in README
            assert fits(record.path, row.path)


def watch(
    verb: FacadeMethod, client: AutoLeap, shop: Company, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A list to which the verb of that name adds itself when it is called."""
    owner, _, method = verb.name.partition(".")
    kind = type(client if owner == "client" else getattr(shop, owner))
    original, called = getattr(kind, method), list[str]()

    def noted(*arguments: Any, **options: Any) -> Any:
        called.append(verb.name)
        return original(*arguments, **options)

    monkeypatch.setattr(kind, method, noted)
    return called


def fits(path: str, template: str) -> bool:
    """Whether a path is the contract's, with its parameters filled in."""
    pairs = zip(path.split("/"), template.split("/"), strict=True)
    return all(part == expected or expected.startswith("{") for part, expected in pairs)


@pytest.mark.anyio
@pytest.mark.asyncio_only
async def test_the_operation_without_a_verb_is_done_by_the_client_itself(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.revoke_access_tokens()
        await client.profile()
    (record,) = sandbox.requests.of("refreshTokens")
    rows = [row for row in coverage_table.load_rows() if row.id == record.operation_id]
    assert [(row.method, row.path, row.facade) for row in rows] == [
        (record.method, record.path, "the client itself")
    ]


def test_a_new_operation_appears_with_client_api_and_the_import_of_its_function() -> None:
    answer = {"200": {"$ref": "#/components/responses/NotFound"}}
    new = {"operationId": "listTaxRates", "tags": ["taxes"], "responses": answer}
    spec = SPEC | {"paths": {"/taxes": {"get": new}}}
    (row,) = coverage_table.build_rows(spec, [], {})
    assert coverage_table.format_table([row]).splitlines()[-3] == (
        "| GET `/taxes` | unmarked "
        "| `client.api`: `from autoleap_api_client.api.taxes import list_tax_rates` |  |"
    )


def test_a_row_names_the_tests_that_call_its_verb_and_what_is_inferred(tmp_path: Path) -> None:
    (tmp_path / "flow").mkdir()
    program = "async def test(shop):\n    await shop.customers.list(search='x').first()\n"
    (tmp_path / "flow/test_search.py").write_text(program, encoding="utf-8")
    (tmp_path / "flow/helper.py").write_text(program, encoding="utf-8")
    callers = coverage_table.find_callers(tmp_path)
    rows = coverage_table.build_rows(NAMED, [("listCustomers", "customers.list")], callers)
    (row,) = [row for row in rows if row.id == "listCustomers"]
    assert row.tests == ("flow/search",)
    assert row.provenance == "documented; inferred in the request and the response"
