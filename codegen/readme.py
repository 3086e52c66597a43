"""Keeps a table of README.md, between its two markers, equal to what the code says."""

import argparse
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def keep(name: str, table: str) -> int:
    """Write the table, or compare it when the command line says `--check`.

    Args:
        name: What the table's markers call it.
        table: The table in Markdown.

    Returns:
        The exit code: 1 when README.md was only compared, and holds another table.
    """
    parser = argparse.ArgumentParser(description=f"Write the {name} table into README.md.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    begin, end = f"<!-- {name} table: begin -->\n", f"<!-- {name} table: end -->\n"
    before = README.read_text(encoding="utf-8")
    start, rest = before.split(begin)
    after = start + begin + table + end + rest.split(end)[1]
    if not check:
        README.write_text(after, encoding="utf-8")
    if check and before != after:
        print(f"README.md holds an old {name} table: run `make docs`")
        return 1
    return 0
