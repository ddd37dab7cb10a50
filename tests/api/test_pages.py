from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db

DIALECTS = ["umanize", "anyreach"]
READERS = [f"/{kind}/{dialect}" for dialect in DIALECTS for kind in ("docs", "redoc")]
PAGES = ["/", *READERS]
_LOADED = re.compile(r"""(?:<script[^>]*\ssrc|<link[^>]*\shref|<img[^>]*\ssrc)=["']([^"']+)""")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_outside(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    loaded = _LOADED.findall(response.content.decode())
    assert all(finders.find(address.removeprefix("/static/")) for address in loaded)


def test_the_front_page_leads_to_what_is_there(client: Client) -> None:
    links = re.findall(r'<a href="([^"]+)"', client.get("/").content.decode())
    documents = {f"/schema/{dialect}.json" for dialect in DIALECTS}
    assert {"/admin/", *READERS, *documents, "/healthz", "/readyz"} == set(links)
    assert all(client.get(link).status_code in (200, 302) for link in links if link != "/readyz")


@pytest.mark.parametrize("path", READERS)
def test_a_reader_may_load_nothing_from_outside_later_either(client: Client, path: str) -> None:
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    assert f'<script nonce="{nonce}">' in response.content.decode()
    assert nonce not in client.get(path)["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/nowhere", "/campaigns/", "/campaigns//targets", "/schema/other.json"])
def test_an_address_that_leads_nowhere_is_answered_in_json(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


def test_the_admin_answers_people_with_pages(admin_client: Client) -> None:
    response = admin_client.get("/admin/nowhere/")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_fault_of_ours_tells_nothing_of_itself(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_key: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("api.umanize.authentication.authenticate_token", lambda **_given: fail(None))
    client.raise_request_exception = False
    response = client.get("/campaigns", headers={"X-API-Key": "um_x.y"})
    assert (response.status_code, response.json()) == (500, {"detail": "Internal Server Error"})
