"""Serve the app: `python -m examples.fastapi_app --workers 4`."""

from __future__ import annotations

import argparse
import os

import uvicorn

# Seconds that answers under way have when the server is told to stop. Imports take longer; they
# are cut off, and go on where they were when the same file is sent again.
GRACE = 5


def main() -> None:
    """Serve until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m examples.fastapi_app", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    # Each worker has to know how many share the account's limits.
    os.environ["WEB_CONCURRENCY"] = str(options.workers)
    uvicorn.run(
        "examples.fastapi_app:app",
        host=options.host,
        port=options.port,
        workers=options.workers,
        timeout_graceful_shutdown=GRACE,
    )


if __name__ == "__main__":
    main()
