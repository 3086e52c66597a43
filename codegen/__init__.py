"""Programs that write code and documentation out of openapi.yaml."""
