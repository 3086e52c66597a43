"""Write the generated tables of README.md.

python -m codegen.docs            write them
python -m codegen.docs --check    only compare; exit with 1 if a table is out of date
"""

import sys

from codegen.docs import coverage_table, fault_table
from codegen.docs.readme import update_tables

coverage = coverage_table.format_table(coverage_table.load_rows())
sys.exit(update_tables({"fault": fault_table.format_table(), "coverage": coverage}))
