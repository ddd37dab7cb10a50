"""Is an address recognised without being kept?"""

import pytest

from lib.privacy import keyed_hash

KEY = b"k" * 32


def test_the_same_address_has_the_same_hash_under_the_same_key_only() -> None:
    mine = keyed_hash("+34611223344", key=KEY)
    assert mine == keyed_hash("+34611223344", key=KEY)
    assert mine != keyed_hash("+34611223345", key=KEY)
    assert mine != keyed_hash("+34611223344", key=b"l" * 32)


def test_the_hash_is_an_hmac_any_other_program_can_compute() -> None:
    """Computed with `openssl dgst -sha256 -hmac`."""
    assert keyed_hash("+34611223344", key=KEY) == "b30fae0703a4d008acbdefbf3046072c9d52e40349d93a377779fa87fbe8a964"


@pytest.mark.parametrize("key", [b"", b"k" * 31])
def test_a_key_anyone_could_guess_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keyed_hash("+34611223344", key=key)
