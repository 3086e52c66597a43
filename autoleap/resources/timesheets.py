"""Timesheets: time that technicians have clocked."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

from attrs import frozen

from autoleap_api_client.api.timesheets import list_timesheet_logs
from autoleap_api_client.models.timesheet_log import TimesheetLog

from .. import _arguments
from .._arguments import DateInput
from .._paging.pager import Pager
from ._base import CompanyContext


@frozen
class Timesheets:
    """The timesheet logs of one company."""

    _scope: CompanyContext

    def list(
        self, start: DateInput, end: DateInput, *, page_size: int = 100, prefetch: int = 0
    ) -> Pager[TimesheetLog]:
        """List timesheet logs (GET /technicians/timesheetLogs); the pager reads when it is used.

        Args:
            start, end: The days to list; the API wants both.
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_timesheet_logs.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            start_date=_arguments.format_required_datetime("start", start),
            end_date=_arguments.format_required_datetime("end", end),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("log_id"), prefetch)
