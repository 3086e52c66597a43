"""The models of the API under stable names, each loaded when it is first asked for.

Fields are in snake_case. What an answer lacks is None; what the spec does not know, or could not
be given its type, is kept as it came in `additional_properties`. `Model(...)` and
`Model.from_dict(...)` make one, `to_dict()` gives the API's JSON.

`File` is a file of an upload: `File(open(path, "rb"), "name.pdf", "application/pdf")`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autoleap_api_client.models import *  # noqa: F403  # all of them, by design
    from autoleap_api_client.types import File as File  # noqa: PLC0414  # exports it


def __getattr__(name: str) -> object:
    from autoleap_api_client import models, types

    if name == "File":
        return types.File
    if name in models.__all__:
        value: object = getattr(models, name)
        return value
    raise AttributeError(f"there is no model called {name}")


def __dir__() -> list[str]:
    from autoleap_api_client import models

    return sorted([*models.__all__, "File"])
