"""The sandbox: a local AutoLeap that enforces the contract over real HTTP."""

import random
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from anyio import CancelScope, to_thread

from autoleap.sandbox.app import App
from autoleap.sandbox.contract import load_contract
from autoleap.sandbox.faults import Fault, FaultPlan
from autoleap.sandbox.http_messages import PATH_PREFIX
from autoleap.sandbox.rate_limits import DEFAULT_LIMITS, Clock, SlidingWindow
from autoleap.sandbox.request_log import RequestLog
from autoleap.sandbox.sample_store import SampleSizes, build_sample_store
from autoleap.sandbox.server import ServerThread
from autoleap.sandbox.sessions import Sessions
from autoleap.sandbox.state import Counts, SandboxState
from autoleap.sandbox.store import Store


class Sandbox:
    """A local AutoLeap with sample data, for tests and for trying things out.

    Use it with `async with` (asyncio or trio) or with plain `with`: it serves on a loopback address
    from a thread of its own, and leaves nothing behind. It takes the contract at its word: tokens
    expire and rotate, the rate limits hold, requests are checked against `openapi.yaml`.

    Where the contract is silent it takes the strict side: query parameters and body fields the
    contract does not name are refused; a refresh kills the old pair at once; any stretch of `per`
    seconds counts for the limits; date-times need an offset. A second login leaves the first
    session alive, refused requests do not count against the limits, and a bulk write with a bad
    record writes nothing (unless `partial`). An operation that is newer than the sandbox has its
    requests checked like any other, and is answered with the contract's example.

    Args:
        access_ttl: life of an access token in seconds.
        refresh_ttl: life of a refresh token in seconds.
        limits: requests per method and `per` seconds; None for no limits, and a method that is
            None or left out is unlimited.
        per: length of the rate limit's window in seconds.
        retry_after: whether a 429 says when to come back.
        latency: seconds before the server acts, or the least and greatest of them.
        faults: what goes wrong, see `Fault`.
        seed: of ids, credentials, sample data, latency and the probabilities of faults. Tokens are
            new every time.
        partial: keep the good records of a bulk write that is answered with 400.
        max_batch: records a bulk write may have; more are answered with 413. None for any number.
        clock: time in seconds, for expiry and limits; a test may pass one it can move.
        host: the loopback address to serve on.
        port: the port to serve on; 0 takes a free one.
        customers: sample customers of the first company; its other resources likewise. The second
            company has a fifth of each, the company of a foreign partner has none.

    Raises:
        ValueError: `host` is not a loopback address.
    """

    def __init__(
        self,
        *,
        access_ttl: float = 3600.0,
        refresh_ttl: float = 10_800.0,
        limits: Mapping[str, int | None] | None = DEFAULT_LIMITS,
        per: float = 60.0,
        retry_after: bool = True,
        latency: float | tuple[float, float] = 0.0,
        faults: Iterable[Fault] = (),
        seed: int = 0,
        partial: bool = False,
        max_batch: int | None = None,
        clock: Clock = time.monotonic,
        host: str = "127.0.0.1",
        port: int = 0,
        customers: int = 25,
        vehicles: int = 40,
        items: int = 30,
        inventory_levels: int = 40,
        appointment_requests: int = 12,
        repair_orders: int = 30,
        payments: int = 40,
        timesheet_logs: int = 30,
    ) -> None:
        self._seed = seed
        sizes = SampleSizes(
            customers=customers,
            vehicles=vehicles,
            items=items,
            inventory_levels=inventory_levels,
            appointment_requests=appointment_requests,
            repair_orders=repair_orders,
            payments=payments,
            timesheets=timesheet_logs,
        )
        names = self._make_rng("names")
        partner_id = f"partner-{names.randrange(1000, 10_000)}"
        self._state = SandboxState(
            partner_id=partner_id,
            partner_name="Sandbox Partner",
            auth_key=f"{names.getrandbits(160):040x}",
            store=build_sample_store(self._make_rng("data"), sizes),
            sessions=Sessions(
                partner_id,
                access_ttl=access_ttl,
                refresh_ttl=refresh_ttl,
                clock=clock,
            ),
            partial=partial,
            max_batch=max_batch,
        )
        self._app = App(
            contract=load_contract(),
            state=self._state,
            window=SlidingWindow(limits or {}, per, clock),
            log=RequestLog(),
            clock=clock,
            latency=latency if isinstance(latency, tuple) else (latency, latency),
            rng=self._make_rng("latency"),
            fault_plan=FaultPlan((), self._make_rng("faults")),
            send_retry_after=retry_after,
        )
        self.set_faults(*faults)
        self._server = ServerThread(self._app, host, port)

    async def __aenter__(self) -> Self:
        """Start serving without blocking the event loop."""
        await to_thread.run_sync(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving, also when the caller is being cancelled."""
        with CancelScope(shield=True):
            await to_thread.run_sync(self.stop)

    def __enter__(self) -> Self:
        """Start serving."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self.stop()

    def start(self) -> None:
        """Serve, and return once connections are accepted.

        Raises:
            OSError: the port is taken.
            RuntimeError: it is already running.
        """
        self._server.start()

    def stop(self) -> None:
        """Close all connections and stop serving; what it holds stays readable."""
        self._server.stop()

    @property
    def app(self) -> App:
        """The ASGI application, to be served by other means."""
        return self._app

    @property
    def base_url(self) -> str:
        """Where it serves, "http://127.0.0.1:PORT/v2"; RuntimeError before it was started."""
        return self._server.origin + PATH_PREFIX

    @property
    def partner_id(self) -> str:
        """The partner to log in as."""
        return self._state.partner_id

    @property
    def auth_key(self) -> str:
        """The partner's key; not a secret, it follows from the seed."""
        return self._state.auth_key

    @property
    def company_ids(self) -> list[str]:
        """The partner's companies."""
        return [company.id for company in self.store.own_companies]

    @property
    def company_id(self) -> str:
        """The first of the partner's companies."""
        return self.company_ids[0]

    @property
    def foreign_company_id(self) -> str:
        """A company that exists and belongs to another partner."""
        return next(company.id for company in self.store.companies.values() if company.foreign)

    @property
    def location_ids(self) -> list[str]:
        """The locations of the first company."""
        return [location.id for location in self.store.own_companies[0].locations]

    @property
    def location_id(self) -> str:
        """The first location of the first company."""
        return self.location_ids[0]

    @property
    def store(self) -> Store:
        """What the server holds."""
        return self._state.store

    @property
    def requests(self) -> RequestLog:
        """What arrived, oldest first."""
        return self._app.log

    @property
    def counts(self) -> Counts:
        """How many logins, refreshes, refusals and faults there were."""
        return self._state.counts

    def set_faults(self, *faults: Fault) -> None:
        """Play these faults from now on, counting afresh; none of them ends all faults."""
        self._app.fault_plan = FaultPlan(faults, self._make_rng("faults"))

    def revoke_tokens(self) -> None:
        """Kill the access and refresh tokens of every session."""
        self._state.sessions.revoke_all()

    def revoke_access_tokens(self) -> None:
        """Kill the access tokens of every session; refresh tokens live on."""
        self._state.sessions.revoke_access()

    def forget_requests(self) -> None:
        """Empty `requests`."""
        self._app.log.clear()

    def _make_rng(self, purpose: str) -> random.Random:
        """A source of its own for each purpose, so that one does not disturb the others."""
        return random.Random(f"{self._seed}:{purpose}")  # noqa: S311 - repeatable, not secret
