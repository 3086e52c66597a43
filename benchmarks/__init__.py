"""Timings, as ratios of paired runs: absolute figures say more of the machine than of the code."""
