"""`make spec` takes a new bundle in with one command, and says what is left to do."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from codegen.specdiff.compare import operations
from codegen.update.calls import call_of
from codegen.update.checks import findings
from tests.contract.bundles import (
    Mutation,
    changed,
    copy_of_project,
    mutations,
    newer_surface,
    take_in,
    written,
)

MUTATIONS = mutations()
NEWER = [
    *(
        "GET /repairOrders",
        "POST /repairOrders",
        "PUT /repairOrders",
        "GET /repairOrders/{roNumber}",
    ),
    *("POST /items", "PUT /items"),
    "PUT /inventoryLevels/update",
    *("GET /appointments", "POST /appointments", "PUT /appointments"),
    *("GET /appointmentRequests/availableSlots", "GET /purchaseOrders", "GET /suppliers"),
    *("GET /paymentTerms", "GET /settings/users", "GET /cannedservices", "GET /tireStorage"),
    "GET /taxes",
]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A project that took in all harmless changes and the newer surface; the bundle; the output."""
    folder = tmp_path_factory.mktemp("taken")
    project = copy_of_project(folder / "project")
    harmless = [action for m in MUTATIONS if m.harmless for action in m.actions]
    bundle = written(changed([*harmless, *newer_surface()]), folder / "newer.yaml")
    run = take_in(project, bundle)
    assert run.returncode == 0, run.stdout.partition("# Verdict")[2] + run.stderr
    return project, bundle, run.stdout


def test_all_harmless_changes_and_eighteen_new_operations_need_no_edit(
    taken: tuple[Path, Path, str],
) -> None:
    project, bundle, output = taken
    assert re.match(
        r"# Changes of the API: 0 breaking, \d+ non-breaking, \d+ documentation", output
    )
    assert "# Verdict: new operations available through client.api" in output
    assert "edits needed" not in output
    assert (project / "openapi.yaml").read_bytes() == bundle.read_bytes()
    assert (project / "autoleap_api_client/api/taxes/list_taxes.py").exists()


def test_each_new_operation_is_named_with_its_module_and_function(
    taken: tuple[Path, Path, str],
) -> None:
    _, _, output = taken
    told = {line for mutation in MUTATIONS if mutation.harmless for line in mutation.lines}
    others = {name for kind, name, place in told if (kind, place) == ("non-breaking", "operation")}
    assert calls(output).keys() == {*NEWER, *others}
    assert "`list_taxes.asyncio` of `autoleap_api_client.api.taxes.list_taxes`" in output
    assert calls(output)["GET /repairOrders/{roNumber}"] == (
        "from autoleap_api_client.api.repair_orders import find_repair_order\n\nresult = await "
        "find_repair_order.asyncio('43', client=client.api, company_id='98392')"
    )


def test_the_lines_it_prints_work_with_tokens_budgets_retries_and_typed_errors(
    taken: tuple[Path, Path, str], tmp_path: Path
) -> None:
    project, _, output = taken
    lines = "\n".join(f"{code}\nresults.append(result)" for code in calls(output).values())
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("LINES", indented(lines, 8)), encoding="utf-8")
    run = subprocess.run(
        [project / ".venv/bin/python", "-W", "error", program],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(project / "autoleap/__init__.py"), str(len(calls(output)))]


def test_an_operation_whose_answer_has_no_body_is_called_by_its_detailed_function(
    tmp_path: Path,
) -> None:
    ended = {"post": {"operationId": "endSession", "responses": {"200": {"description": "Ended."}}}}
    document = {"paths": {"/partners/end": ended}}
    module = tmp_path / "package/api/partners/end_session.py"
    module.parent.mkdir(parents=True)
    module.write_text(
        '_kwargs = {"method": "post", "url": "/partners/end"}\n'
        "async def asyncio_detailed(*, client: Client) -> Response[Any]: ...\n"
    )
    (operation,) = operations(document).values()
    call = call_of(document, tmp_path / "package", operation)
    assert call.line == "result = await end_session.asyncio_detailed(client=client.api)"


def test_complaints_of_checkers_and_tests_come_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "tests/contract").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.mypy]\nfiles = ['facade.py']")
    (tmp_path / "pyrightconfig.json").write_text('{"include": ["facade.py"]}')
    (tmp_path / "facade.py").write_text("import gone\n\nodd: int = 'text'\n")
    (tmp_path / "tests/contract/test_it.py").write_text("\ndef test_that():\n    assert 1 == 2\n")
    found = [(f.file, f.line, f.tool) for f in findings(tmp_path)]
    assert found == [
        ("facade.py", 1, "mypy"),
        ("facade.py", 1, "pyright"),
        ("facade.py", 3, "mypy"),
        ("facade.py", 3, "pyright"),
        ("tests/contract/test_it.py", 2, "pytest"),
    ]


def calls(output: str) -> dict[str, str]:
    """The lines to write, by operation."""
    told = output.partition("# Verdict: new operations")[2]
    blocks = re.findall(r"^### (.*)\n\n.*\n\n((?:    .*\n|\n)+)", told + "\n", re.MULTILINE)
    return {name: re.sub(r"^    ", "", code, flags=re.MULTILINE).strip() for name, code in blocks}


def indented(text: str, width: int) -> str:
    return re.sub(r"^(?=.)", " " * width, text, flags=re.MULTILINE)


PROGRAM = """
import anyio
import autoleap
from autoleap import AutoLeap, BadRequestError, RateLimits
from autoleap.sandbox import Fault, Sandbox
from autoleap_api_client.api.taxes import list_taxes

async def main():
    results = []
    async with Sandbox() as sandbox, AutoLeap(
        sandbox.partner_id, sandbox.auth_key, base_url=sandbox.base_url
    ) as client:
LINES
        assert all(result is not None for result in results), results
        assert {r.status for r in sandbox.requests} == {200}
        assert client.stats.logins == 1

        sandbox.revoke_access_tokens()
        sandbox.set_faults(Fault("503", operation="listTaxes", times=1))
        page = await list_taxes.asyncio(client=client.api, company_id="98392")
        assert page.content[0].rate == 0.035
        assert client.stats.refreshes == 1
        assert [r.status for r in list(sandbox.requests)[-2:]] == [503, 200]

        try:
            await list_taxes.asyncio(client=client.api, company_id="")
        except BadRequestError as error:
            assert (error.method, error.path) == ("GET", "/taxes"), error
        else:
            raise AssertionError("an empty company is refused")

    async with Sandbox(limits={"GET": 2}, per=0.5) as sandbox, AutoLeap(
        sandbox.partner_id, sandbox.auth_key, base_url=sandbox.base_url,
        limits=RateLimits(get=2, per=0.5),
    ) as client, anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(lambda: list_taxes.asyncio(client=client.api, company_id="98392"))
    assert sandbox.counts.rate_limited == 0
    assert client.stats.waited > 0
    print(autoleap.__file__, len(results))

anyio.run(main)
"""


@pytest.mark.full_specs
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_change_alone_is_taken_in_and_a_harmless_one_needs_no_edit(
    mutation: Mutation, tmp_path: Path
) -> None:
    project = copy_of_project(tmp_path / "project")
    run = take_in(project, written(changed(mutation.actions), tmp_path / "changed.yaml"))
    print(run.stdout, run.stderr)
    assert "# Verdict: " in run.stdout
    assert run.returncode == (0 if mutation.harmless else 3)
    if mutation.edits:
        assert "edits needed\n\n- autoleap/resources/payments.py:10: " in run.stdout
