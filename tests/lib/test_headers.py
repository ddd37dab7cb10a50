"""Which column did they mean?"""

import pytest

from lib.headers import match_headers

FIELDS = {
    "phone": ["phone", "phone number", "mobile", "tel\u00e9fono", "m\u00f3vil", "telefono cellulare"],
    "name": ["name", "full name", "nombre"],
    "email": ["email", "correo electr\u00f3nico"],
}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Phone", "phone"), ("PHONE_NUMBER", "phone"), ("phoneNumber", "phone"), (" phone-number: ", "phone"),
        ("Telefono", "phone"), ("TEL\u00c9FONO", "phone"), ("Te\u0301le\u0301fono", "phone"), ("MO\u0301VIL", "phone"),
        ("Telefono cellulare", "phone"), ("Full Name", "name"), ("e-mail", "email"), ("E-Mail", "email"),
        ("Correo electronico", "email"),
    ],
)  # fmt: skip
def test_a_header_is_understood_in_any_spelling(header: str, field: str) -> None:
    assert match_headers(["x", header], FIELDS) == {field: header}


@pytest.mark.parametrize("header", ["Phone type", "Phone (2)", "", "---", "nom"])
def test_a_header_that_only_resembles_a_synonym_is_none(header: str) -> None:
    assert match_headers([header], FIELDS) == {}


def test_the_first_synonym_wins_over_the_first_column() -> None:
    assert match_headers(["mobile", "Phone number"], FIELDS) == {"phone": "Phone number"}


def test_the_first_of_two_equal_headers_wins() -> None:
    assert match_headers(["Phone", "phone"], FIELDS) == {"phone": "Phone"}


def test_a_column_serves_one_field_only() -> None:
    assert match_headers(["contact"], {"name": ["contact"], "phone": ["contact"]}) == {"name": "contact"}
