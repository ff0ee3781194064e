#!/usr/bin/env -S .venv/bin/python
"""Draws the region's layers from sources and facts: `fenqu build` from a checkout, with the same options."""

import sys

from geo.cli import main

if __name__ == "__main__":
    main(["build", *sys.argv[1:]])
