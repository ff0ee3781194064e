"""Columns of an exported layer, by the names of the running systems, so that other tools know them."""

from typing import Any

from geo.importing.fields import FieldBook
from geo.layers.releases import Zone

KM2 = 1e6  # m²


def known_columns(zone: Zone, fields: FieldBook) -> dict[str, Any]:
    """What a zone says under the names that real systems have for its kind; nothing where its kind has no such names.

    A class stands as the digit that codes of the kind have for it, an area in km².
    """
    values = zone_values(zone, fields)
    return {header: values.get(name) for name, header in fields.export(zone.layer).items()}


def file_columns(zone: Zone, fields: FieldBook) -> dict[str, Any]:
    """Everything that a zone says, each thing once: under a known name, or else the engine's own."""
    known = fields.export(zone.layer)
    values = zone_values(zone, fields)
    if "area" not in known:  # then its header says the unit
        values["area_m2"] = zone.official_area_m2
        del values["area"]
    return {known.get(name, name): value for name, value in values.items()}


def zone_values(zone: Zone, fields: FieldBook) -> dict[str, Any]:
    """A zone by the engine's fields, as `fenqu import` reads them back."""
    form = fields.form(zone.layer)
    digits = {name: digit for digit, name in form.classes.items()} if form else {}
    area = zone.official_area_m2
    return {
        "id": zone.id,
        "code": zone.code,
        "official_code": zone.official_code,
        "name": zone.name,
        "zone_class": digits.get(zone.zone_class or "", zone.zone_class),
        "county": ";".join(zone.counties) or None,
        "area": None if area is None else area / KM2,
        "legal_status": zone.legal_status,
        "valid_from": zone.valid_from and zone.valid_from.isoformat(),
        "valid_to": zone.valid_to and zone.valid_to.isoformat(),
        "basis": zone.basis,
        "source": zone.source,
        "provenance": zone.provenance,
        "accuracy_m": zone.accuracy_m,
        **zone.attributes,
    }
