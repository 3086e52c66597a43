"""`make spec` takes a new bundle in with one command, and says what is left to do."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from codegen.update.checks import collect_findings
from tests.contract.bundles import (
    Mutation,
    changed,
    copy_of_project,
    mutations,
    newer_surface,
    take_in,
    unseen_kinds,
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
# Every new operation with the line that a user writes for it.
UNSEEN = {
    "GET /bays": "shop.service_bays.list().collect()",
    "POST /bays": "shop.service_bays.create([{'name': 'Lift 1'}])",
    "PUT /bays": "shop.service_bays.update([{'bayId': 7}])",
    "PATCH /bays": "shop.service_bays.archive([7])",
    "GET /bays/{bayId}": "shop.service_bays.get(7)",
    "DELETE /bays/{bayId}": "shop.service_bays.delete_bay(7)",
    "POST /bays/{bayId}/reservation": (
        "shop.service_bays.reserve_bay(7, {'from': '2026-12-01T09:00:00Z'})"
    ),
    "GET /bays/search": "shop.service_bays.search_bays('lift')",
    "POST /documents/upload": "shop.documents.upload_document({'file': b'%PDF-1.4'})",
    "GET /documents/{documentId}": "shop.documents.get('doc-1')",
    "GET /documents/{documentId}/file": "shop.documents.get_document_file('doc-1')",
    "GET /notes": "shop.notes.list().collect()",
    "POST /notes": "shop.notes.create_notes({'notes': [{'customerId': '24f6c184'}]})",
    "GET /readings": "shop.readings.list_readings()",
    "POST /readings": "shop.readings.post_readings([{}])",
    "POST /quotes/create": "shop.quotes.create({'title': 'TITLE'})",
    "DELETE /quotes/{quoteId}/lines/{line}": "shop.quotes.delete_quote_line('quote-1', 2)",
    "PUT /quotes/{quoteId}/logo": "shop.quotes.put_quote_logo('quote-1', b'%PDF-1.4')",
    "GET /company": "shop.company_resource.get_company()",
    "GET /hours.csv": "shop.timesheets.export_hours('2026-12-01')",
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A project with all harmless changes and the new operations; the bundle; the output."""
    folder = tmp_path_factory.mktemp("taken")
    project = copy_of_project(folder / "project")
    harmless = [action for m in MUTATIONS if m.harmless for action in m.actions]
    bundle = written(changed([*harmless, *newer_surface(), *unseen_kinds()]), folder / "newer.yaml")
    run = take_in(project, bundle)
    assert run.returncode == 0, run.stdout.partition("# Result")[2] + run.stderr
    return project, bundle, run.stdout


def test_all_harmless_changes_and_the_new_operations_need_no_edit(
    taken: tuple[Path, Path, str],
) -> None:
    project, bundle, output = taken
    assert re.match(
        r"# Changes of the API: 0 breaking, \d+ non-breaking, \d+ documentation", output
    )
    assert "# Result: new operations available" in output
    assert "edits needed" not in output
    assert (project / "openapi.yaml").read_bytes() == bundle.read_bytes()
    assert (project / "autoleap_api_client/api/taxes/list_taxes.py").exists()
    assert (project / "autoleap/resources/taxes.py").exists()
    assert (project / "autoleap/resources/_base.py").exists()


def test_each_new_operation_is_a_method_of_a_company_with_the_line_that_calls_it(
    taken: tuple[Path, Path, str],
) -> None:
    _, _, output = taken
    lines = {line for mutation in MUTATIONS if mutation.harmless for line in mutation.lines}
    others = {name for kind, name, place in lines if (kind, place) == ("non-breaking", "operation")}
    assert calls(output).keys() == {*NEWER, *UNSEEN, *others}
    for operation, line in UNSEEN.items():
        assert calls(output)[operation].removeprefix("result = ") == f"await {line}"
    assert "`taxes.list` of a company" in output
    assert calls(output)["GET /taxes"] == "result = await shop.taxes.list().collect()"
    assert calls(output)["POST /items"] == (
        "result = await shop.items.create([{'itemName': 'Oil filter', 'itemType': 'part'}])"
    )
    assert "client.api" not in output


def test_what_a_line_of_data_could_change_is_told_with_that_line(
    taken: tuple[Path, Path, str],
) -> None:
    _, _, output = taken
    notes = output.partition("# Result: verbs that a line in codegen/generate/ can change")[2]
    assert (
        "- GET /readings is readings.list_readings: its rows have no id. "
        "For a verb, add to resources.yaml: readings: { key: [FIELD] }"
    ) in notes
    assert (
        "- POST /notes is notes.create_notes: no required field identifies a record. "
        "For a verb, add to resources.yaml: notes: { identified_by: [FIELD] }"
    ) in notes
    assert "- service_bays.create recognizes records by name, the required fields." in notes
    assert "- GET /bays/search is service_bays.search_bays: `list` is GET /bays;" in notes


def test_the_lines_it_prints_work_with_tokens_limits_retries_and_typed_errors(
    taken: tuple[Path, Path, str], tmp_path: Path
) -> None:
    project, _, output = taken
    lines = "\n".join(
        f"result = None\n{code}\nresults[{name!r}] = result" for name, code in calls(output).items()
    )
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("LINES", indented(lines, 8)), encoding="utf-8")
    run = in_project(project, "-W", "error", program)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(project / "autoleap/__init__.py"), str(len(calls(output)))]


def test_the_lines_it_prints_pass_a_strict_type_checker(
    taken: tuple[Path, Path, str], tmp_path: Path
) -> None:
    project, _, output = taken
    functions = [
        f"async def call_{number}(shop: Company) -> None:\n    {code}\n"
        for number, code in enumerate(calls(output).values())
    ]
    program = tmp_path / "lines.py"
    program.write_text("\n".join(["from autoleap import Company", *functions]), encoding="utf-8")
    run = in_project(project, "-m", "mypy", "--strict", program)
    assert run.returncode == 0, run.stdout


def in_project(project: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a copy of the project."""
    return subprocess.run(
        [project / ".venv/bin/python", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_complaints_of_checkers_and_tests_come_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "tests/contract").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.mypy]\nfiles = ['facade.py']")
    (tmp_path / "pyrightconfig.json").write_text('{"include": ["facade.py"]}')
    (tmp_path / "facade.py").write_text("import gone\n\nodd: int = 'text'\n")
    (tmp_path / "tests/contract/test_it.py").write_text("\ndef test_that():\n    assert 1 == 2\n")
    found = [(f.file, f.line, f.tool) for f in collect_findings(tmp_path)]
    assert found == [
        ("facade.py", 1, "mypy"),
        ("facade.py", 1, "pyright"),
        ("facade.py", 3, "mypy"),
        ("facade.py", 3, "pyright"),
        ("tests/contract/test_it.py", 2, "pytest"),
    ]


def calls(output: str) -> dict[str, str]:
    """The lines to write, by operation."""
    listed = output.partition("# Result: new operations")[2]
    blocks = re.findall(r"^### (.*)\n\n.*\n\n((?:    .*\n|\n)+)", listed + "\n", re.MULTILINE)
    return {name: re.sub(r"^    ", "", code, flags=re.MULTILINE).strip() for name, code in blocks}


def indented(text: str, width: int) -> str:
    return re.sub(r"^(?=.)", " " * width, text, flags=re.MULTILINE)


PROGRAM = """
import anyio
import autoleap
from autoleap import AutoLeap, BadRequestError, RateLimits
from autoleap.models import File
from autoleap.sandbox import Fault, Sandbox
from autoleap_api_client.api.taxes import list_taxes
from io import BytesIO

async def main():
    results = {}
    async with Sandbox() as sandbox, AutoLeap(
        sandbox.partner_id, sandbox.auth_key, base_url=sandbox.base_url
    ) as client:
        shop = client.company(sandbox.company_id)
LINES
        assert {r.status for r in sandbox.requests} == {200, 201, 202, 204}
        assert client.stats.logins == 1
        assert results["GET /taxes"][0].rate == 0.035
        assert results["GET /bays/{bayId}"].name == "Lift 1"
        assert results["POST /bays"].done == results["PATCH /bays"].done == 1
        assert results["POST /documents/upload"].document_id
        assert results["GET /documents/{documentId}/file"].startswith(b"%PDF")
        assert results["POST /quotes/create"].quote_id == "quote-1"
        assert results["GET /company"] == {"motto": "We mend"}
        assert results["DELETE /bays/{bayId}"] is None

        sandbox.revoke_access_tokens()
        sandbox.set_faults(Fault("503", operation="listTaxes", times=1))
        rows = await shop.taxes.list().collect()
        assert rows[0].rate == 0.035
        assert client.stats.refreshes == 1
        assert [r.status for r in list(sandbox.requests)[-2:]] == [503, 200]

        sandbox.revoke_access_tokens()
        file = File(BytesIO(b"%PDF"), "estimate.pdf", "application/pdf")
        await shop.documents.upload_document({"file": file, "pages": 2})
        assert [r.status for r in sandbox.requests.of("uploadDocument")] == [201, 401, 201]
        sandbox.set_faults(Fault("503", operation="deleteBay", times=1))
        await shop.service_bays.delete_bay(7)
        assert [r.status for r in sandbox.requests.of("deleteBay")] == [204, 503, 204]

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
            group.start_soon(client.company("98392").taxes.list().collect)
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
    assert "# Result: " in run.stdout
    assert run.returncode == (0 if mutation.harmless else 3)
    if mutation.edits:
        assert "edits needed\n\n- examples/day_out.py:" in run.stdout
        assert '"Company" has no attribute "payments"' in run.stdout
