"""Program that reports the differences between two versions of openapi.yaml."""
