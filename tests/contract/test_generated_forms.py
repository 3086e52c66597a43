"""Forms are written part by part: files with their names, other values as text."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from autoleap_api_client.types import File
from autoleap_api_client.writing import write_form


def test_every_kind_of_value_has_its_part(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(b"png")
    stream = BytesIO(b"pdf")
    with path.open("rb") as opened:
        parts = write_form(
            {
                "file": File(stream, "a.pdf", "application/pdf"),
                "nameless": File(stream),
                "raw": b"raw",
                "opened": opened,
                "pages": 2,
                "final": True,
                "gone": None,
                "tags": ["a", "b"],
                "address": {"city": "Reno"},
            },
            {"extra": "é"},
        )
    assert dict(parts) == {
        "extra": (None, "é".encode(), "text/plain"),
        "file": ("a.pdf", stream, "application/pdf"),
        "nameless": ("nameless", stream, None),
        "raw": ("raw", b"raw", "application/octet-stream"),
        "opened": ("scan.png", opened, None),
        "pages": (None, b"2", "text/plain"),
        "final": (None, b"true", "text/plain"),
        "tags": (None, b"b", "text/plain"),
        "address": (None, b'{"city": "Reno"}', "application/json"),
    }
    assert [name for name, _ in parts].count("tags") == 2
