"""Serve a sandbox for people and other programs: `python -m autoleap.sandbox`."""

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
    """Serve until interrupted or terminated.

    Args:
        arguments: the command line without the program's name; that of the process when left out.
    """
    parser = _build_parser()
    options = parser.parse_args(arguments)
    ended = _stop_on_signal()
    try:
        sandbox = _build_sandbox(options)
        sandbox.start()
    except (ValueError, OSError) as error:
        parser.error(str(error))
    try:
        _print_details(sandbox, options)
        ended.wait()
    finally:
        sandbox.stop()


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autoleap.sandbox",
        description="A local AutoLeap that enforces the contract.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to serve on (default %(default)s)")
    add("--port", type=int, default=8080, help="0 takes a free one (default %(default)s)")
    add("--access-ttl", type=float, default=3600.0, metavar="SECONDS")
    add("--refresh-ttl", type=float, default=10_800.0, metavar="SECONDS")
    add("--get-limit", type=int, default=DEFAULT_LIMITS["GET"], metavar="N", help="reads a minute")
    add(
        "--write-limit",
        type=int,
        default=DEFAULT_LIMITS["POST"],
        metavar="N",
        help="writes a minute",
    )
    add("--limits", choices=("default", "none"), default="default", help="none: no rate limits")
    add("--latency", type=float, default=0.0, metavar="SECONDS")
    add("--seed", type=int, default=0, help="of ids, credentials and sample data")
    add(
        "--fault",
        type=_parse_fault,
        action="append",
        default=[],
        metavar="KIND:PROBABILITY",
        help=f"may be repeated; kinds: {', '.join(FAULT_KINDS)}",
    )
    add("--json", action="store_true", help="tell the details as one line of JSON")
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
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND:PROBABILITY") from None


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
            f"AutoLeap sandbox at {sandbox.base_url} (stop it with Ctrl+C)",
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
    """Whoever waits for the file never sees half of it."""
    half_done = path.with_name(path.name + ".tmp")
    half_done.write_text(text, "utf-8")
    half_done.replace(path)


def _stop_on_signal() -> threading.Event:
    """An event that Ctrl+C or a termination sets."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ended


if __name__ == "__main__":
    main()
