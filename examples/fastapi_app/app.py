"""The app: one client for each worker, made in its event loop and closed with it."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from autoleap import AutoLeap, FileTokenStore

from . import customers, imports, problems
from .settings import Settings
from .stop import Stop


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the app.

    Args:
        settings: From the environment, when the app starts, if they are not given.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, object]]:
        chosen = settings or Settings.from_environment()
        chosen.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_logs_discreet()
        # Workers share one session by the file: whoever comes first logs in or refreshes for all.
        store = FileTokenStore(chosen.folder / "session")
        stop = Stop()
        async with AutoLeap(token_store=store, limits=chosen.limits) as client:
            with stop.on_sigterm():
                yield {"client": client, "settings": chosen, "stop": stop}

    app = FastAPI(title="Customers at AutoLeap", lifespan=lifespan)
    app.include_router(customers.router)
    app.include_router(imports.router)
    problems.install(app)
    return app


def keep_logs_discreet() -> None:
    """Keep the names and numbers that people search for out of the logs."""
    logging.getLogger("uvicorn.access").addFilter(without_query)


def without_query(record: logging.LogRecord) -> bool:
    """Cut the query off the path in a line of uvicorn's access log."""
    match record.args:
        case (client, method, str(path), *rest):
            record.args = (client, method, path.partition("?")[0], *rest)
        case _:
            pass
    return True


app = create_app()
