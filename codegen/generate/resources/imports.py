"""Import what the methods of a resource name, under names that are free in its module."""

import re

from attrs import define

from codegen.generate.resources.arguments import names_in
from codegen.generate.resources.module import Module
from codegen.generate.resources.names import USED_BY_MODULES
from codegen.generate.resources.package import Operation, Package

KNOWN = {
    "Any": "typing",
    "DateInput": ".._arguments",
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "UUID": "uuid",
}


@define
class Imports:
    """The imports of one resource's module."""

    class_name: str
    module: Module
    package: Package

    def use(self, module: str, *names: str) -> str:
        """Import some names, and return what the last one is called here."""
        return [self.module.use(module, name) for name in names][-1]

    def use_model(self, name: str, *, at_run_time: bool = True) -> str:
        """Import a model or an enum, and return what it is called here."""
        module, avoid = self.package.models[name], (*USED_BY_MODULES, self.class_name)
        return self.module.use(module, name, at_run_time=at_run_time, avoid=avoid)

    def use_function(self, operation: Operation) -> str:
        """Import the module of a generated function, and return the function."""
        module = f"autoleap_api_client.api.{operation.folder}"
        return f"{self.use(module, operation.module)}.{operation.function}"

    def use_names(self, annotation: str) -> str:
        """Import what an annotation names, and return the annotation."""
        for name in names_in(annotation) & KNOWN.keys():
            self.use(KNOWN[name], name)
        return self.localize(annotation)

    def localize(self, code: str) -> str:
        """Return code with each model under the name that it has here."""
        for name in re.findall(r"(?<![\".\w])[A-Z]\w*", code):
            if name in self.package.models:
                local = self.use_model(name, at_run_time=False)
                code = re.sub(rf'(?<![".\w]){name}\b', local, code)
        return code
