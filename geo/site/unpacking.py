"""An archive of a site as a folder, held to the limits of a file of sites."""

from pathlib import Path

from geo.errors import SiteFileBroken, SiteFileRefused, Term
from geo.importing.archive import NAMES, ArchiveBroken, EntryRefused, unpack
from geo.site.contents import Limits, shortened


def unpack_site(path: Path, folder: Path, limits: Limits) -> None:
    """Unpack an archive into an empty folder.

    Raises
    ------
    SiteFileRefused, SiteFileBroken, SiteTooLarge
        Where an entry leads out of it, it is encrypted or damaged, or there is too much in it.
    """
    try:
        unpack(path, folder, limits.hold)
    except EntryRefused as error:
        if error.reason == NAMES:
            raise SiteFileBroken(name=shortened(error.entry), reason=error.reason) from error
        raise SiteFileRefused(name=path.name, entry=shortened(error.entry), reason=error.reason) from error
    except ArchiveBroken as error:
        raise SiteFileBroken(name=path.name, reason=Term("cause.zip_damaged")) from error
