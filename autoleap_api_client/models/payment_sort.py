# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from enum import StrEnum
from typing import Self


class PaymentSort(StrEnum):
    CREATEDDATE = "createdDate"

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        """Keep a value that the contract does not know yet: a new one is no breaking change."""
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = "UNKNOWN", value
        return member
