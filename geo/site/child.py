"""The process that reads one file: asked over standard input, answering over standard output."""

import sys
from pathlib import Path

import orjson

from geo.site.contents import Limits, Wanted, encode
from geo.site.files import read


def main() -> None:
    """Read what was asked for."""
    asked = orjson.loads(sys.stdin.buffer.read())
    wanted = Wanted(tuple(asked["wanted"]["layers"]), asked["wanted"]["encoding"])
    contents = read(Path(asked["path"]), asked["name"], wanted, Limits(**asked["limits"]))
    sys.stdout.buffer.write(orjson.dumps(encode(contents)))


if __name__ == "__main__":
    main()
