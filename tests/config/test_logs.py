"""Addresses are masked in whatever is logged, and no text makes that a long piece of work."""

from __future__ import annotations

import pytest

from config.logs import without_personal_data


def logged(text: str) -> str:
    return str(without_personal_data(None, "info", {"event": text})["event"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ada.byron+x@mail.example.com answered", "<email> answered"),
        ("to <ada@example.com>, bo@example.com", "to <<email>>, <email>"),
        ("a" * 300 + "@example.com", "<email>"),
        ("called +393471234567", "called +…567"),
        ("nobody@, @nowhere", "nobody@, @nowhere"),
    ],
)
def test_addresses_are_masked(text: str, masked: str) -> None:
    assert logged(text) == masked


@pytest.mark.parametrize("text", ["9" * 2_000_000, "a@" * 1_000_000, "a.b-" * 500_000, "+" * 2_000_000])
def test_a_long_text_is_read_once(text: str) -> None:
    """Reading it again from every letter would take hours."""
    assert logged(text) == text
