"""The hub's verbs, one module per subject; ``hub.__main__`` puts them together."""
