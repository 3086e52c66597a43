"""A local AutoLeap server that enforces the contract, for tests and experiments."""

from autoleap.sandbox.faults import FAULT_KINDS, Fault, FaultKind
from autoleap.sandbox.rate_limits import DEFAULT_LIMITS
from autoleap.sandbox.request_log import RequestLog, RequestRecord
from autoleap.sandbox.sandbox import Sandbox
from autoleap.sandbox.state import Counts
from autoleap.sandbox.store import RESOURCES, Resource, Store

__all__ = [
    "DEFAULT_LIMITS",
    "FAULT_KINDS",
    "RESOURCES",
    "Counts",
    "Fault",
    "FaultKind",
    "RequestLog",
    "RequestRecord",
    "Resource",
    "Sandbox",
    "Store",
]
