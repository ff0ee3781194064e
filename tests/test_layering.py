"""The order of the engine's modules, and what it must not know."""

import ast
import re

import pytest

from geo.settings import ROOT

ORDER = [
    "texts",
    "errors",
    "settings",
    "typesetting",
    "canonical",
    "day",
    "yamlfile",
    "datums",
    "crs",
    "frames",
    "geometry",
    "layers.catalogue",
    "layers.access_list",
    "layers.releases",
    "layers.history",
    "layers.borders",
    "layers.terrain",
    "layers.store",
    "layers.cells",
    "layers.sifting",
    "layers.deciding",
    "layers.overlaps",
    "layers.index",
    "layers.labels",
    "layers.atlas",
    "layers",
    "site.notice",
    "site.mending",
    "site.model",
    "site.conversion",
    "site.coordinate",
    "site.points",
    "site.text",
    "site",
    "importing.charset",
    "importing.delivery",
    "importing.archive",
    "importing.vectorfile",
    "importing.reference",
    "site.checked",
    "site.contents",
    "site.unpacking",
    "site.words",
    "site.numerals",
    "site.axes",
    "site.rings",
    "site.sheets",
    "site.headers",
    "site.table",
    "site.plots",
    "site.readers",
    "site.readers.markup",
    "site.readers.programs",
    "site.readers.vertices",
    "site.readers.selection",
    "site.readers.outlines",
    "site.readers.placemarks",
    "site.readers.kml",
    "site.readers.gpx",
    "site.readers.marks",
    "site.readers.dxf_document",
    "site.readers.dxf_curves",
    "site.readers.dxf_objects",
    "site.readers.dxf_rings",
    "site.readers.dxf_aside",
    "site.readers.dxf_claim",
    "site.readers.dxf",
    "site.readers.corners",
    "site.readers.approval",
    "site.declared",
    "site.attributes",
    "site.readers.vector",
    "site.readers.plain",
    "site.signature",
    "site.files",
    "site.readers.bundle",
    "site.child",
    "site.chamber",
    "importing.faults",
    "importing.datum",
    "site.numbers",
    "site.evidence",
    "site.reading",
    "site.degrees",
    "site.grid",
    "site.guard",
    "site.intake",
    "industries",
    "vocabulary",
    "project",
    "chainage",
    "ground",
    "proximity",
    "piece",
    "survey",
    "overlay",
    "drawing",
    "zoning",
    "zonefile",
    "importing.database",
    "importing.source",
    "importing.names",
    "importing.values",
    "importing.fields",
    "importing.decisions",
    "importing.mesh",
    "importing.topology",
    "importing.lot",
    "importing.rows",
    "importing.docket",
    "importing.fitting",
    "importing.examination",
    "importing.reporting",
    "importing.releasing",
    "importing",
    "workshop",
    "planned",
    "elements",
    "drafting",
    "build",
    "published",
    "stats",
    "rules.truth",
    "rules.wording",
    "rules.model",
    "rules.forms",
    "rules.index",
    "eia",
    "rules.lint",
    "rules.flaws",
    "rules.load",
    "rules.compiled",
    "rules.verdict",
    "rules.outcome",
    "rules.match",
    "rules.precedence",
    "rules.trial",
    "rules.witness",
    "rules.coverage",
    "rules.review",
    "rules.question",
    "rules",
    "ruling",
    "screening",
    "search",
    "example",
    "figures",
    "report",
    "dossier.model",
    "dossier.form",
    "dossier.desk",
    "dossier.standing",
    "dossier.areas",
    "dossier.opening",
    "dossier.compliance",
    "dossier.judgement",
    "dossier.closing",
    "dossier",
    "revisions",
    "dominance",
    "alternatives",
    "comparison",
    "notes",
    "sheet.frame",
    "sheet.svg",
    "sheet.inview",
    "sheet.legend",
    "sheet.furniture",
    "sheet.raster",
    "sheet",
    "export.html",
    "export.report_html",
    "export.report_pdf",
    "export.report_docx",
    "export.columns",
    "export.geojson",
    "export.geopackage",
    "export.vector",
    "export.figure",
    "export.statistics",
    "export.rulebook",
    "export.zone",
    "export.search",
    "export.intake",
    "export.intake_words",
    "export.comparison",
    "export.alternatives",
    "export",
    "database",
    "ledger",
    "verify",
    "watch",
    "deployment",
    "issuing",
    "bulk",
    "bulk.answer",
    "bulk.point",
    "bulk.chunk",
    "bulk.standing",
    "bulk.situation",
    "bulk.relevance",
    "bulk.judged",
    "bulk.combination",
    "bulk.rows",
    "bulk.features",
    "bulk.table",
    "bulk.parts",
    "bulk.outlet",
    "bulk.workers",
    "bulk.run",
    "cli.terminal",
    "cli.sites",
    "cli.answering",
    "cli.alternatives",
    "cli.reviewing",
    "cli.reporting",
    "cli.layers",
    "cli.importing",
    "cli.statistics",
    "cli.rules",
    "cli.industries",
    "cli.drawing",
    "cli.serving",
    "cli",
]
MODULES = sorted(path for path in (ROOT / "geo").rglob("*.py") if path != ROOT / "geo" / "__init__.py")


def name_of(path) -> str:
    parts = path.relative_to(ROOT / "geo").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_every_module_has_its_place():
    assert {name_of(path) for path in MODULES} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_those_before_it(path):
    before = set(ORDER[: ORDER.index(name_of(path))])
    inner = {name.removeprefix("geo.") for name in imported(path) if name.startswith("geo.")} & set(ORDER)
    assert inner <= before, inner - before


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_engine_never_imports_the_web(path):
    assert not [name for name in imported(path) if name.split(".")[0] in ("webmap", "flask", "folium")]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_engine_knows_no_region_and_no_article(path):
    text = path.read_text("utf-8")
    assert not re.search(r"yanbian|huadian|baiyin|延边|桦甸|白银|2224\d\d|第\s*\d+\s*条", text)


def test_only_settings_reads_the_environment():
    readers = [name_of(path) for path in MODULES if re.search(r"os\.environ|getenv", path.read_text("utf-8"))]
    assert set(readers) <= {"settings", "cli.serving"}  # the command line sets one for its server's workers
