"""Are equal addresses equal texts, and is everything else refused?"""

import pytest

from lib.email_address import EmailError, EmailErrorCode, normalize_email


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("ana@example.com", "ana@example.com"),
        ("Ana.Perez+News@Example.COM", "ana.perez+news@example.com"),
        (" <ana@example.com>\r\n", "ana@example.com"),
        ("mailto:ana@example.com", "ana@example.com"),
        ("ana@M\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.de", "ana@xn--mnchen-3ya.de"),
        ("ana@Mu\N{COMBINING DIAERESIS}nchen.de", "ana@xn--mnchen-3ya.de"),
        ("a@b.c-d.co", "a@b.c-d.co"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_an_address_has_one_way_to_be_written(raw: str, address: str) -> None:
    assert normalize_email(raw) == address


@pytest.mark.parametrize(
    "raw",
    [
        "ana", "ana@example", "@example.com", "ana@", "ana@@example.com", "ana@example.com, eva@example.com",
        "ana perez@example.com", ".ana@example.com", "ana.@example.com", "an..a@example.com", "ana@example..com",
        "ana@.example.com", "ana@example.com.", "ana@-example.com", "ana@10.0.0.1", "ana@[10.0.0.1]", "ana@example.c",
        "jos\N{LATIN SMALL LETTER E WITH ACUTE}@example.com", "ana@example.com\nbcc: eva@example.com",
        "ana\x00@example.com",
        "\udc80@example.com", "ana@\udc80.com", "x" * 65 + "@example.com", "ana@" + "x" * 64 + ".com",
        "ana@" + "x." * 126 + "com", "ana@" + "x" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(EmailError) as refused:
        normalize_email(raw)
    assert refused.value.code is EmailErrorCode.INVALID
    assert "ana" not in str(refused.value)


@pytest.mark.parametrize("raw", ["", "  ", "''", "mailto:"])
def test_nothing_is_told_apart_from_something_wrong(raw: str) -> None:
    with pytest.raises(EmailError) as refused:
        normalize_email(raw)
    assert refused.value.code is EmailErrorCode.EMPTY
