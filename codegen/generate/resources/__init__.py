"""Writes autoleap/resources/ out of the contract, the generated package and resources.yaml."""
