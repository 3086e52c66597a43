"""The rate limits hold in any window, per method, over the whole account."""

from autoleap.sandbox import Sandbox
from tests.helpers.sandbox_calls import MovableClock, Open


def test_the_limit_opens_again_request_by_request(log_in: Open, clock: MovableClock) -> None:
    with Sandbox(limits={"GET": 2}, per=10, clock=clock) as sandbox:
        client = log_in(sandbox)
        assert client.get("/partners/profile").status_code == 200
        clock.move(6)
        assert client.get("/partners/profile").status_code == 200
        refused = client.get("/partners/profile")
        assert refused.status_code == 429
        assert refused.json() == {"success": False, "error": "Rate limit exceeded"}
        assert refused.headers["Retry-After"] == "4"
        clock.move(4)
        assert client.get("/partners/profile").status_code == 200
        assert client.get("/partners/profile").status_code == 429
        assert sandbox.counts.rate_limited == 2


def test_each_method_has_its_own_rate_limit_and_logins_count(
    visit: Open, clock: MovableClock
) -> None:
    with Sandbox(limits={"POST": 1, "GET": 1}, clock=clock) as sandbox:
        client = visit(sandbox)
        credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
        token = client.post("/partners/login", json=credentials).json()["data"]["accessToken"]
        assert client.post("/partners/login", json=credentials).status_code == 429
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/partners/profile", headers=headers).status_code == 200


def test_sessions_share_one_rate_limit(log_in: Open, clock: MovableClock) -> None:
    with Sandbox(limits={"GET": 1}, clock=clock) as sandbox:
        first, second = log_in(sandbox), log_in(sandbox)
        assert first.get("/partners/profile").status_code == 200
        assert second.get("/partners/profile").status_code == 429


def test_requests_without_a_token_use_up_nothing(
    visit: Open, log_in: Open, clock: MovableClock
) -> None:
    with Sandbox(limits={"GET": 1}, clock=clock) as sandbox:
        assert visit(sandbox).get("/partners/profile").status_code == 401
        assert log_in(sandbox).get("/partners/profile").status_code == 200


def test_the_default_limits_are_those_of_the_contract(log_in: Open, clock: MovableClock) -> None:
    with Sandbox(clock=clock) as sandbox:
        client = log_in(sandbox)
        statuses = [client.get("/partners/profile").status_code for _ in range(151)]
        assert statuses == [200] * 150 + [429]
        body = {"companyId": sandbox.company_id, "customers": [{"customerId": "?"}]}
        statuses = [client.patch("/customers", json=body).status_code for _ in range(51)]
        assert statuses == [400] * 50 + [429]


def test_no_limits_means_none(log_in: Open, clock: MovableClock) -> None:
    with Sandbox(limits=None, clock=clock) as sandbox:
        client = log_in(sandbox)
        assert {client.get("/partners/profile").status_code for _ in range(160)} == {200}


def test_a_429_can_come_without_retry_after(log_in: Open, clock: MovableClock) -> None:
    with Sandbox(limits={"GET": 0}, retry_after=False, clock=clock) as sandbox:
        answer = log_in(sandbox).get("/partners/profile")
        assert answer.status_code == 429
        assert "Retry-After" not in answer.headers
