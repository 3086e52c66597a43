# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from enum import IntEnum
from typing import Self


class RepairOrderStatusId(IntEnum):
    ESTIMATE = 1
    WIP = 2
    COMPLETE = 3
    SAVED = 4
    POSTED = 5
    AR = 6
    DELETED = 7

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """Keep a value that the contract does not know yet: a new one is no breaking change."""
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_, member._value_ = "UNKNOWN", value
        return member
