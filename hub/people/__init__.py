"""Accounts, the roster, the tree of units, and the table files that they come in."""
