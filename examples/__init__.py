"""Example programs: a quickstart, the import of a shop, and a web app."""
