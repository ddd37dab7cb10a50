"""Bodies no client means well with, and JSON that is no object."""

from __future__ import annotations

from collections.abc import Mapping

HOSTILE: Mapping[str, bytes] = {
    "nothing like JSON": b"name=x",
    "cut short": b'{"name": "x',
    "a NUL as an escape": b'{"name": "\\u0000"}',
    "a NUL as it is": b'{"name": "\x00"}',
    "half a surrogate pair": b'{"name": "\\ud83d"}',
    "half a pair as a key": b'{"\\ude00": 1}',
    "not UTF-8": b'{"name": "\xe9"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "nested lists": b"[" * 100_000,
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a nested value": b'{"value": ' + b"[" * 500 + b"]" * 500 + b"}",
    "NaN": b'{"number": NaN}',
    "infinity": b'{"number": 1e400}',
    "an integer of 5,000 digits": b'{"number": ' + b"9" * 5_000 + b"}",
    "a key twice": b'{"name": "x", "name": "y"}',
    "more than a megabyte": b'{"name": "' + b"x" * 1_100_000 + b'"}',
}
NOT_OBJECTS: Mapping[str, bytes] = {
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"7",
    "true": b"true",
    "null": b"null",
}
