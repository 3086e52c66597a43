# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.


"""A client library for accessing AutoLeap Partner API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
