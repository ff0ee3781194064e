"""The report's doors on the web: a page and files, private, and as many at a time as may be."""

import pytest
from conftest import CENTRAL_YANJI, DAY

from geo.export.report_html import read_record
from geo.texts import LANGUAGES, say
from webmap import reports

FORM = {"at": CENTRAL_YANJI, "industry": "C2631", "nature": "new", "day": DAY}


@pytest.fixture(scope="module")
def token(client):
    return client.post("/screenings", data=FORM).headers["Location"].split("/")[-1].split("?")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_a_private_page(client, token, language):
    answer = client.get(f"/screenings/{token}/report?lang={language}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    page = answer.get_data(as_text=True)
    assert page.count("<h2 ") == 15
    assert f"/screenings/{token}/report.pdf?lang={language}" in page
    assert " style=" not in page
    assert "rwatermark" in page
    assert client.get("/assets/report.css").status_code == 200


def test_the_kept_page_leads_to_the_report(client, token):
    page = client.get(f"/screenings/{token}?lang=zh").get_data(as_text=True)
    assert f'href="/screenings/{token}/report?lang=zh"' in page
    assert say("ui.format_report") in page


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("html", "text/html", b"<!doctype html>"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
        pytest.param("pdf", "application/pdf", b"%PDF", marks=pytest.mark.slow),
    ],
)
def test_the_report_is_a_file_to_take_along(client, token, form, kind, begins):
    answer = client.get(f"/screenings/{token}/report.{form}?lang=zh")
    assert answer.status_code == 200
    assert answer.mimetype == kind
    assert answer.data.startswith(begins)
    assert answer.headers["Cache-Control"] == "private, no-store"
    name = answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="fenqu-sketch-')
    assert name.endswith(f'-zh.{form}"')
    if form == "html":
        record = client.get(f"/screenings/{token}.json").get_json()
        assert read_record(answer.get_data(as_text=True)) == record


@pytest.mark.parametrize("path", ["report", "report.html", "report.docx"])
def test_an_unknown_token_has_no_report(client, path):
    assert client.get(f"/screenings/nobody/{path}").status_code == 404


def test_another_format_is_not_there(client, token):
    assert client.get(f"/screenings/{token}/report.exe").status_code == 404


def test_the_id_is_no_address(client, token):
    number = client.get(f"/screenings/{token}.json").get_json()["id"]
    assert client.get(f"/screenings/{number}/report.html").status_code == 404


def test_while_one_is_made_another_is_told_to_wait(client, token):
    assert reports._making.acquire(blocking=False)
    try:
        answer = client.get(f"/screenings/{token}/report.docx?lang=zh")
    finally:
        reports._making.release()
    assert answer.status_code == 503
    assert say("error.report_busy", "zh", most=reports.MOST_AT_ONCE) in answer.get_data(as_text=True)
    assert client.get(f"/screenings/{token}/report.docx?lang=zh").status_code == 200


def test_a_report_that_fails_lets_the_next_one_through(client, token):
    assert client.get("/screenings/nobody/report.docx").status_code == 404
    assert client.get(f"/screenings/{token}/report.docx").status_code == 200


def test_a_page_to_read_waits_for_no_file_that_is_being_made(client, token, monkeypatch):
    monkeypatch.setattr(reports, "LONGEST_WAIT_S", 0.0)
    with reports._making:
        assert client.get(f"/screenings/{token}/report.html").status_code == 200
        assert client.get(f"/screenings/{token}/report.docx").status_code == 503
        assert client.get("/screenings/guess/report.docx").status_code == 404
