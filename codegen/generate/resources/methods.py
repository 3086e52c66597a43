"""Write the methods of a resource."""

import re
from collections.abc import Sequence

from attrs import define

from codegen.generate.resources.arguments import (
    Parameter,
    list_context_arguments,
    names_in,
    without_list,
)
from codegen.generate.resources.module import Module, docstring
from codegen.generate.resources.names import USED_BY_MODULES
from codegen.generate.resources.package import Operation, Package, element_type
from codegen.generate.resources.verbs import Method, Settings

MODELS = "autoleap_api_client.models"
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
OPTIONS_TEXT = "options: How the call works, see `{}`."
NOT_FOUND = "NotFoundError: There is nothing under this key."


@define
class MethodWriter:
    """Writes the methods of one resource into a module."""

    class_name: str
    module: Module
    package: Package
    settings: Settings

    def write(self, method: Method) -> tuple[str, str]:
        """Return the source of the public methods, and of a private one behind them."""
        if method.kind == "bulk":
            return self._write_bulk(method)
        writers = {"list": self._write_list, "get": self._write_get, "create": self._write_plain,
                   "plain": self._write_plain}  # fmt: skip
        return writers[method.kind](method), ""

    # The four kinds

    def _write_list(self, method: Method) -> str:
        self.module.use(".._paging.pager", "Pager")
        self.module.use("._base", "row_key")
        row = self._use_model(method.row, at_run_time=False)
        call = self._call(method, "size=_arguments.check_page_size(page_size)")
        self.module.use("..", "_arguments")
        key = ", ".join(f'"{field.attribute}"' for field in method.key)
        return self._define(
            f"def list({self._signature(method, LIST_OPTIONS)}) -> Pager[{row}]",
            self._describe(
                method,
                "The pager sends requests while it is read.",
                args=[*self._describe_parameters(method), *LIST_OPTION_TEXTS],
                raises=("ConfigurationError: A filter cannot be used.",),
            ),
            f"read_page = {call}",
            f"return Pager(lambda page: read_page(page=page), row_key({key}), prefetch)",
        )

    def _write_get(self, method: Method) -> str:
        if method.row:
            row = self._use_model(method.row, at_run_time=False)
            helper = self.module.use("._base", "fetch_rows" if method.many else "fetch_row")
            returns = f"{self._use_sequence()}[{row}]" if method.many else row
        else:
            helper = self.module.use("._base", "fetch")
            returns = self._use_model(method.operation.returns, at_run_time=False)
        return self._define(
            f"async def {method.name}({self._signature(method)}) -> {returns}",
            self._describe(method, args=self._describe_parameters(method), raises=(NOT_FOUND,)),
            f"return await {helper}({self._call(method)})",
        )

    def _write_plain(self, method: Method) -> str:
        returns, helper = self._result(method)
        call = self._call(method) if helper else self._call(method, bare=True)
        wait = f"await {helper}({call})" if helper else f"await {call}"
        body = self._body(method.operation)
        response = method.operation.success[1].get("description", "")
        return self._define(
            f"async def {method.name}({self._signature(method)}) -> {returns}",
            self._describe(
                method,
                args=[*self._describe_parameters(method, body=True)],
                returns=() if returns == "None" or not response else (response,),
                raises=self._raises(method.operation, checked=body[2]),
            ),
            wait if returns == "None" else f"return {wait}",
        )

    def _write_bulk(self, method: Method) -> tuple[str, str]:
        verb, options = method.name, OPTIONS[method.name]
        for module, names in (
            ("collections.abc", ("AsyncGenerator",)),
            ("typing", ("Unpack",)),
            (".._bulk.options", (options,)),
            (".._bulk.results", ("BulkReport", "Outcome")),
            (".._bulk.writer", ("BulkWriter",)),
        ):
            for name in names:
                self.module.use(module, name)
        name, kind, described = self._records(method)
        taken = f"self, {name}: {kind}, **options: Unpack[{options}]"
        public = self._define(
            f"async def {verb}({taken}) -> BulkReport",
            self._describe(
                method,
                "The call sends the records in batches.",
                args=(f"{name}: {described}", OPTIONS_TEXT.format(options)),
                raises=("ConfigurationError: The records or an option cannot be used.",),
            ),
            f"return await self._{verb}({name}, options).report()",
        )
        each = self._define(
            f"def {verb}_each({taken}) -> AsyncGenerator[Outcome, None]",
            docstring(f"Do the same as `{verb}`, and yield the outcome of each record."),
            f"return self._{verb}({name}, options).outcomes()",
        )
        return f"{public}\n\n{each}", self._write_operation(method, name, kind, options)

    def _write_operation(self, method: Method, name: str, kind: str, options: str) -> str:
        """Return the private method that describes a bulk operation."""
        operation, body = method.operation, method.operation.body
        model = self._use_model(body.type if body is not None else "")
        send = f'batch_sender(self._context, {self._function(operation)}, {model}, "{method.list_field}")'
        details = [f'schema="{self.package.schema_name(method.row)}"', f"send={send}"]
        self.module.use("._base", "batch_sender")
        if method.name == "create":
            self.module.use("._base", "find_created_by_listing")
            listed = f"lambda since: self.list({method.since}=since, prefetch=4)"
            key = method.key[0].json_name
            details.append(f'find_created=find_created_by_listing({listed}, "{key}")')
            details.append(f"fingerprint_key={tuple(method.identified_by)!r}")
        elif method.id_field is not None:
            details.append(f'id_field="{method.id_field.json_name}"')
        if method.name == "archive":
            details.append("ids_only=True")
        if method.has_location:
            details.append("location_default=True")
        return self._define(
            f"def _{method.name}(self, {name}: {kind}, options: {options}) -> BulkWriter",
            "",
            f"operation = self._context.bulk_operation({', '.join(details)})",
            f"return BulkWriter(operation, {name}, options)",
        )

    def _records(self, method: Method) -> tuple[str, str, str]:
        """Return the name, the annotation and the description of a bulk call's records."""
        id_field = method.id_field
        if method.name == "archive" and id_field is not None:
            if id_field.type == "str":
                return "ids", self.module.use("._base", "Ids"), "Ids of the records."
            iterable = self.module.use("collections.abc", "Iterable")
            asynchronous = self.module.use("collections.abc", "AsyncIterable")
            kind = f"{iterable}[{id_field.type}] | {asynchronous}[{id_field.type}]"
            return "ids", kind, "Ids of the records."
        model = self._use_model(method.row, at_run_time=False)
        kind = f"{self.module.use('._base', 'Records')}[{model}]"
        described = f"`{method.row}` models, or dicts with the field names of the API"
        with_id = f", each with `{id_field.json_name}`" if id_field is not None else ""
        location = " The location of the company is filled in." if method.has_location else ""
        return "records", kind, f"{described}{with_id}.{location}"

    # Their parts

    def _define(self, head: str, described: str, *code: str) -> str:
        lines = [f"    {head}:", *([described] if described else [])]
        return "\n".join([*lines, *(f"        {line}" for line in code)])

    def _signature(self, method: Method, options: Sequence[str] = ()) -> str:
        """Return the parameters: keys, the body, then what is needed; the rest by keyword."""
        keys = [self._declare(p) for p in method.parameters if p.argument.place == "path"]
        others = [p for p in method.parameters if p.argument.place != "path"]
        needed = [self._declare(p) for p in others if p.required]
        optional = [self._declare(p) for p in others if not p.required]
        body, required, _ = self._body(method.operation)
        if body and not required:
            optional.insert(0, f"request: {body} | None = None")
        parts = ["self", *keys, *([f"request: {body}"] if body and required else []), *needed]
        by_keyword = [*optional, *options]
        return ", ".join([*parts, *(["*"] if by_keyword else []), *by_keyword])

    def _declare(self, parameter: Parameter) -> str:
        declared = f"{parameter.name}: {self._use_names(parameter.type)}"
        return declared if parameter.required else f"{declared} | None = None"

    def _call(self, method: Method, *more: str, bare: bool = False) -> str:
        """Return the call of the generated function, or a partial of it for a helper."""
        given = list_context_arguments(method.operation)
        for parameter in method.parameters:
            for model in parameter.imports:
                self._use_model(model)
            given.append(f"{parameter.argument.name}={self._localize(parameter.value)}")
            if "_arguments." in parameter.value:
                self.module.use("..", "_arguments")
        if body := self._body_value(method.operation):
            given.append(f"body={body}")
        function = self._function(method.operation)
        if bare:
            return f"{function}({', '.join([*given, *more])})"
        self.module.use("functools", "partial")
        return f"partial({', '.join([function, *given, *more])})"

    def _function(self, operation: Operation) -> str:
        module = f"autoleap_api_client.api.{operation.folder}"
        return f"{self.module.use(module, operation.module)}.{operation.function}"

    def _result(self, method: Method) -> tuple[str, str]:
        """Return the annotation of a result, and the helper that gets it, "" for none."""
        if method.result == "none":
            return "None", ""
        helper = self.module.use("._base", RESULT_HELPERS[method.result])
        if method.result in RESULT_TYPES:
            return RESULT_TYPES[method.result], helper
        real = [name for name in method.operation.returns.split(" | ") if name != "Any"]
        annotation = self._use_names(" | ".join(real))
        if (element := element_type(annotation)) is not None:
            annotation = f"{self._use_sequence()}[{without_list(element)}]"
        return f"{annotation} | None" if method.result == "optional" else annotation, helper

    def _body(self, operation: Operation) -> tuple[str, bool, bool]:
        """Return the annotation of the request body, whether it is needed, and is checked."""
        body = operation.body
        if body is None:
            return "", False, False
        kind, element = body.type, element_type(body.type)
        if kind in self.package.models:
            model = self._use_model(kind, at_run_time=False)
            return (
                f"{self.module.use('._base', 'Record')}[{model}]",
                body.required,
                self._is_json(operation),
            )
        if element in self.package.models and element is not None:
            model = self._use_model(element, at_run_time=False)
            record = f"{self.module.use('._base', 'Record')}[{model}]"
            checked = self.package.schema_name(element) is not None
            return f"{self._use_sequence()}[{record}]", body.required, checked
        if kind == "File":
            return "bytes", body.required, False
        return self._use_names(without_list(kind)), body.required, False

    def _body_value(self, operation: Operation) -> str:
        """Return the expression that makes the request body."""
        body = operation.body
        if body is None:
            return ""
        made, element = "request", element_type(body.type)
        schema = self.package.schema_name(element or body.type)
        if body.type in self.package.models:
            defaults = self._context_fields(body.type)
            model = self._use_model(body.type)
            helper = "build_body" if self._is_json(operation) and schema else "build_form"
            checked = f', "{schema}"' if helper == "build_body" else ""
            made = f"{self.module.use('._base', helper)}({model}, request{checked}, {defaults})"
        elif element in self.package.models and element is not None and schema:
            model = self._use_model(element)
            made = f'{self.module.use("._base", "build_list")}({model}, request, "{schema}")'
        elif body.type == "File":
            made = f"{self.module.use('._base', 'build_file')}(request)"
        elif element is not None:
            made = "list(request)"
        return made if body.required else f"None if request is None else {made}"

    def _context_fields(self, model: str) -> str:
        """Return the ids of the company that a body takes, as an expression."""
        names = [n for n in ("companyId", "locationId") if n in self.package.fields(model)]
        return f"self._context.ids({', '.join(map(repr, names))})" if names else "{}"

    def _is_json(self, operation: Operation) -> bool:
        return "application/json" in operation.node.get("requestBody", {}).get("content", {})

    # What they say

    def _describe(
        self,
        method: Method,
        note: str = "",
        *,
        args: Sequence[str] = (),
        returns: Sequence[str] = (),
        raises: Sequence[str] = (),
    ) -> str:
        """Return the docstring of a method, out of what the contract says of its operation."""
        operation = method.operation
        node, call = operation.node, f"{operation.method} {operation.path}"
        summary = str(node.get("summary") or f"Call {operation.module}").strip().rstrip(".")
        said = str(node.get("description", "")).strip().split("\n\n")[0]
        said = f"{said.strip()} {note}".strip()
        return docstring(
            f"{summary} ({call}).",
            *([said] if said else []),
            sections=[("Args", args), ("Returns", returns), ("Raises", raises)],
        )

    def _describe_parameters(self, method: Method, *, body: bool = False) -> list[str]:
        said = [f"{p.name}: {p.description}" for p in method.parameters]
        annotation, required, _ = self._body(method.operation)
        if body and annotation:
            keys = [p for p in method.parameters if p.argument.place == "path"]
            place = len(keys) if required else sum(p.required for p in method.parameters)
            said.insert(place, f"request: {self._describe_body(method.operation)}")
        return said

    def _describe_body(self, operation: Operation) -> str:
        body = operation.body
        kind = body.type if body is not None else ""
        if kind in self.package.models:
            filled = (
                " The ids of the company are filled in."
                if self._context_fields(kind) != "{}"
                else ""
            )
            return f"A `{kind}` model, or a dict with the field names of the API.{filled}"
        if (element := element_type(kind)) in self.package.models:
            return f"`{element}` models, or dicts with the field names of the API."
        return "The content of the file." if kind == "File" else "The body, sent as JSON."

    def _raises(self, operation: Operation, *, checked: bool) -> list[str]:
        said = (
            ["RecordError: The request breaks the contract. Nothing was sent."] if checked else []
        )
        if operation.method != "GET":
            said.append("OutcomeUnknownError: The response was lost. The server may have done it.")
        return said

    # What they import

    def _use_model(self, name: str, *, at_run_time: bool = True) -> str:
        module, avoid = self.package.models[name], (*USED_BY_MODULES, self.class_name)
        return self.module.use(module, name, at_run_time=at_run_time, avoid=avoid)

    def _localize(self, code: str) -> str:
        """Return code or an annotation with the models that it names imported."""
        for name in re.findall(r"(?<![\".\w])[A-Z]\w*", code):
            if (
                name in self.package.models
                and (local := self._use_model(name, at_run_time=False)) != name
            ):
                code = re.sub(rf'(?<![".\w]){name}\b', local, code)
        return code

    def _use_sequence(self) -> str:
        return self.module.use("collections.abc", "Sequence")

    def _use_names(self, annotation: str) -> str:
        """Import what an annotation names."""
        known = {"DateInput": ".._arguments", "Sequence": "collections.abc", "Any": "typing",
                 "UUID": "uuid", "Mapping": "collections.abc"}  # fmt: skip
        for name in names_in(annotation) & known.keys():
            self.module.use(known[name], name)
        return self._localize(annotation)
