"""Measure what hostile responses cost: `python -m benchmarks.hostile_responses`.

Each case runs in a process of its own, with a server in another process. It prints the seconds
until the call ends, its error, and the memory at the peak above the memory before the call. A call
that has not ended after `PATIENCE` seconds, or takes too much memory, is stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import anyio

from autoleap import AutoLeap, AutoLeapError
from tests.helpers.hostile_server import KEY, RawRequest, hostile_server, respond_with

PATIENCE, MEGABYTE = 20.0, 1024 * 1024
TEXT_SIZE = 60 * MEGABYTE
MEMORY_LIMIT = 3000.0  # MiB


def endless_body(request: RawRequest) -> Iterator[bytes]:
    """Send a body without end."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    while True:
        yield b" " * MEGABYTE


@cache
def make_bomb() -> bytes:
    """Return 2 GB in the gzip format."""
    compressor = zlib.compressobj(6, wbits=31)
    parts = [compressor.compress(b" " * MEGABYTE) for _ in range(2048)]
    return b"".join([*parts, compressor.flush()])


def gzip_bomb(request: RawRequest) -> Iterator[bytes]:
    """Send 2 MB that decompress to 2 GB."""
    yield respond_with(make_bomb(), headers="Content-Encoding: gzip\r\n")


def many_values(request: RawRequest) -> Iterator[bytes]:
    """Send 60 MB of empty lists."""
    yield respond_with(b"[" + b"[]," * (20 * MEGABYTE) + b"[]]")


def long_text(request: RawRequest) -> Iterator[bytes]:
    """Send 60 MB of JSON with one long text, which a client may read."""
    yield respond_with(b'{"success": true, "data": {"partnerName": "%s"}}' % (b"a" * TEXT_SIZE))


def wide_text(request: RawRequest) -> Iterator[bytes]:
    """Send the same with one character that makes Python store the text with four bytes each."""
    text = b"a" * TEXT_SIZE + "\N{GRINNING FACE}".encode()
    yield respond_with(b'{"success": true, "data": {"partnerName": "%s"}}' % text)


def slow_byte(request: RawRequest) -> Iterator[bytes]:
    """Send one byte every 0.3 seconds."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    while True:
        time.sleep(0.3)
        yield b" "


RESPONSES = (endless_body, gzip_bomb, slow_byte, many_values, long_text, wide_text)
CASES = {respond.__name__: respond for respond in RESPONSES}


def read_memory(field: str) -> float:
    """Return the MiB of memory of this process: "VmRSS" for now, "VmHWM" for its peak."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


def serve(case: str) -> None:
    """Serve one case, until the standard input ends."""
    if case == gzip_bomb.__name__:
        make_bomb()  # takes some seconds, which are not those of the call
    with hostile_server(CASES[case]) as server:
        print(server.url, flush=True)
        sys.stdin.read()
        os._exit(0)


def watch(before: float, started_at: float) -> None:
    """End a call that takes too much memory or time."""
    while read_memory("VmRSS") < MEMORY_LIMIT and time.monotonic() - started_at < PATIENCE:
        time.sleep(0.005)
    report("stopped by the benchmark", before, started_at)
    os._exit(0)


def report(outcome: str, before: float, started_at: float) -> None:
    """Print the result of one case."""
    used = read_memory("VmHWM") - before
    elapsed = time.monotonic() - started_at
    print(f"{elapsed:6.1f} s {used:7.0f} MiB  {outcome}", flush=True)


async def call(url: str) -> None:
    """Make one call and report it; timeout 1 s, so a whole attempt may take 5 s."""
    async with AutoLeap("partner-1", KEY, base_url=url, timeout=1.0, max_retries=0) as client:
        await client.login()
        before, started_at = read_memory("VmRSS"), time.monotonic()
        threading.Thread(target=watch, args=(before, started_at), daemon=True).start()
        try:
            await client.profile()
            outcome = "a success"
        except AutoLeapError as error:
            outcome = f"{type(error).__name__}: {error}"
        report(outcome, before, started_at)


def run_case(case: str) -> str:
    """Run one case in two new processes and return its line."""
    command = [sys.executable, "-m", "benchmarks.hostile_responses"]
    pipe = subprocess.PIPE
    with subprocess.Popen([*command, "serve", case], stdin=pipe, stdout=pipe, text=True) as server:
        url = server.stdout.readline().strip() if server.stdout else ""
        done = subprocess.run([*command, "call", url], capture_output=True, text=True, check=False)
        server.kill()
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", name]:
            serve(name)
        case ["call", address]:
            anyio.run(call, address)
        case _:
            for name in CASES:
                print(f"{name:14} {run_case(name)}", flush=True)
