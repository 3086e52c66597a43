"""Example web app: lists, single writes, and imports with progress events.

    make sandbox    # then set COMPANY and the AUTOLEAP_* variables that it prints
    make web        # or: .venv/bin/python -m examples.fastapi_app --workers 4

Other servers run the same code. Each worker reads the number of workers from WEB_CONCURRENCY,
because all of them share the rate limits of the account:

    WEB_CONCURRENCY=4 gunicorn -k uvicorn_worker.UvicornWorker examples.fastapi_app:app
    uvicorn --reload examples.fastapi_app:app

Then:

    curl "localhost:8000/companies/$COMPANY/customers?search=doe"
    curl -N -T examples/data/customers.csv \
        "localhost:8000/companies/$COMPANY/customers/imports/spring"

The app has no users and no permissions. Put it behind a service that authorizes each request for
a company.
"""

from .app import app as app
