# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

"""Contains endpoint functions for accessing the API"""
