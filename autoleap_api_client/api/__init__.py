# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

"""Contains methods for accessing the API"""
