"""The day of a screening: Asia/Shanghai, today unless said, resolved once on entry."""

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from geo.errors import DayInvalid

SHANGHAI = timezone(timedelta(hours=8))  # China keeps one time and no summer time
_LONGEST = 20  # characters looked at: more than any day has
FIRST, LAST = date(1949, 10, 1), date(2100, 1, 1)


def today() -> date:
    """The day in China now."""
    return datetime.now(SHANGHAI).date()


def read_day(text: str | None) -> date:
    """Read a day written `2026-08-15`; today where nothing was said.

    Raises
    ------
    DayInvalid
        Where it is no calendar day, or outside 1949-10-01 to 2099-12-31.
    """
    if not text:
        return today()
    try:
        day = _day_of(text.strip()[:_LONGEST])
    except ValueError as error:
        raise DayInvalid(sent=text[:20]) from error
    if not FIRST <= day < LAST:
        raise DayInvalid(sent=text[:20])
    return day


@lru_cache(maxsize=256)
def _day_of(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()
