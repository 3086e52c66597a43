"""Run `python -m codegen.docs`: write both tables, or compare them with `--check`."""

import sys

from codegen.docs import coverage_table, fault_table
from codegen.docs.readme import keep

coverage = coverage_table.table(coverage_table.current())
sys.exit(keep({"fault": fault_table.table(), "coverage": coverage}))
