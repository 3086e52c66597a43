"""Programs that write code and tables out of openapi.yaml."""
