"""The models of the API under stable names; each is loaded when a program first uses it.

Fields are in snake_case. A field that a response lacks is None. `additional_properties` keeps
fields that the contract does not name, and values that do not fit their type. `Model(...)` and
`Model.from_dict(...)` make a model; `to_dict()` returns the API's JSON.

`File` is a file of an upload: `File(open(path, "rb"), "name.pdf", "application/pdf")`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autoleap_api_client.models import *  # noqa: F403  # all of them, by design
    from autoleap_api_client.types import File as File  # noqa: PLC0414  # exports it


def __getattr__(name: str) -> object:
    """Load a model by its name."""
    from autoleap_api_client import models, types

    if name == "File":
        return types.File
    if name in models.__all__:
        value: object = getattr(models, name)
        return value
    raise AttributeError(f"there is no model called {name}")


def __dir__() -> list[str]:
    """Return the names of all models."""
    from autoleap_api_client import models

    return sorted([*models.__all__, "File"])
