"""What a user may import: its names, its words, and what importing it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

import autoleap
import autoleap.redis
from autoleap import models
from autoleap_api_client import models as generated
from autoleap_api_client import types

PUBLIC = {name: getattr(autoleap, name) for name in autoleap.__all__}
RESOURCES = [
    name
    for name, member in vars(autoleap.Company).items()
    if isinstance(member, property) and name not in {"id", "location_id"}
]


def loaded_after(statements: str) -> set[str]:
    """Modules that a fresh interpreter has loaded after some statements."""
    script = f"{statements}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_all_is_sorted_and_names_everything_public() -> None:
    loaded = {
        name
        for name, value in vars(autoleap).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert autoleap.__all__ == sorted(loaded | set(autoleap.redis.__all__))


def test_every_error_is_public() -> None:
    errors = [name for name, value in vars(autoleap.errors).items() if isinstance(value, type)]
    assert {name for name in errors if name.endswith("Error")} <= set(autoleap.__all__)


def members() -> Iterator[tuple[str, object]]:
    """Public names, and the public methods and properties of the public classes and resources."""
    classes = dict(PUBLIC)
    company = autoleap.AutoLeap("p", "k").company("1")
    classes |= {f"Company.{name}": type(getattr(company, name)) for name in RESOURCES}
    for name, value in classes.items():
        yield name, value
        if isinstance(value, type):
            for inner, member in vars(value).items():
                if not inner.startswith("_") and (callable(member) or isinstance(member, property)):
                    yield f"{name}.{inner}", member


@pytest.mark.parametrize(
    ("name", "member"), [pytest.param(*pair, id=pair[0]) for pair in members()]
)
def test_every_public_name_says_what_it_is(name: str, member: object) -> None:
    said = vars(member).get("__doc__") if isinstance(member, type) else inspect.getdoc(member)
    assert said, f"{name} has no docstring"
    assert said.strip().splitlines()[0].rstrip().endswith((".", ":")), f"{name}: no whole sentence"


def test_a_company_has_the_nine_resources() -> None:
    assert sorted(RESOURCES) == [
        "appointment_requests",
        "customers",
        "inventory_levels",
        "item_pricing",
        "items",
        "payments",
        "repair_orders",
        "timesheets",
        "vehicles",
    ]


def test_models_gives_every_generated_model_under_its_own_name() -> None:
    assert dir(models) == sorted([*generated.__all__, "File"])
    assert models.File is types.File
    for name in generated.__all__:
        assert getattr(models, name) is getattr(generated, name)
        assert getattr(models, name).__name__ == name


def test_models_knows_no_other_name() -> None:
    with pytest.raises(AttributeError, match="no model called Custmer"):
        models.Custmer  # noqa: B018


def test_importing_autoleap_loads_no_resource_no_sandbox_and_no_extra() -> None:
    before, after = loaded_after("import httpx"), loaded_after("import autoleap")
    unwanted = {f"autoleap.resources.{name}" for name in RESOURCES} | {"autoleap.sandbox"}
    # What httpx itself loads (rich, for its command line) is not ours to say.
    unwanted |= {"redis", "cryptography", "filelock"} - before
    unwanted |= {"pydantic", "rich", "trio", "yaml", "starlette", "jwt", "dateutil"} - before
    assert not unwanted & after


def test_importing_autoleap_loads_few_models() -> None:
    loaded = loaded_after("import autoleap")
    assert len([name for name in loaded if name.startswith("autoleap_api_client.models.")]) < 15


def test_importing_autoleap_reads_no_environment() -> None:
    script = """
        import os
        import httpx, anyio, attrs
        class Watched(type(os.environ)):
            def __getitem__(self, key):
                assert not key.startswith("AUTOLEAP_"), key
                return super().__getitem__(key)
        os.environ.__class__ = Watched
        import autoleap
    """
    assert "autoleap" in loaded_after(inspect.cleandoc(script))


def test_a_resource_is_loaded_when_it_is_first_used_and_no_other_with_it() -> None:
    script = f"""
        import sys
        import autoleap
        company = autoleap.AutoLeap("p", "k").company("1")
        used = set()
        for name in {RESOURCES}:
            getattr(company, name)
            used.add(name)
            for other in {RESOURCES}:
                assert (f"autoleap.resources.{{other}}" in sys.modules) == (other in used), other
    """
    assert "autoleap.resources.customers" in loaded_after(inspect.cleandoc(script))


def test_making_a_client_and_its_company_needs_no_event_loop() -> None:
    client = autoleap.AutoLeap("p", "k")
    assert client.company("1", location_id="2").location_id == "2"
    assert client.company("1").id == "1"
