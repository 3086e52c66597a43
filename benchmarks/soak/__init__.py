"""Imports, exports and interactive calls of four processes while Redis and a process fail."""
