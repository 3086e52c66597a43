"""A local AutoLeap server that enforces the contract, for tests and experiments."""

from autoleap.sandbox.faults import FAULT_KINDS, Fault, FaultKind
from autoleap.sandbox.habit_draws import draw_habits
from autoleap.sandbox.habits import (
    DateHabits,
    Habits,
    Lag,
    LateWork,
    PageHabits,
    Refusal,
    Rewriting,
)
from autoleap.sandbox.rate_limits import DEFAULT_LIMITS
from autoleap.sandbox.request_log import RequestLog, RequestRecord
from autoleap.sandbox.rows import StoredRow
from autoleap.sandbox.sandbox import Sandbox
from autoleap.sandbox.state import Counts
from autoleap.sandbox.store import RESOURCES, Resource, Store

__all__ = [
    "DEFAULT_LIMITS",
    "FAULT_KINDS",
    "RESOURCES",
    "Counts",
    "DateHabits",
    "Fault",
    "FaultKind",
    "Habits",
    "Lag",
    "LateWork",
    "PageHabits",
    "Refusal",
    "RequestLog",
    "RequestRecord",
    "Resource",
    "Rewriting",
    "Sandbox",
    "Store",
    "StoredRow",
    "draw_habits",
]
