"""Readers of files, one a module: `read(path, wanted, limits)` gives `Contents`, and decides nothing about place.

They run in a process of their own (`geo.site.chamber`), and never open anything but the file that they are given.
"""
