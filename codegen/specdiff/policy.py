"""AutoLeap's versioning policy as a table of rules, one for every kind of change.

The policy does not cover every kind. The other rules follow one principle: a change is breaking if
the server rejects a request that it accepted before, or if a response can have a new content.
"""

from enum import StrEnum

from attrs import frozen


class Kind(StrEnum):
    """The effect of a change on a program that uses the API."""

    BREAKING = "breaking"
    COMPATIBLE = "non-breaking"
    DOCUMENTATION = "documentation-only"


@frozen
class Rule:
    """A kind of change and its effect.

    Attributes:
        description: The change, for the report.
        own: Whether the rule comes from this project, because the policy does not cover the change.
    """

    kind: Kind
    description: str
    own: bool = False


@frozen
class Change:
    """One difference between two versions of the API.

    Attributes:
        rule: The rule for this kind of change.
        place: Place in the operation: "query size", "body items[].itemId", "200 content[].status".
        description: What differs.
        operation: "GET /customers", or "the document".
    """

    rule: Rule
    place: str
    description: str
    operation: str = "the document"


BREAKING, COMPATIBLE, DOCUMENTATION = Kind

OPERATION_REMOVED = Rule(BREAKING, "an operation was removed")
OPERATION_ADDED = Rule(COMPATIBLE, "an operation was added")

# A field of a request body counts as a parameter.
PARAMETER_REMOVED = Rule(BREAKING, "a parameter was removed")
PARAMETER_RENAMED = Rule(BREAKING, "a parameter has another name")
PARAMETER_REQUIRED = Rule(BREAKING, "an optional parameter became required")
PARAMETER_OPTIONAL = Rule(COMPATIBLE, "a required parameter became optional", own=True)
REQUIRED_PARAMETER_ADDED = Rule(BREAKING, "a required parameter was added")
OPTIONAL_PARAMETER_ADDED = Rule(COMPATIBLE, "an optional parameter was added")
REQUEST_HEADER_ADDED = Rule(COMPATIBLE, "a request header was added")

FIELD_REMOVED = Rule(BREAKING, "a response field was removed")
FIELD_ADDED = Rule(COMPATIBLE, "a response field was added")
FIELD_OPTIONAL = Rule(BREAKING, "a response field can be absent", own=True)
FIELD_REQUIRED = Rule(COMPATIBLE, "a response field is always present", own=True)
ERROR_FIELD_ADDED = Rule(COMPATIBLE, "a field of an error was added", own=True)
RESPONSE_HEADER_ADDED = Rule(COMPATIBLE, "a response header was added")
RESPONSE_HEADER_REMOVED = Rule(BREAKING, "a response header was removed", own=True)

TYPE_CHANGED = Rule(BREAKING, "a type changed")
FORMAT_CHANGED = Rule(BREAKING, "a data format changed")
ENCODING_CHANGED = Rule(BREAKING, "the encoding of a parameter changed", own=True)
MEDIA_TYPE_REMOVED = Rule(BREAKING, "a media type was removed", own=True)
MEDIA_TYPE_ADDED = Rule(COMPATIBLE, "a media type was added", own=True)
VALUE_REMOVED = Rule(BREAKING, "an enum value was removed")
VALUE_ADDED = Rule(COMPATIBLE, "an enum value was added")

REQUEST_NARROWED = Rule(BREAKING, "requests allow less than before", own=True)
REQUEST_WIDENED = Rule(COMPATIBLE, "requests allow more than before", own=True)
RESPONSE_NARROWED = Rule(COMPATIBLE, "responses allow less than before", own=True)
RESPONSE_WIDENED = Rule(BREAKING, "responses allow more than before", own=True)

PAGINATION_CHANGED = Rule(BREAKING, "the rules or defaults of pagination changed")
SORT_DEFAULT_CHANGED = Rule(BREAKING, "the default of sorting changed")
DEFAULT_CHANGED = Rule(BREAKING, "a default changed", own=True)

ERROR_CODES_CHANGED = Rule(BREAKING, "the error codes changed")
SUCCESS_CODES_CHANGED = Rule(BREAKING, "the success codes changed", own=True)

SCOPES_ADDED = Rule(BREAKING, "new scopes are needed")
CREDENTIALS_CHANGED = Rule(BREAKING, "other credentials are needed", own=True)
CREDENTIALS_RELAXED = Rule(COMPATIBLE, "fewer credentials are needed", own=True)
SERVER_REMOVED = Rule(BREAKING, "an address of the API was removed", own=True)
SERVER_ADDED = Rule(COMPATIBLE, "an address of the API was added", own=True)

ANNOTATIONS_CHANGED = Rule(DOCUMENTATION, "descriptions, names or examples changed")
UNKNOWN_CHANGE = Rule(BREAKING, "this report does not know the change: read it", own=True)
