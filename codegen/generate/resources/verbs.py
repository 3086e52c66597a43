"""Decide which verb stands for which operation.

A rule that finds no ground for a verb leaves the operation a plain method under its own name, and
says in a note which line of resources.yaml would change that. No note stops the generation.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

from codegen.generate.resources.arguments import Parameter, make_parameters
from codegen.generate.resources.model import Method, Settings
from codegen.generate.resources.names import camel_case, free_name, singular
from codegen.generate.resources.package import Field, Operation, Package, element_type

VERBS = ("list", "get", "create", "update", "archive")
BULK_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update"}
# The last word of a path that creates one thing, or that only repeats what its method says.
CREATE_WORDS = frozenset(("create", "add", "new"))
REPEATING_WORDS = CREATE_WORDS | {"update", "archive", "bulk", "batch"}
PAGE_FIELDS = {"totalPages": "int", "totalCount": "int", "last": "bool"}


@define
class ResourcePlanner:
    """Finds the methods of one resource.

    Attributes:
        name: Of the resource.
        operations: Its operations, in the order of the contract.
        known: Operations that the overlay names: they keep a verb when another wants it.
        notes: The choices of the generator, with the line that changes each.
    """

    name: str
    operations: Sequence[Operation]
    package: Package
    settings: Settings
    known: Collection[str]
    notes: list[str] = field(factory=list)

    def plan(self) -> list[Method]:
        """Return the methods, those with a verb first."""
        chosen: dict[str, Method] = {}
        for verb in VERBS:
            for operation in sorted(self.operations, key=self._rank):
                if self._wanted_verb(operation) == verb:
                    self._choose(verb, operation, chosen)
        with_verb = {method.operation.id for method in chosen.values()}
        rest = [operation for operation in self.operations if operation.id not in with_verb]
        methods = list(chosen.values())
        for operation in rest:
            methods.append(self._plain(operation, methods))
        return methods

    def _rank(self, operation: Operation) -> tuple[bool, int, int]:
        """Order the operations that want one verb: known ones, then short paths, come first."""
        depth = operation.path.count("/")
        return operation.id not in self.known, depth, self.operations.index(operation)

    def _choose(self, verb: str, operation: Operation, chosen: dict[str, Method]) -> None:
        if (first := chosen.get(verb)) is not None:
            self._note(
                operation,
                f"`{verb}` is {first.operation.method} {first.operation.path}; "
                "for the other way round, name the operations in overlay.yaml",
            )
            return
        makers = {"list": self._list, "get": self._get}
        if verb in makers:
            method = makers[verb](operation)
        elif self._is_single_create(operation):
            method = self._single_create(operation)
        else:
            method = self._bulk(verb, operation, chosen.get("list"))
        if method is not None:
            chosen[verb] = method

    def _wanted_verb(self, operation: Operation) -> str | None:
        """Return the verb that an operation's shape asks for."""
        if operation.method == "GET":
            if {"page", "size"} <= {a.name for a in operation.arguments}:
                return "list" if self._page_row(operation) else None
            ends_with_key = operation.path.endswith("}") and len(operation.key_arguments) == 1
            return "get" if ends_with_key and self._response_model(operation) else None
        if self._is_single_create(operation):
            return "create"
        if self._bulk_list(operation) is None or self._is_action(operation):
            return None
        only_ids = operation.method == "PATCH" and self._only_id(operation) is not None
        return "archive" if only_ids else BULK_VERBS.get(operation.method)

    def _is_action(self, operation: Operation) -> bool:
        """Return whether a path names an action on the things of another path."""
        parent, _, last = operation.path.rpartition("/")
        others = {other.path for other in self.operations}
        return parent in others and last not in REPEATING_WORDS

    # Reading

    def _list(self, operation: Operation) -> Method | None:
        row = self._page_row(operation) or ""
        if not (key := self._row_key(operation, row)):
            self._note(operation, "its rows have no id", "key")
            return None
        parameters = self._parameters(operation, frozenset(("page", "size")))
        return Method(name="list", kind="list", operation=operation, parameters=parameters,
                      row=row, key=key)  # fmt: skip

    def _get(self, operation: Operation) -> Method:
        model = self._response_model(operation) or ""
        content = self.package.fields(model).get("content")
        row = element_type(content.type) if content is not None else None
        many = len(self.settings.of_resource(self.name).get("key", ())) > 1
        parameters = self._parameters(operation)
        return Method(name="get", kind="get", operation=operation, parameters=parameters,
                      row=row if row in self.package.models else "", many=many)  # fmt: skip

    def _page_row(self, operation: Operation) -> str | None:
        """Return the model of a page's rows; None if the response is no page."""
        fields = self.package.fields(operation.returns)
        pages = all(fields[n].type == t for n, t in PAGE_FIELDS.items() if n in fields)
        row = element_type(fields["content"].type) if "content" in fields else None
        whole = pages and fields.keys() >= PAGE_FIELDS.keys()
        return row if whole and row in self.package.models else None

    def _response_model(self, operation: Operation) -> str | None:
        model = operation.returns
        return model if model in self.package.models and self.package.fields(model) else None

    def _row_key(self, operation: Operation, row: str) -> list[Field]:
        """Return the fields that identify a row: the chosen ones, or the first that is likely."""
        fields = self.package.fields(row)
        chosen = self.settings.of_resource(self.name).get("key", [])
        if chosen:
            return [fields[name] for name in chosen if name in fields]
        return [fields[name] for name in self._likely_keys(operation, row) if name in fields][:1]

    def _likely_keys(self, operation: Operation, row: str) -> Iterator[str]:
        for other in self.operations:
            if other.method == "GET" and other.path.rpartition("/")[0] == operation.path:
                yield from (argument.contract_name for argument in other.key_arguments)
        for other in self.operations:
            if other.method == "PATCH" and (only := self._only_id(other)):
                yield only.json_name
        last = operation.path.rpartition("/")[2]
        for word in (row, singular(self.name), singular(last)):
            yield f"{camel_case(word)}Id"
        yield "id"

    # Writing

    def _is_single_create(self, operation: Operation) -> bool:
        last = operation.path.rpartition("/")[2]
        made = operation.method == "POST" and last in CREATE_WORDS
        return made and self._bulk_list(operation) is None and self._json_model(operation) != ""

    def _single_create(self, operation: Operation) -> Method:
        parameters = self._parameters(operation)
        return Method(name="create", kind="create", operation=operation, parameters=parameters,
                      result=self._result(operation))  # fmt: skip

    def _bulk(self, verb: str, operation: Operation, listed: Method | None) -> Method | None:
        records = self._bulk_list(operation)
        if records is None:
            return None
        item = element_type(records.type) or ""
        fields = self.package.fields(item)
        extra: dict[str, Any] = {}
        if verb == "create":
            extra = self._find_created(operation, item, listed)
        elif (id_field := self._id_field(operation, fields, listed)) is not None:
            extra = {"id_field": id_field}
        if not extra:
            return None
        location = verb != "create" and "locationId" in fields
        return Method(name=verb, kind="bulk", operation=operation, row=item,
                      list_field=records.json_name, has_location=location, **extra)  # fmt: skip

    def _find_created(
        self, operation: Operation, item: str, listed: Method | None
    ) -> dict[str, Any]:
        """Return how created records are found again; nothing if they cannot be."""
        since = _window_start(listed, operation)
        if listed is None or since is None or len(listed.key) != 1:
            self._note(operation, "no list of its path has a window of changes, so that a create "
                       "whose response is lost could not be looked up")  # fmt: skip
            return {}
        rows, fields = self.package.fields(listed.row), self.package.fields(item)
        if "createdDate" not in rows or rows["createdDate"].type != "datetime.datetime":
            self._note(operation, f"{listed.row} has no createdDate, so that a create whose "
                       "response is lost could not be looked up")  # fmt: skip
            return {}
        chosen = self.settings.of_resource(self.name).get("identified_by")
        names = chosen or [n for n in self._required(item) if n in rows and not n.endswith("Id")]
        if not names or not set(names) <= fields.keys():
            self._note(operation, "no required field identifies a record", "identified_by")
            return {}
        if not chosen:
            called = f"{self.name}.create recognizes records by {', '.join(names)}"
            others = f"To choose others, {self._line('identified_by')}"
            self.notes.append(f"{called}, the required fields. {others}")
        return {"identified_by": names, "since": since, "key": listed.key}

    def _id_field(
        self, operation: Operation, fields: Mapping[str, Field], listed: Method | None
    ) -> Field | None:
        names = [key.json_name for key in listed.key] if listed is not None else []
        names += self.settings.of_resource(self.name).get("key", [])
        names += self._likely_keys(operation, singular(self.name))
        if (only := self._only_id(operation)) is not None:
            names.append(only.json_name)
        for name in names:
            if name in fields:
                return fields[name]
        if listed is None:
            self._note(operation, "its records hold no known id", "key")
        else:
            keys = ", ".join(key.json_name for key in listed.key)
            self._note(operation, f"its records do not hold the id of a row ({keys})")
        return None

    def _bulk_list(self, operation: Operation) -> Field | None:
        """Return the field of a body that is `companyId` and one array of records."""
        fields = self.package.fields(self._json_model(operation))
        arrays = [f for f in fields.values() if element_type(f.type) in self.package.models]
        plain = fields.keys() == {"companyId", *(f.json_name for f in arrays)}
        if not plain or len(arrays) != 1 or any(a.required for a in _own_arguments(operation)):
            return None
        item = element_type(arrays[0].type) or ""
        named = self.package.schema_name(item) is not None
        return arrays[0] if named and self.package.fields(item) else None

    def _only_id(self, operation: Operation) -> Field | None:
        """Return the field of a record that has no other."""
        records = self._bulk_list(operation)
        fields = self.package.fields(element_type(records.type) or "") if records else {}
        return next(iter(fields.values())) if len(fields) == 1 else None

    def _json_model(self, operation: Operation) -> str:
        """Return the model of a JSON body, "" for any other body."""
        body, content = operation.body, operation.node.get("requestBody", {}).get("content", {})
        known = body is not None and body.type in self.package.models
        return body.type if body is not None and known and "application/json" in content else ""

    def _required(self, model: str) -> list[str]:
        schemas = self.package.spec["components"]["schemas"]
        return list(schemas[self.package.schema_name(model)].get("required", []))

    # Everything else

    def _plain(self, operation: Operation, methods: Sequence[Method]) -> Method:
        taken = [name for method in methods for name in method.names]
        name = free_name(operation.module, taken, "_operation")
        return Method(name=name, kind="plain", operation=operation,
                      parameters=self._parameters(operation),
                      result=self._result(operation))  # fmt: skip

    def _result(self, operation: Operation) -> str:
        """Return what kind of result an operation has."""
        returned = operation.returns.split(" | ")
        real = [name for name in returned if name != "Any"]
        if operation.function == "asyncio_detailed":
            return "json" if operation.success[0] == "application/json" else "none"
        if set(real) <= set(self.settings.empty_responses):
            return "none"
        if real == ["File"]:
            return "bytes"
        return "model" if real == returned else "optional"

    def _parameters(
        self, operation: Operation, left_out: frozenset[str] = frozenset()
    ) -> list[Parameter]:
        return make_parameters(operation, self.package, self.settings.naming(self.name), left_out)

    def _note(self, operation: Operation, reason: str, setting: str = "") -> None:
        """Say why an operation has no verb, and which line would give it one."""
        called = f"{operation.method} {operation.path} is {self.name}.{operation.module}: {reason}."
        self.notes.append(f"{called} For a verb, {self._line(setting)}" if setting else called)

    def _line(self, setting: str) -> str:
        return f"add to resources.yaml: {self.name}: {{ {setting}: [FIELD] }}"


def _window_start(listed: Method | None, operation: Operation) -> str | None:
    """Return the parameter of a list that limits it to recent changes of what is created."""
    if listed is None or not operation.path.startswith(listed.operation.path):
        return None
    if any(parameter.required for parameter in listed.parameters):
        return None
    names = [parameter.name for parameter in listed.parameters]
    return next((name for name in ("updated_from", "created_from") if name in names), None)


def _own_arguments(operation: Operation) -> list[Any]:
    return [a for a in operation.arguments if a.place != "body" and a.contract_name != "companyId"]
