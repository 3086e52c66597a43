"""The app: one client for each worker, which is opened and closed in its event loop."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from autoleap import AutoLeap, FileTokenStore

from . import customers, imports, problems
from .settings import Settings
from .shutdown import Shutdown


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the app.

    Args:
        settings: Settings of the app; None reads them from the environment when the app starts.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[dict[str, object]]:
        current = settings or Settings.from_environment()
        current.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_queries_from_log()
        # All workers share the session in this file, so only one of them logs in or refreshes.
        store = FileTokenStore(current.folder / "session")
        shutdown = Shutdown()
        async with AutoLeap(token_store=store, limits=current.limits) as client:
            with shutdown.watch_signals():
                yield {"client": client, "settings": current, "shutdown": shutdown}

    app = FastAPI(title="Customers at AutoLeap", lifespan=lifespan)
    app.include_router(customers.router)
    app.include_router(imports.router)
    problems.add_handlers(app)
    return app


def remove_queries_from_log() -> None:
    """Keep search terms out of the access log, because they are personal data."""
    logging.getLogger("uvicorn.access").addFilter(remove_query)


def remove_query(record: logging.LogRecord) -> bool:
    """Remove the query from the path in a line of uvicorn's access log."""
    match record.args:
        case (client, method, str(path), *rest):
            record.args = (client, method, path.partition("?")[0], *rest)
        case _:
            pass
    return True


app = create_app()
