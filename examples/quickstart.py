"""Read a page of customers, create a customer, and print the report.

Start `make sandbox`, set the AUTOLEAP_* variables that it prints, and run
`.venv/bin/python -m examples.quickstart`.
"""

import asyncio

from autoleap import AutoLeap


async def main() -> None:
    """List and create customers of the first company of the partner."""
    async with AutoLeap() as client:  # partner id, key and URL come from the environment
        shop, *_ = await client.companies()
        page = await shop.customers.list(page_size=5).page(1)
        print(f"{shop.name} has {page.total_count} customers. The first ones are:")
        for customer in page.items:
            print(f"  {customer.customer_id}  {customer.first_name} {customer.last_name}")
        phones = [{"number": "(555) 010-0199", "type": "mobile"}]
        record = {"firstName": "Ada", "lastName": "Example", "phones": phones}
        report = await shop.customers.create([record], resolve_ids=True)
        report.raise_for_failures()
        print(report)


if __name__ == "__main__":
    asyncio.run(main())
