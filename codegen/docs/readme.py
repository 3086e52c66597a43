"""Keeps the tables of README.md, each between its two markers, equal to what the code says."""

import argparse
from collections.abc import Mapping

from codegen.spec import ROOT

README = ROOT / "README.md"


def keep(tables: Mapping[str, str]) -> int:
    """Write the tables, or compare them when the command line says `--check`.

    Args:
        tables: Each table in Markdown, by what its markers call it.

    Returns:
        The exit code: 1 when README.md was only compared, and holds another table.
    """
    parser = argparse.ArgumentParser(description="Write the tables into README.md.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    before = README.read_text(encoding="utf-8")
    old = [name for name, table in tables.items() if put_in(before, name, table) != before]
    if check:
        for name in old:
            print(f"README.md holds an old {name} table: run `make docs`")
        return 1 if old else 0
    after = before
    for name in old:
        after = put_in(after, name, tables[name])
    README.write_text(after, encoding="utf-8")
    return 0


def put_in(text: str, name: str, table: str) -> str:
    """The text with the table between the markers of that name."""
    begin, end = f"<!-- {name} table: begin -->\n", f"<!-- {name} table: end -->\n"
    start, rest = text.split(begin)
    return start + begin + table + end + rest.split(end)[1]
