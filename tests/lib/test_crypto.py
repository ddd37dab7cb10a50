"""Can a stored secret be read by us, and by nobody else?"""

import pytest

from lib.crypto import SecretBox, SecretError

OLD, NEW = SecretBox.new_key(), SecretBox.new_key()
SECRET = {"api_key": "xi-secret", "region": "eu", "retries": [1, None]}


def test_a_secret_comes_back() -> None:
    assert SecretBox([OLD]).decrypt(SecretBox([OLD]).encrypt(SECRET)) == SECRET


def test_the_ciphertext_shows_nothing_and_is_never_the_same() -> None:
    box = SecretBox([OLD])
    assert "xi-secret" not in box.encrypt(SECRET)
    assert box.encrypt(SECRET) != box.encrypt(SECRET)


def test_an_older_key_still_reads() -> None:
    assert SecretBox([NEW, OLD]).decrypt(SecretBox([OLD]).encrypt(SECRET)) == SECRET


def test_a_rotated_secret_no_longer_needs_the_old_key() -> None:
    rotated = SecretBox([NEW, OLD]).rotate(SecretBox([OLD]).encrypt(SECRET))
    assert SecretBox([NEW]).decrypt(rotated) == SECRET


@pytest.mark.parametrize(
    "ciphertext", ["", "x", "\u00e9", SecretBox([NEW]).encrypt(SECRET), SecretBox([OLD]).encrypt(SECRET)[:-8]]
)
def test_what_cannot_be_read_is_an_error_that_tells_nothing(ciphertext: str) -> None:
    with pytest.raises(SecretError) as refused:
        SecretBox([OLD]).decrypt(ciphertext)
    assert OLD not in str(refused.value)


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "not base64!"]])
def test_keys_that_are_none_are_refused_without_being_shown(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        SecretBox(keys)
    assert not any(key in str(refused.value) for key in keys)
