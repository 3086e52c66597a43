"""A hostile response takes a bounded amount of memory, measured in a process of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.hostile_responses import CASES, run_case

# MiB: the 64 of the largest response, and 100 for the client.
MOST_MEMORY = 164.0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
@pytest.mark.parametrize("case", [name for name in CASES if name != "long_text"])
def test_a_hostile_response_ends_with_an_error_within_the_promised_memory(case: str) -> None:
    line = run_case(case)
    measured = re.match(r"[\d.]+ s +([\d.]+) MiB  (ResponseTooLargeError|APITimeoutError)", line)
    assert measured, line
    assert float(measured[1]) <= MOST_MEMORY
