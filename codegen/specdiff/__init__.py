"""Compares two versions of openapi.yaml."""
