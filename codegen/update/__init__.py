"""Program that replaces openapi.yaml by a new version and regenerates the package."""
