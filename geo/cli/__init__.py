"""The command line: `fenqu`. Thin: it reads words, calls the engine, and shows what comes back."""

from geo.cli.terminal import main

__all__ = ["main"]
