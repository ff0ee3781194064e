"""Layers: what kinds there are, their releases on disk, and one way to read them."""
