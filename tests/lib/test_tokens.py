"""Is a token unique, checkable without a look-up, and stored only as a hash?"""

import hashlib

import pytest

from lib.tokens import PUBLIC_LENGTH, SECRET_LENGTH, hash_secret, matches, new_token, well_formed


def test_a_new_token_is_letters_and_digits_of_fixed_length() -> None:
    token = new_token()
    assert (len(token.public_id), len(token.secret)) == (PUBLIC_LENGTH, SECRET_LENGTH) == (10, 43 + 6)
    assert (token.public_id + token.secret).isascii()
    assert (token.public_id + token.secret).isalnum()


def test_no_two_tokens_share_a_part() -> None:
    tokens = [new_token() for _ in range(200)]
    assert len({token.public_id for token in tokens}) == len({token.secret for token in tokens}) == 200


def test_a_new_secret_is_well_formed() -> None:
    assert all(well_formed(new_token().secret) for _ in range(200))


def test_any_one_wrong_letter_is_noticed() -> None:
    secret = new_token().secret
    for position, right in enumerate(secret):
        wrong = "a" if right != "a" else "b"
        assert not well_formed(secret[:position] + wrong + secret[position + 1 :])


@pytest.mark.parametrize("text", ["", "a", "a" * 48, "a" * 50, "\u00e9" * 49, "\ud800" * 49, "-" * 49])
def test_what_is_no_secret_is_not_well_formed(text: str) -> None:
    assert not well_formed(text)


def test_a_secret_matches_its_own_hash_only() -> None:
    mine, other = new_token().secret, new_token().secret
    assert matches(mine, hash_secret(mine))
    assert not matches(other, hash_secret(mine))
    assert not matches(mine, "")
    assert not matches("\ud800\u00e9", hash_secret(mine))


def test_the_hash_is_a_sha256() -> None:
    assert hash_secret("abc") == hashlib.sha256(b"abc").hexdigest()
