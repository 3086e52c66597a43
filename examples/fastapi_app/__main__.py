"""Serve the app: `python -m examples.fastapi_app --workers 4`."""

from __future__ import annotations

import argparse
import os

import uvicorn

# Seconds that running requests get to finish when the server stops. An import can take longer: it
# is cancelled, and continues when the same file is sent again.
GRACEFUL_TIMEOUT = 5


def main() -> None:
    """Serve the app until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m examples.fastapi_app", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 selects a free port")
    parser.add_argument("--workers", type=int, default=int(os.environ.get("WEB_CONCURRENCY", "1")))
    options = parser.parse_args()
    # Each worker needs the number of workers, because all of them share the limits of the account.
    os.environ["WEB_CONCURRENCY"] = str(options.workers)
    uvicorn.run(
        "examples.fastapi_app:app",
        host=options.host,
        port=options.port,
        workers=options.workers,
        timeout_graceful_shutdown=GRACEFUL_TIMEOUT,
    )


if __name__ == "__main__":
    main()
