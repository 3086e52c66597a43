"""Takes a new openapi.yaml in."""
