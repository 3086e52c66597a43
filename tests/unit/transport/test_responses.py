"""What a response is, by its status, its media type and what the request accepts."""

from __future__ import annotations

import pytest

from autoleap import AutoLeapError, NotFoundError, RejectedError, ResponseDecodeError
from autoleap._transport.responses import JSON, ApiResponse, raise_for_response

HTML = b"<html>502</html>"
REFUSED = b'{"success": false, "error": "no"}'


def response(content: bytes, media_type: str | None, status: int = 200) -> ApiResponse:
    headers = {} if media_type is None else {"Content-Type": media_type}
    return ApiResponse(status, content=content, headers=headers)


@pytest.mark.parametrize(
    ("content", "media_type", "accept"),
    [
        (b"{}", "application/json", JSON),
        (b"[]", "text/plain", JSON),
        (b"%PDF", "application/pdf", "application/pdf"),
        (b"%PDF", "application/pdf; charset=binary", "application/pdf"),
        (b"%PDF", "application/octet-stream", "application/pdf"),
        (b"%PDF", None, "application/pdf"),
        (b"x", "image/webp", "image/png, image/*"),
        (b"a,b", "text/csv", "text/csv"),
        (b"", "application/json", "*/*"),
        (b"", None, "*/*"),
        (HTML, "text/html", "*/*"),
    ],
)
def test_a_success_that_the_request_accepts_passes(
    content: bytes, media_type: str | None, accept: str
) -> None:
    raise_for_response(response(content, media_type), accept)  # raises nothing


@pytest.mark.parametrize(
    ("content", "media_type", "accept", "error", "message"),
    [
        (HTML, "text/html", JSON, ResponseDecodeError, "not JSON"),
        (b"", "application/json", JSON, ResponseDecodeError, "not JSON"),
        (
            HTML,
            "text/html",
            "application/pdf",
            ResponseDecodeError,
            "is text/html, not application",
        ),
        (b"{}", "application/json", "application/pdf", ResponseDecodeError, "is application/json"),
        (REFUSED, "application/json", "application/pdf", RejectedError, "no"),
        (REFUSED, "application/json", "*/*", RejectedError, "no"),
        (REFUSED, "application/json", JSON, RejectedError, "no"),
    ],
)
def test_a_success_that_is_none_is_an_error(
    content: bytes, media_type: str, accept: str, error: type[AutoLeapError], message: str
) -> None:
    with pytest.raises(error, match=message):
        raise_for_response(response(content, media_type), accept)


def test_no_content_and_errors_need_no_media_type() -> None:
    raise_for_response(response(b"", None, 204), JSON)  # raises nothing
    with pytest.raises(NotFoundError, match="404: %PDF"):
        raise_for_response(response(b"%PDF", "application/pdf", 404), "application/pdf")
