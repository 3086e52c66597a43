"""Write the methods of a resource."""

from collections.abc import Sequence

from attrs import define

from codegen.generate.resources.arguments import Parameter, list_context_arguments, without_list
from codegen.generate.resources.bodies import Body, make_body
from codegen.generate.resources.imports import Imports
from codegen.generate.resources.model import Method
from codegen.generate.resources.module import docstring
from codegen.generate.resources.package import element_type

OPTIONS = {"create": "CreateOptions", "update": "BulkOptions", "archive": "BulkOptions"}
RESULT_HELPERS = {
    "model": "fetch",
    "optional": "fetch_optional",
    "bytes": "fetch_bytes",
    "json": "fetch_json",
}
RESULT_TYPES = {"bytes": "bytes", "json": "object"}
LIST_OPTIONS = ("page_size: int = 100", "prefetch: int = 0")
LIST_OPTION_TEXTS = (
    "page_size: Rows in a page, 1 to 100.",
    "prefetch: Pages to request ahead of the reader.",
)
NO_FILTER = "ConfigurationError: A filter cannot be used."
NO_RECORDS = "ConfigurationError: The records or an option cannot be used."
NOT_FOUND = "NotFoundError: There is nothing under this key."
NOT_VALID = "RecordError: The request breaks the contract. Nothing was sent."
IN_DOUBT = "OutcomeUnknownError: The response was lost. The server may have done it."


@define
class MethodWriter:
    """Writes the methods of one resource.

    Attributes:
        imports: The imports of its module.
        bulk_verbs: Names of its bulk methods.
    """

    imports: Imports
    bulk_verbs: frozenset[str] = frozenset()

    def write(self, method: Method) -> tuple[str, str]:
        """Return the source of the public methods, and of a private one behind them."""
        if method.kind == "bulk":
            return self._write_bulk(method)
        writers = {"list": self._write_list, "get": self._write_get}
        return writers.get(method.kind, self._write_plain)(method), ""

    def _write_list(self, method: Method) -> str:
        self.imports.use(".._paging.pager", "Pager")
        self.imports.use("._base", "row_key")
        self.imports.use("..", "_arguments")
        row = self.imports.use_model(method.row, at_run_time=False)
        signature = self._format_signature(method, None, LIST_OPTIONS)
        call = self._format_call(method, "size=_arguments.check_page_size(page_size)")
        key = ", ".join(f'"{field.attribute}"' for field in method.key)
        described = _describe(
            method,
            "The pager sends requests while it is read.",
            args=[*_describe_parameters(method), *LIST_OPTION_TEXTS],
            raises=[NO_FILTER],
        )
        return _define(
            f"def list({signature}) -> Pager[{row}]",
            described,
            f"read_page = {call}",
            f"return Pager(lambda page: read_page(page=page), row_key({key}), prefetch)",
        )

    def _write_get(self, method: Method) -> str:
        row = self.imports.use_model(method.row or method.operation.returns, at_run_time=False)
        name = ("fetch_rows" if method.many else "fetch_row") if method.row else "fetch"
        helper = self.imports.use("._calls", name)
        if method.many:
            row = f"{self.imports.use('collections.abc', 'Sequence')}[{row}]"
        return _define(
            f"async def get({self._format_signature(method, None)}) -> {row}",
            _describe(method, args=_describe_parameters(method), raises=[NOT_FOUND]),
            f"return await {helper}({self._format_call(method)})",
        )

    def _write_plain(self, method: Method) -> str:
        body = make_body(method.operation, self.imports)
        returns, helper = self._format_result(method)
        given = [body.argument] if body is not None else []
        if helper:
            call = f"await {helper}({self._format_call(method, *given)})"
        else:
            function, *arguments = self._format_arguments(method, *given)
            call = f"await {function}({', '.join(arguments)})"
        response = method.operation.success[1].get("description", "")
        raises = [NOT_VALID] if body is not None and body.is_checked else []
        described = _describe(
            method,
            args=_describe_parameters(method, body),
            returns=[response] if returns != "None" and response else [],
            raises=[*raises, *([IN_DOUBT] if method.operation.method != "GET" else [])],
        )
        return _define(
            f"async def {method.name}({self._format_signature(method, body)}) -> {returns}",
            described,
            call if returns == "None" else f"return {call}",
        )

    def _write_bulk(self, method: Method) -> tuple[str, str]:
        verb, options = method.name, OPTIONS[method.name]
        self.imports.use("collections.abc", "AsyncGenerator")
        self.imports.use("typing", "Unpack")
        self.imports.use(".._bulk.options", options)
        self.imports.use(".._bulk.results", "BulkReport", "Outcome")
        self.imports.use(".._bulk.writer", "BulkWriter")
        name, kind, said = self._format_records(method)
        taken = f"self, {name}: {kind}, **options: Unpack[{options}]"
        args = [f"{name}: {said}", f"options: How the call works, see `{options}`."]
        sent = "The call sends the records in batches."
        public = _define(
            f"async def {verb}({taken}) -> BulkReport",
            _describe(method, sent, args=args, raises=[NO_RECORDS]),
            f"return await self._{verb}({name}, options).report()",
        )
        each = _define(
            f"def {verb}_each({taken}) -> AsyncGenerator[Outcome, None]",
            docstring(f"Do the same as `{verb}`, and yield the outcome of each record."),
            f"return self._{verb}({name}, options).outcomes()",
        )
        self.imports.use(".._bulk.options", "BulkOperation")
        private = _define(
            f"def _{verb}(self, {name}: {kind}, options: {options}) -> BulkWriter",
            "",
            f"return BulkWriter(self._{verb}_operation(), {name}, options)",
        )
        operation = _define(
            f"def _{verb}_operation(self) -> BulkOperation",
            "",
            f"return self._context.bulk_operation({self._format_operation(method)})",
        )
        return f"{public}\n\n{each}", f"{private}\n\n{operation}"

    def _format_operation(self, method: Method) -> str:
        """Return the arguments that describe a bulk operation."""
        body = method.operation.body
        model = self.imports.use_model(body.type if body is not None else "")
        write = self.imports.use_function(method.operation)
        sender = self.imports.use("._base", "batch_sender")
        schema = self.imports.package.schema_name(method.row)
        details = [
            f'schema="{schema}"',
            f'send={sender}(self._context, {write}, {model}, "{method.list_field}")',
        ]
        if method.name == "create":
            find = self.imports.use("._base", "list_changed_rows")
            listed = f"lambda since: self.list({method.since}=since, prefetch=4)"
            details.append(f'list_changed={find}({listed}, "{method.key[0].json_name}")')
            details.append(f"fingerprint_key={tuple(method.identified_by)!r}")
            if "update" in self.bulk_verbs:
                details.append("update=self._update_operation()")
        elif method.id_field is not None:
            details.append(f'id_field="{method.id_field.json_name}"')
        details += ["ids_only=True"] if method.name == "archive" else []
        details += ["location_default=True"] if method.has_location else []
        return ", ".join(details)

    def _format_records(self, method: Method) -> tuple[str, str, str]:
        """Return the name, the annotation and the description of a bulk call's records."""
        id_field = method.id_field
        if method.name == "archive" and id_field is not None:
            if id_field.type == "str":
                return "ids", self.imports.use("._base", "Ids"), "Ids of the records."
            self.imports.use("collections.abc", "AsyncIterable", "Iterable")
            kind = f"Iterable[{id_field.type}] | AsyncIterable[{id_field.type}]"
            return "ids", kind, "Ids of the records."
        model = self.imports.use_model(method.row, at_run_time=False)
        with_id = f", each with `{id_field.json_name}`" if id_field is not None else ""
        location = " The location of the company is filled in." if method.has_location else ""
        said = f"`{method.row}` models, or dicts with the field names of the API{with_id}."
        return "records", f"{self.imports.use('._base', 'Records')}[{model}]", f"{said}{location}"

    def _format_signature(
        self, method: Method, body: Body | None, options: Sequence[str] = ()
    ) -> str:
        """Return the parameters: keys, the body, what else is needed; the rest by keyword."""
        keys = [self._declare(p) for p in method.parameters if p.argument.place == "path"]
        others = [p for p in method.parameters if p.argument.place != "path"]
        needed = [self._declare(p) for p in others if p.required]
        optional = [self._declare(p) for p in others if not p.required]
        if body is not None:
            place = keys if body.required else optional
            place.append(body.declaration)
        by_keyword = [*optional, *options]
        return ", ".join(["self", *keys, *needed, *(["*"] if by_keyword else []), *by_keyword])

    def _declare(self, parameter: Parameter) -> str:
        declared = f"{parameter.name}: {self.imports.use_names(parameter.type)}"
        return declared if parameter.required else f"{declared} | None = None"

    def _format_call(self, method: Method, *more: str) -> str:
        partial = self.imports.use("functools", "partial")
        return f"{partial}({', '.join(self._format_arguments(method, *more))})"

    def _format_arguments(self, method: Method, *more: str) -> list[str]:
        """Return the generated function, and what it is called with."""
        given = list_context_arguments(method.operation)
        for parameter in method.parameters:
            self.imports.use("..", "_arguments")
            for model in parameter.imports:
                self.imports.use_model(model)
            given.append(f"{parameter.argument.name}={self.imports.localize(parameter.value)}")
        return [self.imports.use_function(method.operation), *given, *more]

    def _format_result(self, method: Method) -> tuple[str, str]:
        """Return the annotation of a result, and the helper that gets it, "" for none."""
        if method.result == "none":
            return "None", ""
        helper = self.imports.use("._calls", RESULT_HELPERS[method.result])
        if method.result in RESULT_TYPES:
            return RESULT_TYPES[method.result], helper
        real = [name for name in method.operation.returns.split(" | ") if name != "Any"]
        annotation = self.imports.use_names(" | ".join(real))
        if (element := element_type(annotation)) is not None:
            sequence = self.imports.use("collections.abc", "Sequence")
            annotation = f"{sequence}[{without_list(element)}]"
        return f"{annotation} | None" if method.result == "optional" else annotation, helper


def _define(head: str, described: str, *code: str) -> str:
    lines = [f"    {head}:", *([described] if described else [])]
    return "\n".join([*lines, *(f"        {line}" for line in code)])


def _describe(
    method: Method,
    note: str = "",
    *,
    args: Sequence[str] = (),
    returns: Sequence[str] = (),
    raises: Sequence[str] = (),
) -> str:
    """Return the docstring of a method, out of what the contract says of its operation."""
    operation = method.operation
    summary = str(operation.node.get("summary") or f"Call {operation.module}").strip().rstrip(".")
    said = str(operation.node.get("description", "")).strip().split("\n\n")[0]
    said = f"{said.strip()} {note}".strip()
    return docstring(
        f"{summary} ({operation.method} {operation.path}).",
        *([said] if said else []),
        sections=[("Args", args), ("Returns", returns), ("Raises", raises)],
    )


def _describe_parameters(method: Method, body: Body | None = None) -> list[str]:
    """Return what the parameters are, in the order of the signature."""
    keys = [p for p in method.parameters if p.argument.place == "path"]
    needed = [p for p in method.parameters if p.required and p not in keys]
    optional = [p for p in method.parameters if not p.required]
    parts = [[f"{p.name}: {p.description}" for p in part] for part in (keys, needed, optional)]
    if body is not None:
        parts[0 if body.required else 2].append(f"request: {body.description}")
    return [line for part in parts for line in part]
