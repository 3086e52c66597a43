"""A response body is decoded and kept up to a number of bytes, however it is cut into parts."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoleap import ResponseDecodeError, ResponseTooLargeError
from autoleap._transport.bodies import BodyCollector

contents = st.one_of(st.binary(max_size=300), st.integers(0, 5000).map(lambda size: b"ab" * size))


def collect(data: bytes, cuts: list[int], encoding: str, limit: int) -> BodyCollector:
    """Add the parts of some data, cut at these places."""
    places = [0, *sorted(place % (len(data) + 1) for place in cuts), len(data)]
    body = BodyCollector(encoding, limit)
    for start, end in pairwise(places):
        if body.error is None:
            body.add(data[start:end])
    body.finish()
    return body


@given(content=contents, cuts=st.lists(st.integers(0, 10**6), max_size=5), zipped=st.booleans())
def test_a_body_is_the_same_however_it_is_cut(
    content: bytes, cuts: list[int], zipped: bool
) -> None:
    data = gzip.compress(content) if zipped else content
    body = collect(data, cuts, "gzip" if zipped else "", max(len(content), len(data)))
    assert body.error is None
    assert body.content() == content


@given(content=contents.filter(bool), cuts=st.lists(st.integers(0, 10**6), max_size=5))
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_one_byte_more_than_allowed_is_an_error(
    encoding: str, content: bytes, cuts: list[int]
) -> None:
    data = gzip.compress(content) if encoding else content
    body = collect(data, cuts, encoding, len(content) - 1)
    assert isinstance(body.error, ResponseTooLargeError)


@given(content=contents, missing=st.integers(1, 8), cuts=st.lists(st.integers(0, 10**6)))
def test_gzip_data_without_its_end_is_an_error(
    content: bytes, missing: int, cuts: list[int]
) -> None:
    body = collect(gzip.compress(content)[:-missing], cuts, "gzip", 100_000)
    assert isinstance(body.error, ResponseDecodeError)


@given(data=st.binary(min_size=1), cuts=st.lists(st.integers(0, 10**6)))
def test_any_bytes_are_a_body_or_an_error(data: bytes, cuts: list[int]) -> None:
    body = collect(data, cuts, "gzip", 100_000)
    try:
        expected = zlib.decompressobj(31).decompress(data)
    except zlib.error:
        assert body.error is not None
    else:
        assert body.error is not None or body.content() == expected


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip "])
def test_no_data_at_all_is_an_empty_body(encoding: str) -> None:
    body = collect(b"", [], encoding, 10)
    assert (body.error, body.content()) == (None, b"")


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "x\x1b[31m"])
def test_an_encoding_that_the_request_does_not_accept_is_an_error_without_its_name(
    encoding: str,
) -> None:
    assert str(BodyCollector(encoding, 10).error) == (
        "the response has another Content-Encoding than gzip"
    )


def test_only_the_start_of_a_body_that_is_too_large_is_kept() -> None:
    body = BodyCollector("", 10)
    for part in (b"abcd", b"efgh", b"ijkl"):
        body.add(part)
    assert body.content() == b"abcd"
