"""Serve a sandbox from the command line: `python -m autoleap.sandbox`."""

import argparse
import json
import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from autoleap.sandbox.faults import FAULT_KINDS, Fault
from autoleap.sandbox.rate_limits import DEFAULT_LIMITS
from autoleap.sandbox.sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process receives SIGINT or SIGTERM.

    Args:
        arguments: The command line without the program's name. The default is that of the process.
    """
    parser = _build_parser()
    options = parser.parse_args(arguments)
    stop_requested = _stop_on_signal()
    try:
        sandbox = _build_sandbox(options)
        sandbox.start()
    except (ValueError, OSError) as error:
        parser.error(str(error))
    try:
        _print_details(sandbox, options)
        stop_requested.wait()
    finally:
        sandbox.stop()


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autoleap.sandbox",
        description="A local AutoLeap server that enforces the contract.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to serve on (default %(default)s)")
    add("--port", type=int, default=8080, help="0 selects a free port (default %(default)s)")
    add("--access-ttl", type=float, default=3600.0, metavar="SECONDS")
    add("--refresh-ttl", type=float, default=10_800.0, metavar="SECONDS")
    add(
        "--get-limit", type=int, default=DEFAULT_LIMITS["GET"], metavar="N", help="reads per minute"
    )
    add(
        "--write-limit",
        type=int,
        default=DEFAULT_LIMITS["POST"],
        metavar="N",
        help="writes per minute",
    )
    add(
        "--limits",
        choices=("default", "none"),
        default="default",
        help="none disables the rate limits",
    )
    add("--latency", type=float, default=0.0, metavar="SECONDS")
    add("--seed", type=int, default=0, help="seed of ids, credentials and sample data")
    add(
        "--fault",
        type=_parse_fault,
        action="append",
        default=[],
        metavar="KIND:PROBABILITY",
        help=f"this option may be repeated; kinds: {', '.join(FAULT_KINDS)}",
    )
    add("--json", action="store_true", help="print the details as one line of JSON")
    add("--ready-file", type=Path, metavar="PATH", help="write the details as JSON to this file")
    return parser


def _parse_fault(text: str) -> Fault:
    kind, _, probability = text.partition(":")
    try:
        return Fault(
            next(known for known in FAULT_KINDS if known == kind),
            probability=float(probability or 1),
        )
    except (StopIteration, ValueError):
        raise argparse.ArgumentTypeError(
            f"{text!r} does not have the form KIND:PROBABILITY"
        ) from None


def _build_sandbox(options: argparse.Namespace) -> Sandbox:
    writes = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), options.write_limit)
    return Sandbox(
        host=options.host,
        port=options.port,
        access_ttl=options.access_ttl,
        refresh_ttl=options.refresh_ttl,
        limits=None if options.limits == "none" else {"GET": options.get_limit, **writes},
        latency=options.latency,
        seed=options.seed,
        faults=options.fault,
    )


def _print_details(sandbox: Sandbox, options: argparse.Namespace) -> None:
    details = {
        "base_url": sandbox.base_url,
        "partner_id": sandbox.partner_id,
        "auth_key": sandbox.auth_key,
        "company_id": sandbox.company_id,
        "location_id": sandbox.location_id,
        "pid": os.getpid(),
    }
    if options.ready_file is not None:
        _write_atomically(options.ready_file, json.dumps(details))
    print(json.dumps(details) if options.json else _format_details(sandbox), flush=True)


def _format_details(sandbox: Sandbox) -> str:
    return "\n".join(
        (
            f"AutoLeap sandbox at {sandbox.base_url} (stop: Ctrl+C)",
            f"partner id   {sandbox.partner_id}",
            f"auth key     {sandbox.auth_key}",
            f"company id   {sandbox.company_id}",
            f"location id  {sandbox.location_id}",
            "",
            f"export AUTOLEAP_PARTNER_ID={sandbox.partner_id}",
            f"export AUTOLEAP_AUTH_KEY={sandbox.auth_key}",
            f"export AUTOLEAP_BASE_URL={sandbox.base_url}",
        )
    )


def _write_atomically(path: Path, text: str) -> None:
    """Write a file so that a waiting process never reads a part of it."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def _stop_on_signal() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop_requested = threading.Event()

    def request_stop(number: int, frame: FrameType | None) -> None:
        stop_requested.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, request_stop)
    return stop_requested


if __name__ == "__main__":
    main()
