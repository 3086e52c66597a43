"""What an operation works on: the partner, the data, the sessions, and the validated request."""

from collections.abc import Mapping
from typing import cast

import attrs

from autoleap.sandbox.sessions import Session, Sessions
from autoleap.sandbox.store import Company, Record, Store
from autoleap.sandbox.violations import Violation, format_violations


class RefusedError(Exception):
    """A request that is answered with an error.

    Args:
        status: the HTTP status.
        message: the `error` of the body.
        violations: what is wrong with the request, where that is the reason.
        retry_after: seconds to say in `Retry-After`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        violations: tuple[Violation, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.violations = violations
        self.retry_after = retry_after


def build_validation_error(*violations: Violation) -> RefusedError:
    """A 400 that names every field and reason."""
    return RefusedError(400, format_violations(violations), violations)


@attrs.define
class Counts:
    """How often things happened since the sandbox was made.

    Attributes:
        logins: logins that gave tokens.
        refreshes: refreshes that gave new tokens.
        logouts: sessions ended by their owner.
        unauthorized: answers with status 401.
        rate_limited: requests over the limit (429s played as faults are not among them).
        faults: faults played.
    """

    logins: int = 0
    refreshes: int = 0
    logouts: int = 0
    unauthorized: int = 0
    rate_limited: int = 0
    faults: int = 0


@attrs.define
class SandboxState:
    """Everything the operations may look at or change."""

    partner_id: str
    partner_name: str
    auth_key: str = attrs.field(repr=False)
    store: Store = attrs.field(repr=False)
    sessions: Sessions = attrs.field(repr=False)
    partial: bool = False
    max_batch: int | None = None
    counts: Counts = attrs.field(factory=Counts)

    def find_company(self, company_id: object) -> Company:
        """The partner's company of this id.

        Raises:
            RefusedError: 404 there is no such company; 403 it belongs to another partner.
        """
        company = self.store.companies.get(str(company_id))
        if company is None:
            raise RefusedError(404, f"No company {company_id} exists")
        if company.foreign:
            raise RefusedError(403, f"The partner has no permission for company {company_id}")
        return company

    def find_companies(self, company_id: object) -> list[Company]:
        """The company named, or all of the partner's when none is."""
        return self.store.own_companies if company_id is None else [self.find_company(company_id)]

    def check_location(self, companies: list[Company], location_id: object) -> None:
        """Refuse with 404 a location that none of the companies has."""
        known = any(company.has_location(str(location_id)) for company in companies)
        if location_id is not None and not known:
            raise RefusedError(404, f"No location {location_id} exists in this company")


@attrs.frozen
class ValidatedRequest:
    """A request that has passed the contract's checks.

    `flawed` holds the violations inside the records of a bulk write, by the record's index: whether
    the other records are kept is the operation's decision.
    """

    operation_id: str
    path: Mapping[str, str]
    query: Mapping[str, object]
    body: Record
    session: Session | None
    record_violations: Mapping[int, list[Violation]] = attrs.field(
        factory=dict[int, list[Violation]]
    )

    def read_records(self, name: str) -> list[Record]:
        """The records of a bulk write."""
        return cast("list[Record]", self.body.get(name, []))


def build_acknowledgement() -> Record:
    """What a write answers: no ids (contract, section 1)."""
    return {"success": True, "message": "Request completed successfully", "data": {}}
