"""The token handling of schemathesis; `fuzz.toml` makes schemathesis import this module."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, TypeAlias

import httpx
import schemathesis

Case: TypeAlias = "schemathesis.Case[Any]"

SPENDS_TOKENS = ("/partners/logout", "/partners/generateNewAccessToken")


@schemathesis.auth(refresh_interval=None)
class Tokens:
    """The bearer token of every call; new ones for the two operations that spend what they get."""

    def get(self, case: Case, context: schemathesis.AuthContext) -> dict[str, str]:
        """A token pair that lives."""
        return log_in() if case.path in SPENDS_TOKENS else shared()

    def set(self, case: Case, data: dict[str, str], context: schemathesis.AuthContext) -> None:
        """Put the pair where the contract wants it."""
        case.headers["Authorization"] = f"Bearer {data['accessToken']}"
        good = case.meta is None or case.meta.generation.mode.is_positive
        body: Any = case.body
        if good and case.path in SPENDS_TOKENS and "refreshToken" in body:
            body["refreshToken"] = data["refreshToken"]


@cache
def shared() -> dict[str, str]:
    """The pair of all other calls."""
    return log_in()


def log_in() -> dict[str, str]:
    """A new session."""
    names = {"partnerId": "AUTOLEAP_PARTNER_ID", "authKey": "AUTOLEAP_AUTH_KEY"}
    body = {field: os.environ[variable] for field, variable in names.items()}
    answer = httpx.post(os.environ["AUTOLEAP_BASE_URL"] + "/partners/login", json=body)
    pair: dict[str, str] = answer.raise_for_status().json()["data"]
    return pair
