from datetime import UTC, date, datetime, timedelta

import pytest

from geo.day import read_day, today
from geo.errors import DayInvalid


def shanghai_day():
    return (datetime.now(UTC) + timedelta(hours=8)).date()


def test_today_is_the_day_in_shanghai():
    before = shanghai_day()
    found = today()
    assert before <= found <= shanghai_day()  # midnight may pass between


@pytest.mark.parametrize("text", [pytest.param(None, id="nothing"), pytest.param("", id="an empty field")])
def test_no_day_is_today(text):
    before = shanghai_day()
    assert before <= read_day(text) <= shanghai_day()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("2026-08-15", date(2026, 8, 15), id="a day"),
        pytest.param(" 2026-08-15\n", date(2026, 8, 15), id="with blanks"),
        pytest.param("2024-02-29", date(2024, 2, 29), id="a leap day"),
        pytest.param("1949-10-01", date(1949, 10, 1), id="the first day taken"),
        pytest.param("2099-12-31", date(2099, 12, 31), id="the last day taken"),
    ],
)
def test_a_day_is_read(text, day):
    assert read_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1949-09-30", id="a day before the first"),
        pytest.param("2100-01-01", id="a day after the last"),
        pytest.param("2026-02-29", id="no leap year"),
        pytest.param("2026-13-01", id="a thirteenth month"),
        pytest.param("2026/08/15", id="slashes"),
        pytest.param("20260815", id="no dashes"),
        pytest.param("2026-08-15T10:00", id="an hour"),
        pytest.param("15-08-2026", id="day first"),
        pytest.param("2026年8月15日", id="Chinese writing"),
        pytest.param("yesterday", id="a word"),
        pytest.param("   ", id="blanks"),
        pytest.param("0000-00-00", id="zeroes"),
    ],
)
def test_another_form_is_refused(text):
    with pytest.raises(DayInvalid, match="cannot be used; write it as 2026-08-15, between 1949-10-01 and 2099-12-31"):
        read_day(text)


def test_a_long_text_is_cut_in_the_error():
    with pytest.raises(DayInvalid, match=f"“{'9' * 20}” cannot be used"):
        read_day("9" * 500)
