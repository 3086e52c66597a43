"""Docstrings and comments keep the rules of language in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("autoleap", "codegen", "examples", "benchmarks")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
# A sentence names the task, the process, the caller or the server.
PERSONS = "who|whoever|somebody|someone|nobody|anybody|anyone|everybody|everyone|we|our"
# Words of earlier versions, each with the term of the glossary that replaced it.
REPLACED = {
    "answer": "response",
    "budget": "rate limit",
    "courier": "transport",
    "desk": "context",
    "fate": "outcome",
    "teller": "dispatcher",
    "ticket": "slot id",
    "told": "reported",
    "verdict": "result",
}
FORBIDDEN = re.compile(rf"\b({PERSONS}|{'|'.join(REPLACED)})s?\b", re.IGNORECASE)
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "codegen" / "README.md",
    ROOT / "tests" / "README.md",
]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def list_prose(source: str) -> Iterator[str]:
    """Yield every docstring and comment of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_prose_has_no_person_as_subject_and_no_replaced_term(path: Path) -> None:
    prose = list_prose(path.read_text(encoding="utf-8"))
    found = [(match[0], text) for text in prose for match in FORBIDDEN.finditer(text)]
    assert not found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents_have_no_person_as_subject_and_no_replaced_term(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    quoted = re.sub(r"`[^`]*`|\"[^\"]*\"", "", text)
    assert not FORBIDDEN.findall(quoted)


def test_the_glossary_has_at_most_thirty_terms() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    glossary = text.partition("## Glossary")[2].partition("\n## ")[0]
    terms = re.findall(r"^\| (?!term|---)([a-z ]+) \|", glossary, re.MULTILINE)
    assert 20 <= len(terms) <= 30
    assert terms == sorted(terms)
