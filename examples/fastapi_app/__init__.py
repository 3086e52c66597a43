"""A web app on top of AutoLeap, to copy from: lists, single writes, imports that tell of progress.

    make sandbox    # and set the AUTOLEAP_* variables it prints, and COMPANY
    make web        # or: .venv/bin/python -m examples.fastapi_app --workers 4

    curl "localhost:8000/companies/$COMPANY/customers?search=doe"
    curl -N -T examples/data/customers.csv \
        "localhost:8000/companies/$COMPANY/customers/imports/spring"

It has no users of its own: put it behind whatever says who may ask for which company.
"""

from .app import app as app
