"""Write the files of autoleap/resources/: one for each resource, and the class Company."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from codegen.generate.resources.imports import Imports
from codegen.generate.resources.methods import MethodWriter
from codegen.generate.resources.model import Method
from codegen.generate.resources.module import Module, docstring
from codegen.generate.resources.names import free_name, pascal_case
from codegen.generate.resources.package import Package

# What stands in autoleap/resources/ besides, and what a company has besides its resources.
OTHER_MODULES = frozenset(("company",))
OF_COMPANY = frozenset(("id", "location_id", "name"))


@frozen
class Resource:
    """A resource of a company.

    Attributes:
        name: Its property and its module.
        class_name: Its class.
        title: The name of its tag in words.
        description: What the contract says about its tag.
        methods: Its methods, those with a verb first.
    """

    name: str
    class_name: str
    title: str
    description: str
    methods: Sequence[Method]


def make_resource(folder: str, description: str, methods: Sequence[Method]) -> Resource:
    """Return the resource of a folder of the package, under a name that is free."""
    name = free_name(folder, OTHER_MODULES | OF_COMPANY, "_resource")
    title = folder.strip("_").replace("_", " ")
    return Resource(name, pascal_case(name), title, description, methods)


def write_resource(resource: Resource, package: Package) -> str:
    """Return the source of a resource's module."""
    parameters = {p.name for method in resource.methods for p in method.parameters}
    module = Module({*parameters, resource.class_name})
    frozen_ = module.use("attrs", "frozen")
    module.use("._base", "CompanyContext")
    bulk_verbs = frozenset(method.name for method in resource.methods if method.kind == "bulk")
    writer = MethodWriter(Imports(resource.class_name, module, package), bulk_verbs)
    written = [writer.write(method) for method in resource.methods]
    title = resource.title
    lines = [
        f"@{frozen_}",
        f"class {resource.class_name}:",
        docstring(f"The {title} of one company.", indent=4),
        "",
        "    _context: CompanyContext",
        *(f"\n{public}" for public, _ in written),
        *(f"\n{private}" for _, private in written if private),
    ]
    summary = f"{title.capitalize()}: {_lower_first(resource.description)}"
    return module.source(
        summary if resource.description else f"{title.capitalize()}.", "\n".join(lines)
    )


def write_company(resources: Sequence[Resource]) -> str:
    """Return the source of the module with the class Company."""
    module = Module(set())
    module.use("attrs", "field")
    module.use("attrs", "frozen")
    module.use("._base", "CompanyContext")
    for resource in resources:
        module.use(f".{resource.name}", resource.class_name, at_run_time=False)
    properties = "\n".join(_write_property(resource) for resource in resources)
    return module.source("One company, and the resources in it.", HEAD + properties)


def _write_property(resource: Resource) -> str:
    names = ", ".join(name for method in resource.methods for name in method.names[:1])
    described = resource.description or f"The {resource.title} of the company."
    return "\n".join(
        (
            "",
            "    @property",
            f"    def {resource.name}(self) -> {resource.class_name}:",
            docstring(f"{described.rstrip('.')}: {names}."),
            f"        from .{resource.name} import {resource.class_name}",
            "",
            f"        return {resource.class_name}(self._context)",
        )
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def tag_descriptions(spec: Mapping[str, object]) -> Mapping[str, str]:
    """Return what the contract says about each tag, in one paragraph."""
    tags = spec.get("tags", [])
    listed = tags if isinstance(tags, list) else []
    said = {str(tag["name"]): str(tag.get("description", "")) for tag in listed}
    return {name: " ".join(text.split("\n\n")[0].split()) for name, text in said.items()}


HEAD = '''\
@frozen
class Company:
    """One company as a client sees it, with its resources. Cheap to make, safe to keep."""

    _context: CompanyContext = field(repr=False)
    name: str | None = None

    @property
    def id(self) -> str:
        """The id of the company."""
        return self._context.company_id

    @property
    def location_id(self) -> str | None:
        """The location that calls are limited to, or None for all."""
        return self._context.location_id
'''
