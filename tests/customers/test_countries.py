"""Which country does a cell mean?"""

import pytest

from customers.imports.countries import country_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ES", "ES"), ("es", "ES"), (" it ", "IT"), ("Spain", "ES"), ("ESPAÑA", "ES"), ("espana", "ES"),
        ("Spagna", "ES"), ("U.S.A.", "US"), ("EE. UU.", "US"), ("Stati Uniti d'America", "US"), ("UK", "GB"),
        ("Regno Unito", "GB"), ("The Netherlands", "NL"), ("+39", "IT"), ("0044", "GB"), ("+1", "US"),
    ],
)  # fmt: skip
def test_codes_names_and_calling_codes_are_understood(text: str, code: str) -> None:
    assert country_of(text) == code


@pytest.mark.parametrize("text", ["", "Wonderland", "XX", "39", "+999", "Europe", "-"])
def test_what_is_no_country_is_none(text: str) -> None:
    assert country_of(text) is None
