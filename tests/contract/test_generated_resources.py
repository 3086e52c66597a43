"""Every operation becomes a method of a resource, by rules and a few lines of data."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import attrs
import pytest

from codegen.generate.naming import OVERLAY, load_named_spec
from codegen.generate.regenerate import Output, build_output
from codegen.generate.resources.model import Settings
from codegen.generate.resources.module import docstring
from codegen.generate.resources.names import (
    free_name,
    is_date_name,
    parameter_name,
    singular,
    snake_case,
)
from codegen.generate.resources.write import Plan, load_settings, make_plan
from codegen.spec import ROOT, iter_operations, load_spec
from tests.contract.bundles import (
    changed,
    copy_of_project,
    newer_surface,
    odd_spellings,
    unseen_kinds,
    written,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """A folder with the code of all new operations, and the plan of their methods."""
    folder = tmp_path_factory.mktemp("built")
    spec = written(changed([*newer_surface(), *unseen_kinds()]), folder / "openapi.yaml")
    return folder, build_output(spec, Output(folder))


def methods(plan: Plan) -> dict[str, str]:
    """The methods by the operation that they call: "GET /taxes" -> "taxes.list"."""
    return {
        f"{method.operation.method} {method.operation.path}": f"{resource.name}.{method.name}"
        for resource in plan.resources
        for method in resource.methods
    }


def plan_with(plan: Plan, **resources: Any) -> dict[str, str]:
    """The methods with other data in resources.yaml."""
    settings = load_settings()
    changed_settings = attrs.evolve(settings, resources={**settings.resources, **resources})
    return methods(make_plan(plan.package.spec, plan.package.folder, changed_settings))


# Names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("updatedDateStart", "updated_from"),
        ("updatedDateEnd", "updated_to"),
        ("invoiceStartDate", "invoiced_from"),
        ("startDate", "start"),
        ("endDate", "end"),
        ("dueAfterDate", "due_from"),
        ("dueDateBefore", "due_to"),
        ("day", "day"),
    ],
)
def test_the_ends_of_a_window_have_one_pattern(name: str, expected: str) -> None:
    windows = {"invoice": "invoiced"}
    made = parameter_name(name, is_date=True, is_flag=False, renamed={}, windows=windows)
    assert made == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("itemNumber", "item_number"),
        ("type", "type"),
        ("class", "class_"),
        ("self", "self_"),
        ("page_size", "page_size_"),
        ("X-Trace-Id", "x_trace_id"),
        ("filter[name]", "filter_name"),
        ("1st", "n1st"),
        ("VINNumber", "vin_number"),
        ("roNumber", "number"),
    ],
)
def test_a_parameter_has_its_own_name_in_snake_case(name: str, expected: str) -> None:
    renamed = {"roNumber": "number"}
    assert (
        parameter_name(name, is_date=False, is_flag=False, renamed=renamed, windows={}) == expected
    )


def test_names_are_free_singular_and_tell_dates() -> None:
    assert free_name("get", ["get"], "_operation") == "get_operation"
    assert free_name("get", ["get", "get_operation"], "_operation") == "get_operation2"
    assert [singular(word) for word in ("taxes", "inventories", "address")] == [
        "tax", "inventory", "address",
    ]  # fmt: skip
    assert snake_case("list") == "list"
    assert parameter_name("isOpen", is_date=False, is_flag=True, renamed={}, windows={}) == "open"
    assert [is_date_name(name) for name in ("date", "startDate", "updatedDateTo")] == [True] * 3
    assert not any(is_date_name(name) for name in ("dateFormat", "assignedTo", "candidate"))


def test_a_docstring_is_wrapped_and_holds_no_quotes_of_its_own() -> None:
    text = docstring('A "quote" """and""" more \\ ' + "word " * 40, sections=[("Args", ["a: b"])])
    (node,) = ast.parse(text.strip()).body
    assert isinstance(node, ast.Expr)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert docstring("Do it.") == '        """Do it."""'


# Verbs


def test_every_operation_but_those_of_the_client_is_a_method(built: tuple[Path, Plan]) -> None:
    _, plan = built
    named = {
        f"{method} {path}": node["operationId"]
        for method, path, node in iter_operations(plan.package.spec)
    }
    without = {named[name] for name in named.keys() - methods(plan).keys()}
    assert without == set(load_settings().called_by_client)


def test_every_operation_of_the_contract_is_named_in_the_overlay() -> None:
    spec, messages = load_named_spec(ROOT / "openapi.yaml")
    updates = [action.get("update", {}) for action in load_spec(OVERLAY)["actions"]]
    known = {update["operationId"] for update in updates if "operationId" in update}
    assert {node["operationId"] for _, _, node in iter_operations(spec)} == known
    assert messages == []


def test_todays_contract_needs_no_further_line_of_data(tmp_path: Path) -> None:
    assert build_output(ROOT / "openapi.yaml", Output(tmp_path)).notes == []


def test_the_operation_that_is_known_keeps_its_verb_whatever_the_order(
    built: tuple[Path, Plan],
) -> None:
    _, plan = built
    assert methods(plan)["GET /orders"] == "repair_orders.list"
    assert methods(plan)["GET /repairOrders"] == "repair_orders.find_repair_orders"
    spec = dict(plan.package.spec)
    spec["paths"] = dict(reversed(spec["paths"].items()))
    turned = methods(make_plan(spec, plan.package.folder))
    assert turned["GET /orders"] == "repair_orders.list"
    assert turned["GET /bays"] == "service_bays.list"


def test_a_line_of_data_gives_the_verb_that_the_note_asks_for(built: tuple[Path, Plan]) -> None:
    _, plan = built
    assert methods(plan)["POST /notes"] == "notes.create_notes"
    assert methods(plan)["GET /readings"] == "readings.list_readings"
    assert plan_with(plan, notes={"identified_by": ["text"]})["POST /notes"] == "notes.create"
    assert plan_with(plan, readings={"key": ["value"]})["GET /readings"] == "readings.list"


def test_data_that_fits_nothing_leaves_the_plain_method(built: tuple[Path, Plan]) -> None:
    _, plan = built
    assert plan_with(plan, notes={"identified_by": ["gone"]})["POST /notes"] == "notes.create_notes"
    listed = plan_with(plan, readings={"key": ["gone"]})["GET /readings"]
    assert listed == "readings.list_readings"


def test_a_create_without_a_list_to_look_it_up_is_a_plain_method(built: tuple[Path, Plan]) -> None:
    _, plan = built
    assert methods(plan)["POST /appointments"] == "appointments.create_appointments"
    assert any(
        note.startswith("POST /appointments is appointments.create_appointments: no list of its")
        for note in plan.notes
    )


def test_an_archive_takes_ids_of_the_type_that_the_contract_gives(built: tuple[Path, Plan]) -> None:
    folder, _ = built
    source = (Output(folder).resources / "service_bays.py").read_text(encoding="utf-8")
    assert "self, ids: Iterable[int] | AsyncIterable[int], **options" in source
    assert 'id_field="bayId"' in source


def test_a_method_sends_what_its_response_is(built: tuple[Path, Plan]) -> None:
    folder, _ = built
    api = Output(folder).package / "api"
    sources = {path.stem: path.read_text(encoding="utf-8") for path in api.rglob("*.py")}
    assert '["Accept"] = "application/pdf"' in sources["get_document_file"]
    assert '["Accept"] = "text/csv"' in sources["export_hours"]
    assert '["Accept"] = "*/*"' in sources["delete_bay"]
    assert '["Accept"]' not in sources["list_customers"]
    assert 'headers["Content-Type"] = "image/png"' in sources["put_quote_logo"]
    assert "boundary" not in sources["upload_document"]


def test_a_method_has_few_lines_and_says_what_it_calls(built: tuple[Path, Plan]) -> None:
    folder, _ = built
    for path in Output(folder).resources.glob("[!_]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                code = node.body[1:] if ast.get_docstring(node) else node.body
                assert len(code) <= 2, f"{path.name} {node.name}"
            if isinstance(node, ast.AsyncFunctionDef):
                said = ast.get_docstring(node) or ""
                assert re.search(r"\((GET|POST|PUT|PATCH|DELETE) /", said), (
                    f"{path.name} {node.name}"
                )


def test_operations_that_are_hard_to_name_give_typed_code(tmp_path: Path) -> None:
    project = copy_of_project(tmp_path / "project")
    spec = written(changed(odd_spellings()), tmp_path / "odd.yaml")
    plan = build_output(spec, Output(tmp_path / "fresh"))
    Output(project).replace(Output(tmp_path / "fresh"))
    assert methods(plan)["GET /odd/list"] == "pager.list_"
    assert methods(plan)["POST /name"] == "name_resource.import_"
    run = subprocess.run(
        [project / ".venv/bin/python", "-m", "mypy", "--strict", "autoleap"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_what_resources_yaml_says_is_in_the_contract() -> None:
    spec, _ = load_named_spec(ROOT / "openapi.yaml")
    settings: Settings = load_settings()
    plan = make_plan(spec, ROOT / "autoleap_api_client")
    assert settings.resources.keys() <= {resource.name for resource in plan.resources}
    parameters = {
        argument.contract_name
        for operation in plan.package.operations
        for argument in operation.arguments
    }
    for chosen in settings.resources.values():
        assert set(chosen.get("parameters", {})) | set(chosen.get("required", ())) <= parameters
