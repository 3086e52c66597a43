"""The package is what openapi.yaml gives, byte for byte; a changed contract needs one command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.generate.overlay import apply_overlay
from codegen.generate.postprocess import postprocess
from codegen.generate.regenerate import Output

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "autoleap_api_client"


def regenerate(
    *arguments: str | Path, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codegen.generate", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def contents(root: Path) -> dict[str, bytes]:
    return Output(root).read_files()


def operation(identifier: str, **more: Any) -> dict[str, Any]:
    return {
        "operationId": identifier,
        "tags": ["taxes"],
        "security": [],
        "responses": {
            "200": {
                "description": "Fine.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tax"}}},
            },
            "400": {"description": "Not fine."},
        },
        **more,
    }


def using(name: str) -> dict[str, Any]:
    """A path with an operation that sends the schema of that name."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    body = {"content": {"application/json": {"schema": schema}}}
    return {"/taxes": {"post": operation("createTaxes", requestBody=body)}}


def contract(folder: Path, paths: dict[str, Any], **schemas: Any) -> Path:
    """A small contract with the given operations."""
    kind = {"$ref": "#/components/schemas/Kind"}
    filters = [{"name": "kind", "in": "query", "schema": kind}]
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tax"}}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {
            "/base": {
                "get": operation("listBase", parameters=filters),
                "post": operation("createBase", requestBody=body),
            },
            **paths,
        },
        "components": {
            "schemas": {
                "Kind": {"type": "string", "enum": ["a", "b"]},
                "Tax": {"type": "object", "properties": {"kind": kind}},
                **schemas,
            }
        },
    }
    path = folder / "openapi.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path


def test_the_committed_package_is_what_the_contract_gives() -> None:
    run = regenerate("--check")
    assert run.returncode == 0, run.stdout + run.stderr


def test_runs_give_the_same_bytes_whatever_the_hash_seed_and_the_ruff_settings_around(
    tmp_path: Path,
) -> None:
    (tmp_path / "ruff.toml").write_text("format.quote-style = 'single'\n")
    for seed in ("1", "42"):
        run = regenerate("--into", tmp_path / seed, cwd=tmp_path, PYTHONHASHSEED=seed)
        assert run.returncode == 0, run.stderr
    assert contents(tmp_path / "1") == contents(tmp_path / "42") == contents(ROOT)


def test_an_edit_a_stray_file_and_a_missing_file_are_drift_that_a_check_only_reports(
    tmp_path: Path,
) -> None:
    package, resources = Output(tmp_path).package, Output(tmp_path).resources
    shutil.copytree(PACKAGE, package)
    shutil.copytree(Output(ROOT).resources, resources)
    (package / "api/payments/list_payments.py").unlink()
    (package / "models/stray.py").write_text("")
    (resources / "taxes.py").write_text("")
    for path in (package / "models/customer.py", resources / "customers.py"):
        with path.open("a", encoding="utf-8") as file:
            file.write("EDITED = True\n")
    before = contents(tmp_path)
    run = regenerate("--check", "--into", tmp_path)
    assert run.returncode == 1
    assert contents(tmp_path) == before
    for name in ("api/payments/list_payments.py", "models/stray.py", "models/customer.py"):
        assert f"autoleap_api_client/{name} differs" in run.stdout
    for name in ("taxes.py", "customers.py"):
        assert f"autoleap/resources/{name} differs" in run.stdout
    assert "-EDITED = True" in run.stdout
    assert "5 of " in run.stdout


def test_a_new_operation_appears_and_a_removed_one_leaves_no_file(tmp_path: Path) -> None:
    package = Output(tmp_path).package
    for name in ("listTaxes", "listTaxRates"):
        run = regenerate(
            *("--spec", contract(tmp_path, {"/taxes": {"get": operation(name)}})),
            *("--into", tmp_path),
        )
        assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in package.glob("api/taxes/[!_]*.py")) == [
        "create_base.py", "list_base.py", "list_tax_rates.py",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "schemas", "complaint"),
    [
        ({"/taxes": {"get": operation("listBase")}}, {}, "used twice: ['listBase']"),
        ({"/taxes": {"get": operation("list_base")}}, {}, "names clash"),
        ({"/taxes": {"get": operation("x", responses={"499": {}})}}, {}, "add ['499'] to"),
        (using("Odd"), {"Odd": {"type": "string", "enum": ["a-b", "a b"]}}, "names clash: ['a"),
        (using("tax"), {"tax": {"type": "object"}}, "duplicate models"),
    ],
)
def test_a_contract_that_would_come_out_wrong_is_refused_and_the_package_left_alone(
    tmp_path: Path, paths: dict[str, Any], schemas: dict[str, Any], complaint: str
) -> None:
    package = Output(tmp_path).package
    run = regenerate("--spec", contract(tmp_path, paths, **schemas), "--into", tmp_path)
    assert run.returncode != 0
    assert complaint in run.stderr
    assert not package.exists()


def test_an_action_of_the_overlay_that_matches_nothing_is_told_and_stops_nothing(
    tmp_path: Path,
) -> None:
    run = regenerate("--spec", contract(tmp_path, {}), "--into", tmp_path)
    assert run.returncode == 0
    messages = run.stderr.splitlines()
    assert all(line.startswith(("overlay.yaml: action ", "resources.yaml: ")) for line in messages)
    assert any("matches nothing: $.paths['/payments'].get, to update" in line for line in messages)


def test_an_overlay_merges_into_objects_appends_to_lists_and_removes_by_filter() -> None:
    spec: dict[str, Any] = {
        "info": {"title": "A", "x": {"a": 1}},
        "tags": [{"name": "a"}, {"name": "b"}, {"name": "b", "more": 1}],
    }
    actions = [
        {"target": "$.info", "update": {"title": "B", "x": {"b": 2}}},
        {"target": "$.tags[?@.name == 'b']", "remove": True},
        {"target": "$.tags", "update": {"name": "c"}},
        {"target": "$", "update": {"tags": [{"name": "d"}]}},
    ]
    apply_overlay(spec, {"actions": actions})
    assert spec["info"] == {"title": "B", "x": {"a": 1, "b": 2}}
    assert [tag["name"] for tag in spec["tags"]] == ["a", "c", "d"]


def test_output_of_the_generator_that_looks_unfamiliar_is_refused(tmp_path: Path) -> None:
    # A package that went through already is as unfamiliar as that of another generator version.
    shutil.copytree(PACKAGE, tmp_path / "package")
    with pytest.raises(SystemExit, match=r"types\.py: found"):
        postprocess(tmp_path / "package", {}, {})
