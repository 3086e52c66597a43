"""Simulated bulk creates: the real facade, a server in memory, and virtual time.

A history of minutes takes milliseconds. A seed determines a history completely.

- `python -m tests.simulation SEED` runs one history and prints its events and what it broke.
- `python -m tests.simulation --table 100` prints the figures of each habit of the server.
- `python -m tests.simulation --seeds 0 10000` runs many histories and prints the seeds that fail.
"""
