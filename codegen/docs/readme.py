"""Update the generated tables of README.md, each between its two markers."""

import argparse
from collections.abc import Mapping

from codegen.spec import ROOT

README = ROOT / "README.md"


def update_tables(tables: Mapping[str, str]) -> int:
    """Write the tables, or only compare them if the command line has `--check`.

    Args:
        tables: Each table in Markdown, by the name in its markers.

    Returns:
        The exit code: 1 if `--check` finds a table that is out of date, else 0.
    """
    parser = argparse.ArgumentParser(description="Write the generated tables of README.md.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    text, outdated = README.read_text(encoding="utf-8"), []
    for name, table in tables.items():
        updated = replace_table(text, name, table)
        outdated += [name] if updated != text else []
        text = updated
    if not check:
        README.write_text(text, encoding="utf-8")
        return 0
    for name in outdated:
        print(f"README.md holds an old {name} table: run `make docs`")
    return 1 if outdated else 0


def replace_table(text: str, name: str, table: str) -> str:
    """Return a text with a new table between the markers of a name."""
    begin, end = f"<!-- {name} table: begin -->\n", f"<!-- {name} table: end -->\n"
    start, rest = text.split(begin)
    return start + begin + table + end + rest.split(end)[1]
