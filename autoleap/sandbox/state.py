"""The state of a sandbox and the validated request, which are the input of every operation."""

from collections.abc import Mapping, Sequence
from typing import cast

import attrs

from autoleap.sandbox.habits import Refusal
from autoleap.sandbox.refusals import RefusalPlan
from autoleap.sandbox.rows import Record
from autoleap.sandbox.sessions import Session, Sessions
from autoleap.sandbox.store import Company, Store
from autoleap.sandbox.violations import Violation, format_violations


class RefusedError(Exception):
    """The server refuses a request with an error response.

    Args:
        status: The HTTP status.
        message: The field `error` of the body.
        violations: The violations of the contract, if they are the reason.
        retry_after: The `Retry-After` header in seconds.
        body: The body instead of an error of the contract: JSON, or the text of an HTML page.
    """

    def __init__(
        self,
        status: int,
        message: str,
        violations: tuple[Violation, ...] = (),
        retry_after: int | None = None,
        body: object = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.violations = violations
        self.retry_after = retry_after
        self.body = body


def build_validation_error(*violations: Violation) -> RefusedError:
    """Return the error for an invalid request: a 400 with every field and reason."""
    return RefusedError(400, format_violations(violations), violations)


@attrs.define
class Counts:
    """Counters since the start of the sandbox.

    Attributes:
        logins: Successful logins.
        refreshes: Successful refreshes.
        logouts: Successful logouts.
        unauthorized: Responses with status 401.
        rate_limited: Requests over the rate limit. A fault of kind "429" does not count.
        faults: Applied faults.
    """

    logins: int = 0
    refreshes: int = 0
    logouts: int = 0
    unauthorized: int = 0
    rate_limited: int = 0
    faults: int = 0


@attrs.define
class SandboxState:
    """All data that operations may read or change."""

    partner_id: str
    partner_name: str
    auth_key: str = attrs.field(repr=False)
    store: Store = attrs.field(repr=False)
    sessions: Sessions = attrs.field(repr=False)
    partial: bool = False
    max_batch: int | None = None
    counts: Counts = attrs.field(factory=Counts)
    refusals: RefusalPlan = attrs.field(factory=RefusalPlan)

    def pick_refusal(
        self, records: Sequence[Record], violations: Mapping[int, Sequence[Violation]]
    ) -> Refusal | None:
        """Return the refusal of a bulk write, or None if all records are written.

        Args:
            records: The records of the batch.
            violations: The violations of the contract by index of the record.
        """
        refusal = self.refusals.pick(records, violations)
        if refusal is None and violations:
            return Refusal(stored="valid" if self.partial else "none")
        return refusal

    def find_company(self, company_id: object) -> Company:
        """Return the partner's company with this id.

        Raises:
            RefusedError: 404 if the company does not exist, 403 if it belongs to another partner.
        """
        company = self.store.companies.get(str(company_id))
        if company is None:
            raise RefusedError(404, f"No company {company_id} exists")
        if company.foreign:
            raise RefusedError(403, f"The partner has no permission for company {company_id}")
        return company

    def find_companies(self, company_id: object) -> list[Company]:
        """Return the company with this id. Without an id, return all companies of the partner."""
        return self.store.own_companies if company_id is None else [self.find_company(company_id)]

    def check_location(self, companies: list[Company], location_id: object) -> None:
        """Check that a location belongs to one of the companies.

        Raises:
            RefusedError: 404 if it does not.
        """
        known = any(company.has_location(str(location_id)) for company in companies)
        if location_id is not None and not known:
            raise RefusedError(404, f"No location {location_id} exists in this company")


@attrs.frozen
class ValidatedRequest:
    """A request after validation.

    `record_violations` has the violations inside the records of a bulk write, by the index of the
    record. The operation decides whether it writes the other records.
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
        """Return the records of a bulk write."""
        return cast("list[Record]", self.body.get(name, []))


def build_acknowledgement() -> Record:
    """Return the body of a successful write. It has no ids (contract, section 1)."""
    return {"success": True, "message": "Request completed successfully", "data": {}}
