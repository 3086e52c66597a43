"""AutoLeap's versioning policy as a table: what every kind of change means to those who call.

Where the policy is silent, the rule is marked as ours. What decides then: a change breaks when
something that could be sent is no longer taken, or something that could not come may come now.
"""

from enum import StrEnum

from attrs import frozen


class Kind(StrEnum):
    """How much a change can hurt."""

    BREAKING = "breaking"
    COMPATIBLE = "non-breaking"
    DOCUMENTATION = "documentation-only"


@frozen
class Rule:
    """A kind of change: how much it can hurt, in words, and whether this is our reading."""

    kind: Kind
    words: str
    ours: bool = False


@frozen
class Change:
    """One difference: where it is, what it is, and the rule that it falls under.

    Attributes:
        rule: What the policy, or our reading of it, says of such a change.
        place: Where in the operation: "query size", "body items[].itemId", "200 content[].status".
        what: The difference in words.
        operation: "GET /customers", or "the document".
    """

    rule: Rule
    place: str
    what: str
    operation: str = "the document"


BREAKING, COMPATIBLE, DOCUMENTATION = Kind

OPERATION_REMOVED = Rule(BREAKING, "an operation is gone")
OPERATION_ADDED = Rule(COMPATIBLE, "an operation is new")

# A field of a request body counts as a parameter.
PARAMETER_REMOVED = Rule(BREAKING, "a parameter is gone")
PARAMETER_RENAMED = Rule(BREAKING, "a parameter has another name")
PARAMETER_REQUIRED = Rule(BREAKING, "an optional parameter is required")
PARAMETER_OPTIONAL = Rule(COMPATIBLE, "a required parameter is optional", ours=True)
REQUIRED_PARAMETER_ADDED = Rule(BREAKING, "a required parameter is new")
OPTIONAL_PARAMETER_ADDED = Rule(COMPATIBLE, "an optional parameter is new")
REQUEST_HEADER_ADDED = Rule(COMPATIBLE, "a request header is new")

FIELD_REMOVED = Rule(BREAKING, "a field of an answer is gone")
FIELD_ADDED = Rule(COMPATIBLE, "a field of an answer is new")
FIELD_MAY_LACK = Rule(BREAKING, "a field of an answer can be absent", ours=True)
FIELD_ALWAYS_THERE = Rule(COMPATIBLE, "a field of an answer is always there", ours=True)
ERROR_FIELD_ADDED = Rule(COMPATIBLE, "a field of an error is new", ours=True)
RESPONSE_HEADER_ADDED = Rule(COMPATIBLE, "a response header is new")
RESPONSE_HEADER_REMOVED = Rule(BREAKING, "a response header is gone", ours=True)

TYPE_CHANGED = Rule(BREAKING, "a type is another")
FORMAT_CHANGED = Rule(BREAKING, "a data format is another")
ENCODING_CHANGED = Rule(BREAKING, "a parameter is written in another way", ours=True)
MEDIA_TYPE_REMOVED = Rule(BREAKING, "a media type is gone", ours=True)
MEDIA_TYPE_ADDED = Rule(COMPATIBLE, "a media type is new", ours=True)
VALUE_REMOVED = Rule(BREAKING, "a value of an enum is gone")
VALUE_ADDED = Rule(COMPATIBLE, "a value of an enum is new")

REQUEST_NARROWED = Rule(BREAKING, "less is taken than before", ours=True)
REQUEST_WIDENED = Rule(COMPATIBLE, "more is taken than before", ours=True)
ANSWER_NARROWED = Rule(COMPATIBLE, "less can come than before", ours=True)
ANSWER_WIDENED = Rule(BREAKING, "more can come than before", ours=True)

PAGINATION_CHANGED = Rule(BREAKING, "the rules or defaults of pages are others")
SORT_DEFAULT_CHANGED = Rule(BREAKING, "the default of sorting is another")
DEFAULT_CHANGED = Rule(BREAKING, "a default is another", ours=True)

ERROR_CODES_CHANGED = Rule(BREAKING, "the error codes are others")
SUCCESS_CODES_CHANGED = Rule(BREAKING, "the codes of success are others", ours=True)

SCOPES_ADDED = Rule(BREAKING, "new scopes are needed")
CREDENTIALS_NEEDED = Rule(BREAKING, "other credentials are needed", ours=True)
CREDENTIALS_RELAXED = Rule(COMPATIBLE, "fewer credentials are needed", ours=True)
SERVER_REMOVED = Rule(BREAKING, "an address of the API is gone", ours=True)
SERVER_ADDED = Rule(COMPATIBLE, "an address of the API is new", ours=True)

WORDS_CHANGED = Rule(DOCUMENTATION, "words, names or examples")
NOT_UNDERSTOOD = Rule(BREAKING, "something this report cannot judge: please look", ours=True)
