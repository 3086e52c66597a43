"""Writes the tables of README.md that come out of the code."""
