"""Tokens expire, rotate and die."""

import httpx
import jwt
import pytest

from autoleap.sandbox import Sandbox
from tests.helpers.sandbox_calls import MovableClock, Open


def pair_of(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return data["accessToken"], data["refreshToken"]


def login(client: httpx.Client, sandbox: Sandbox) -> tuple[str, str]:
    credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
    return pair_of(client.post("/partners/login", json=credentials))


def refresh(client: httpx.Client, token: str) -> httpx.Response:
    return client.post("/partners/generateNewAccessToken", json={"refreshToken": token})


def profile_status(client: httpx.Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return client.get("/partners/profile", headers=headers).status_code


def test_wrong_credentials_are_refused_in_the_contracts_words(
    sandbox: Sandbox, visit: Open
) -> None:
    credentials = {"partnerId": sandbox.partner_id, "authKey": "wrong"}
    answer = visit(sandbox).post("/partners/login", json=credentials)
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "error": "Invalid partner credentials"}
    assert sandbox.counts.logins == 0


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nonsense", "Basic abc"])
def test_requests_without_a_living_token_get_401(
    sandbox: Sandbox, visit: Open, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = visit(sandbox).get("/partners/profile", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["success"] is False
    assert sandbox.counts.unauthorized == 1


def test_the_access_token_is_a_jwt_that_tells_its_life(visit: Open) -> None:
    with Sandbox(access_ttl=12.5) as sandbox:
        access, _ = login(visit(sandbox), sandbox)
    claims = jwt.decode(access, options={"verify_signature": False})
    assert claims["sub"] == sandbox.partner_id
    assert claims["exp"] - claims["iat"] == pytest.approx(12.5)
    assert claims["jti"]


def test_a_refresh_gives_two_new_tokens_and_kills_the_old_pair_at_once(
    sandbox: Sandbox, visit: Open
) -> None:
    client = visit(sandbox)
    old_access, old_refresh = login(client, sandbox)
    new_access, new_refresh = pair_of(refresh(client, old_refresh))
    assert {new_access, new_refresh}.isdisjoint({old_access, old_refresh})
    assert profile_status(client, new_access) == 200
    assert profile_status(client, old_access) == 401
    assert refresh(client, old_refresh).status_code == 401
    assert (sandbox.counts.logins, sandbox.counts.refreshes) == (1, 1)


def test_an_expired_access_token_is_refused_and_its_refresh_token_still_works(
    visit: Open, clock: MovableClock
) -> None:
    with Sandbox(access_ttl=60, clock=clock) as sandbox:
        client = visit(sandbox)
        access, refresh_token = login(client, sandbox)
        clock.move(59.9)
        assert profile_status(client, access) == 200
        clock.move(0.1)
        assert profile_status(client, access) == 401
        new_access, _ = pair_of(refresh(client, refresh_token))
        assert profile_status(client, new_access) == 200


def test_a_refresh_token_expires(visit: Open, clock: MovableClock) -> None:
    with Sandbox(refresh_ttl=120, clock=clock) as sandbox:
        client = visit(sandbox)
        _, refresh_token = login(client, sandbox)
        clock.move(120)
        assert refresh(client, refresh_token).status_code == 401


def test_logout_ends_both_tokens(sandbox: Sandbox, visit: Open) -> None:
    client = visit(sandbox)
    access, refresh_token = login(client, sandbox)
    answer = client.post(
        "/partners/logout",
        json={"refreshToken": refresh_token},
        headers={"Authorization": f"Bearer {access}"},
    )
    assert answer.json()["success"] is True
    assert profile_status(client, access) == 401
    assert refresh(client, refresh_token).status_code == 401


def test_logout_refuses_the_refresh_token_of_another_session(sandbox: Sandbox, visit: Open) -> None:
    client = visit(sandbox)
    access, _ = login(client, sandbox)
    _, other_refresh = login(client, sandbox)
    answer = client.post(
        "/partners/logout",
        json={"refreshToken": other_refresh},
        headers={"Authorization": f"Bearer {access}"},
    )
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("refreshToken: ")


def test_a_second_login_leaves_the_first_session_alive(sandbox: Sandbox, visit: Open) -> None:
    client = visit(sandbox)
    first, _ = login(client, sandbox)
    login(client, sandbox)
    assert profile_status(client, first) == 200


def test_revoking_kills_what_it_says(sandbox: Sandbox, visit: Open) -> None:
    client = visit(sandbox)
    access, refresh_token = login(client, sandbox)
    sandbox.revoke_access_tokens()
    assert profile_status(client, access) == 401
    access, refresh_token = pair_of(refresh(client, refresh_token))
    sandbox.revoke_tokens()
    assert profile_status(client, access) == 401
    assert refresh(client, refresh_token).status_code == 401
