"""The sandbox: a local AutoLeap server that enforces the contract over HTTP."""

import random
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from anyio import CancelScope, to_thread

from autoleap.sandbox.app import App
from autoleap.sandbox.contract import load_contract
from autoleap.sandbox.faults import Fault, FaultPlan
from autoleap.sandbox.habits import NO_HABITS, Habits
from autoleap.sandbox.http_messages import PATH_PREFIX
from autoleap.sandbox.rate_limits import DEFAULT_LIMITS, Clock, SlidingWindow
from autoleap.sandbox.refusals import RefusalPlan
from autoleap.sandbox.request_log import RequestLog
from autoleap.sandbox.sample_store import SampleSizes, build_sample_store
from autoleap.sandbox.server import ServerThread
from autoleap.sandbox.sessions import Sessions
from autoleap.sandbox.state import Counts, SandboxState
from autoleap.sandbox.store import Store


class Sandbox:
    """A local AutoLeap server with sample data, for tests and experiments.

    Use it with `async with` (asyncio or trio) or with `with`. It serves on a loopback address from
    its own thread and writes no files. It enforces the contract: tokens expire and rotate, rate
    limits apply, and requests are validated against `openapi.yaml`.

    Where the contract leaves a question open, the sandbox has its own rule. These rules are
    inferences and not documented behaviour of the API:

    - It refuses query parameters and body fields that the contract does not name.
    - It refuses date-times without an offset.
    - A refresh ends the old token pair at once. A second login does not end the first session.
    - A rate limit holds in any period of `per` seconds. Refused requests do not count.
    - A bulk write with an invalid record writes nothing, except with `partial`.
    - It validates the requests of an operation without a handler. The response is the contract's
      example.

    Args:
        access_ttl: Lifetime of an access token in seconds.
        refresh_ttl: Lifetime of a refresh token in seconds.
        limits: Requests per HTTP method in `per` seconds. None means no limits. A method that is
            None or missing is unlimited.
        per: Length of the window of the rate limits in seconds.
        retry_after: Whether a 429 over the rate limit has a `Retry-After` header.
        latency: Delay before an operation in seconds, or the shortest and the longest delay.
        faults: The faults to apply.
        habits: What the server does that the contract does not exclude. By default nothing.
        seed: Seed of ids, credentials, sample data, latency and fault probabilities. Tokens are
            new in every run.
        partial: Whether a bulk write with an invalid record writes the valid ones.
        max_batch: Largest number of records in a bulk write. A larger write gets a 413. None means
            no maximum.
        clock: Returns the time in seconds for token expiry and rate limits.
        wall_clock: Returns the time in seconds since 1970 for the dates of rows and for habits.
        host: The loopback address to serve on.
        port: The port to serve on. 0 selects a free port.
        customers: Number of sample customers of the first company. The second company has a
            fifth of it. The company of another partner has none. The same holds for the other
            resources.
        vehicles: Number of sample vehicles.
        items: Number of sample items.
        inventory_levels: Largest number of sample inventory levels.
        appointment_requests: Number of sample appointment requests.
        repair_orders: Number of sample repair orders.
        payments: Number of sample payments.
        timesheet_logs: Number of sample timesheet logs.

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
        habits: Habits = NO_HABITS,
        seed: int = 0,
        partial: bool = False,
        max_batch: int | None = None,
        clock: Clock = time.monotonic,
        wall_clock: Clock = time.time,
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
        self._state = self._build_state(sizes, access_ttl, refresh_ttl, clock)
        self._state.store.clock = wall_clock
        self._state.store.set_habits(habits, self._make_rng("habits"))
        self._state.refusals = RefusalPlan(habits.refusals, self._make_rng("refusals"))
        self._state.partial = partial
        self._state.max_batch = max_batch
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
        self._server = ServerThread(self._app, host, port, sends_date=habits.dates is None)

    async def __aenter__(self) -> Self:
        """Start the server without blocking the event loop."""
        await to_thread.run_sync(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server. A cancellation of the caller does not interrupt this."""
        with CancelScope(shield=True):
            await to_thread.run_sync(self.stop)

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def start(self) -> None:
        """Start the server and return when it accepts connections.

        Raises:
            OSError: The port is in use.
            RuntimeError: The server is already running.
        """
        self._server.start()

    def stop(self) -> None:
        """Close all connections and stop the server. Its data and its log stay readable."""
        self._server.stop()

    @property
    def app(self) -> App:
        """The ASGI application, for another server."""
        return self._app

    @property
    def base_url(self) -> str:
        """The base URL, "http://127.0.0.1:PORT/v2".

        Raises:
            RuntimeError: The server was never started.
        """
        return self._server.origin + PATH_PREFIX

    @property
    def partner_id(self) -> str:
        """The partner id for a login."""
        return self._state.partner_id

    @property
    def auth_key(self) -> str:
        """The auth key for a login. It follows from the seed and is not secret."""
        return self._state.auth_key

    @property
    def company_ids(self) -> list[str]:
        """The ids of the partner's companies."""
        return [company.id for company in self.store.own_companies]

    @property
    def company_id(self) -> str:
        """The id of the partner's first company."""
        return self.company_ids[0]

    @property
    def foreign_company_id(self) -> str:
        """The id of a company that belongs to another partner."""
        return next(company.id for company in self.store.companies.values() if company.foreign)

    @property
    def location_ids(self) -> list[str]:
        """The ids of the first company's locations."""
        return [location.id for location in self.store.own_companies[0].locations]

    @property
    def location_id(self) -> str:
        """The id of the first company's first location."""
        return self.location_ids[0]

    @property
    def store(self) -> Store:
        """The data of the server."""
        return self._state.store

    @property
    def requests(self) -> RequestLog:
        """The log of all requests, oldest first."""
        return self._app.log

    @property
    def counts(self) -> Counts:
        """The numbers of logins, refreshes, refused requests and faults."""
        return self._state.counts

    def set_faults(self, *faults: Fault) -> None:
        """Replace all faults and reset their counters. Without arguments there are no faults."""
        self._app.fault_plan = FaultPlan(faults, self._make_rng("faults"))

    def revoke_tokens(self) -> None:
        """Revoke the access and refresh tokens of all sessions."""
        self._state.sessions.revoke_all()

    def revoke_access_tokens(self) -> None:
        """Revoke the access tokens of all sessions. Refresh tokens stay valid."""
        self._state.sessions.revoke_access()

    def forget_requests(self) -> None:
        """Remove all records from `requests`."""
        self._app.log.clear()

    def _build_state(
        self, sizes: SampleSizes, access_ttl: float, refresh_ttl: float, clock: Clock
    ) -> SandboxState:
        """Return the state with new credentials and sample data, without sessions."""
        rng = self._make_rng("names")
        partner_id = f"partner-{rng.randrange(1000, 10_000)}"
        sessions = Sessions(partner_id, access_ttl=access_ttl, refresh_ttl=refresh_ttl, clock=clock)
        return SandboxState(
            partner_id=partner_id,
            partner_name="Sandbox Partner",
            auth_key=f"{rng.getrandbits(160):040x}",
            store=build_sample_store(self._make_rng("data"), sizes),
            sessions=sessions,
        )

    def _make_rng(self, purpose: str) -> random.Random:
        """Return an independent random source for one purpose."""
        return random.Random(f"{self._seed}:{purpose}")  # noqa: S311 - repeatable, not secret
