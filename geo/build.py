"""Building a region's layers from sources and facts, as its recipe (`layers/recipes/<region>.yaml`) says."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import orjson

from geo.drafting import draw_layer
from geo.layers.catalogue import load_catalogue
from geo.layers.history import releases
from geo.layers.releases import PROVENANCES, ReleaseInfo, write_release
from geo.settings import Settings
from geo.workshop import Workshop, load_recipe

BUILT = "built.json"
_CODE = (
    "build.py",
    "drafting.py",
    "elements.py",
    "workshop.py",
    "zoning.py",
    "drawing.py",
    "crs.py",
    "geometry.py",
    "layers/releases.py",
)


def build_region(settings: Settings, tell: Callable[[str, int, int], None] = lambda *_: None) -> list[ReleaseInfo]:
    """Draw every layer of the recipe and make the releases current; `tell` gets each kind, its number, and of how many.

    A layer that serves a release of better provenance keeps it: what was drawn never takes the place of what an
    authority gave.

    Raises
    ------
    BuildError
        Naming the layer that cannot be drawn, and why; layers drawn before it stay, the others keep their release.
    """
    recipe = load_recipe(settings)
    publish = {kind: entry.publish for kind, entry in load_catalogue(settings.layers / "catalogue").items()}
    workshop = Workshop(settings, recipe)
    built_now = []
    for number, (kind, layer) in enumerate(recipe["layers"].items(), start=1):
        tell(kind, number, len(recipe["layers"]))
        zones = workshop.drawn[kind] = draw_layer(workshop, kind, layer)
        release = write_release(
            settings.layers / "data" / settings.region / kind,
            zones,
            workshop.ground(layer),
            serve=not _outranked(settings.layers / "data" / settings.region / kind, layer["provenance"]),
            region=settings.region,
            layer=kind,
            publish=layer.get("publish", publish[kind]),
            provenance=layer["provenance"],
            limits=layer["limits"],
            accuracy_m=layer.get("accuracy_m", recipe["outlines"]["accuracy_m"]),
            recorded_from=recipe["recorded_from"],
            dataset=layer["dataset"],
            recipe=layer["recipe"],
            coverage_note=layer["coverage"],
            licence=recipe.get("licences", {}).get(layer.get("licence")),
            data_date=layer.get("data_date"),
            whereabouts=layer.get("whereabouts"),
        )
        built_now.append(release)
    built = settings.layers / "data" / settings.region / BUILT
    built.write_bytes(orjson.dumps({"inputs": _inputs(settings), "releases": {r.layer: r.id for r in built_now}}))
    return built_now


def _outranked(folder: Path, provenance: str) -> bool:
    """Whether the release that a layer serves is of better provenance than this."""
    served = next((kept.info for kept in releases(folder) if kept.current and kept.info), None)
    return served is not None and PROVENANCES.index(served.provenance) < PROVENANCES.index(provenance)


def is_stale(settings: Settings) -> bool:
    """Whether the layers on disk were built from other inputs than those that are there now, or never."""
    folder = settings.layers / "data" / settings.region
    try:
        kept = orjson.loads((folder / BUILT).read_bytes())
        here = all((folder / kind / f"{name}.gpkg").exists() for kind, name in kept["releases"].items())
        return not here or kept["inputs"] != _inputs(settings)
    except (OSError, ValueError, KeyError):
        return True


def _inputs(settings: Settings) -> str:
    """A hash of everything that the layers are built from: recipe, sources, facts, and the drawing code."""
    layers, code = settings.layers, Path(__file__).parent
    folders = (layers / "sources", layers / "facts" / settings.region, layers / "catalogue")
    paths = [layers / "recipes" / f"{settings.region}.yaml"]
    paths += [path for folder in folders for path in folder.iterdir() if path.suffix != ".md"]
    paths += [code / name for name in _CODE]
    hashed = sha256()
    for path in sorted(path for path in paths if path.is_file()):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()
