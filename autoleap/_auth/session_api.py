"""The three requests of a session: login, refresh, logout."""

from __future__ import annotations

import time

from autoleap_api_client.api.partners import login, logout, refresh_tokens
from autoleap_api_client.client import Client
from autoleap_api_client.models.login_request import LoginRequest
from autoleap_api_client.models.logout_request import LogoutRequest
from autoleap_api_client.models.refresh_request import RefreshRequest
from autoleap_api_client.models.token_response import TokenResponse

from .._config import Secret
from .._instrumentation import call_and_parse
from ..errors import (
    APIError,
    AuthenticationError,
    AutoLeapError,
    NotFoundError,
    ResponseDecodeError,
    copy_for_raise,
)
from .tokens import TokenPair, is_token, make_token_pair


class SessionApi:
    """Sends the session requests with the generated functions.

    Args:
        api: The generated client.
        partner_id: The partner's id.
        auth_key: The partner's key.
    """

    def __init__(self, api: Client, partner_id: str, auth_key: Secret) -> None:
        self._api, self._partner_id, self._auth_key = api, partner_id, auth_key

    async def login(self) -> TokenPair:
        """Open a session with the partner's credentials (POST /partners/login)."""
        body = LoginRequest(partner_id=self._partner_id, auth_key=self._auth_key.reveal())
        return await call_and_parse(
            lambda: login.asyncio(client=self._api, body=body), parse_token_pair
        )

    async def refresh(self, token: Secret) -> TokenPair:
        """Exchange a refresh token for a new pair (POST /partners/generateNewAccessToken)."""
        body = RefreshRequest(refresh_token=token.reveal())
        return await call_and_parse(
            lambda: refresh_tokens.asyncio(client=self._api, body=body), parse_token_pair
        )

    async def logout(self, token: Secret) -> None:
        """End the session of a refresh token (POST /partners/logout)."""
        error = await self._try_logout(token)
        if error is not None:
            raise error

    async def _try_logout(self, token: Secret) -> Exception | None:
        """Return the error of a logout without its frames, which hold the token in plain text."""
        body = LogoutRequest(refresh_token=token.reveal())
        try:
            await logout.asyncio(client=self._api, body=body)
        except AutoLeapError as error:
            return copy_for_raise(error)
        return None


def parse_token_pair(response: TokenResponse | None) -> TokenPair:
    """Read the token pair of a response.

    Raises:
        ResponseDecodeError: when a token is missing or cannot be sent.
    """
    data = response.data if response is not None else None
    tokens = (data.access_token, data.refresh_token) if data is not None else (None, None)
    if not all(tokens):
        raise ResponseDecodeError("the response holds no token pair")
    if not all(is_token(token) for token in tokens):
        raise ResponseDecodeError("the response holds a token that is no text for an HTTP header")
    access, refresh = tokens
    return make_token_pair(str(access), str(refresh), time.time())


def explain_refusal(error: APIError, account: str | None) -> AuthenticationError:
    """Return the error of a refused login, with what to check."""
    check = "check partner_id and auth_key"
    if isinstance(error, NotFoundError):
        # Contract: the documented base URL has the path /v2.
        check = f"check base_url, it must contain the path of the API, such as /v2 ({account})"
    refused = AuthenticationError(f"login refused, {check}: {error}").with_call(error)
    refused.body, refused.headers = error.body, error.headers
    return refused
