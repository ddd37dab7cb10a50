"""Find out which column of a file holds which field of a customer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from customers.exceptions import InvalidMapping, UnusableFile
from lib.headers import match_headers

# English, Spanish, Italian; the likeliest first. Words that mean a province as often as a status are left out.
SYNONYMS: Mapping[str, Sequence[str]] = {
    "customer_id": [
        "customer id", "client id", "contact id", "external id", "id cliente", "id de cliente", "código de cliente",
        "código cliente", "número de cliente", "codice cliente", "id contatto", "id",
    ],
    "name": [
        "first name", "given name", "forename", "name", "full name", "customer name", "contact name", "nombre",
        "nombre de pila", "nombre completo", "nombre y apellidos", "nome", "nome completo", "nome e cognome",
        "nominativo",
    ],
    "surname": ["last name", "surname", "family name", "apellidos", "apellido", "primer apellido", "cognome"],
    "email": [
        "email", "email address", "mail", "correo electrónico", "correo", "dirección de correo", "indirizzo email",
        "posta elettronica",
    ],
    "phone": [
        "phone", "phone number", "telephone", "telephone number", "tel", "phone 1", "primary phone", "mobile",
        "mobile phone", "mobile number", "cell", "cell phone", "teléfono", "número de teléfono", "teléfono móvil",
        "móvil", "celular", "teléfono celular", "numero di telefono", "cellulare", "numero di cellulare",
        "telefono cellulare", "whatsapp",
    ],
    "country": ["country", "country code", "país", "paese", "nazione"],
    "timezone": ["time zone", "tz", "zona horaria", "huso horario", "fuso orario"],
    "language": ["language", "lang", "locale", "idioma", "lengua", "lingua"],
    "tags": ["tags", "tag", "labels", "etiquetas", "etiqueta", "etichette", "etichetta"],
    "status": ["status", "customer status", "estatus"],
}  # fmt: skip
OTHER_PHONES = "other_phones"
_OTHER_PHONES_SYNONYMS = [
    "other phones", "other phone", "phone 2", "phone 3", "second phone", "secondary phone", "alternative phone",
    "home phone", "work phone", "landline", "otros teléfonos", "otro teléfono", "teléfono 2", "teléfono fijo", "fijo",
    "altri telefoni", "altro telefono", "telefono fisso", "fisso",
]  # fmt: skip
KEPT = "custom_fields"  # columns kept under a key made of their header, though their header says something else
LEFT_OUT = "left_out"  # columns nothing is taken of
FIELDS = (*SYNONYMS, OTHER_PHONES, KEPT, LEFT_OUT)
# The columns `stream_rejected_rows` puts in front: a file that begins with them is one that came back, mended.
ADDED_TO_REJECTED = ("row", "field", "reason")

_PARTS = re.compile(r"[/|()\[\],;:]")  # "Teléfono / Phone" and "Phone (mobile)" are understood by one of their parts
_LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what. `fields` is ``{field: header}``; `custom` is ``{header: key in custom_fields}``.

    `undeclared` are the headers in `custom` that no `CustomField` of the organization announced.
    """

    fields: Mapping[str, str]
    other_phones: tuple[str, ...]
    custom: Mapping[str, str]
    undeclared: tuple[str, ...]


def map_columns(
    headers: Sequence[str],
    *,
    mapping: Mapping[str, str | Sequence[str]],
    custom_fields: Mapping[str, str],
) -> Columns:
    """Return what each column holds: first as `mapping` (``{field: header}``) says, then by the header's own words.

    `custom_fields` is ``{key: label}``. Columns that fit nothing are kept too, in `custom_fields` under a slug of their
    header. Several headers may be given for ``other_phones``, which also gets every further column of phone numbers,
    and for ``custom_fields`` and ``left_out``, whose headers are not read for their words.
    Raises InvalidMapping, and UnusableFile where nothing says how to reach people.
    """
    columns = _columns_of(headers, mapping, custom_fields)
    if not {"phone", "email"} & set(columns.fields):
        raise UnusableFile(
            "No column holds phone numbers or email addresses. The first row must hold the names of the columns;"
            " say which one is meant, such as phone=Mobile."
        )
    return columns


def guess_choices(headers: Sequence[str], *, custom_fields: Mapping[str, str]) -> dict[str, str]:
    """Return what each header is taken for by its own words: a field, a key of `custom_fields`, KEPT or LEFT_OUT."""
    columns = _columns_of(headers, {}, custom_fields)
    choices = {header: field for field, header in columns.fields.items()}
    choices |= dict.fromkeys(columns.other_phones, OTHER_PHONES)
    choices |= {header: KEPT if header in columns.undeclared else key for header, key in columns.custom.items()}
    return {header: choices.get(header, LEFT_OUT) for header in headers}


def mapping_of(choices: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the ``{field: headers}`` that says the same as `choices` (``{header: field}``), with nothing to guess.

    Raises InvalidMapping, with the headers concerned as its data, where one field is chosen for several columns.
    """
    mapping: dict[str, list[str]] = {}
    for header, field in choices.items():
        mapping.setdefault(field, []).append(header)
    for field, headers in mapping.items():
        if len(headers) > 1 and field not in (OTHER_PHONES, KEPT, LEFT_OUT):
            raise InvalidMapping(f"only one column can be {field}: choose another for the rest", headers=headers)
    return mapping


def is_returned(headers: Sequence[str]) -> bool:
    """Say whether a file with these headers is one of rejected rows that has come back."""
    return tuple(headers[: len(ADDED_TO_REJECTED)]) == ADDED_TO_REJECTED


def _columns_of(
    headers: Sequence[str], mapping: Mapping[str, str | Sequence[str]], custom_fields: Mapping[str, str]
) -> Columns:
    unknown = [field for field in mapping if field not in FIELDS and field not in custom_fields]
    if unknown:
        known = ", ".join([*FIELDS, *custom_fields])
        raise InvalidMapping(f"there is no field {unknown[0]}; choose from: {known}")
    given = {field: _named(headers, wanted) for field, wanted in mapping.items()}
    taken = {header for named in given.values() for header in named}
    if is_returned(headers):
        taken |= set(ADDED_TO_REJECTED)
    fields = {field: named[0] for field, named in given.items() if field in SYNONYMS}
    fields |= _matched(_left(headers, taken), {k: v for k, v in SYNONYMS.items() if k not in fields})
    taken |= set(fields.values())
    other_phones = [*given.get(OTHER_PHONES, ()), *_further_phones(_left(headers, taken))]
    taken |= set(other_phones)
    declared = {named[0]: field for field, named in given.items() if field in custom_fields}
    spellings = {key: [key, label] for key, label in custom_fields.items() if key not in declared.values()}
    declared |= {header: key for key, header in _matched(_left(headers, taken), spellings).items()}
    undeclared = _left(headers, taken | set(declared))
    undeclared = [header for header in headers if header in undeclared or header in given.get(KEPT, ())]
    custom = declared | _fresh_keys(undeclared, {*custom_fields, "country"})
    return Columns(fields, tuple(other_phones), custom, tuple(undeclared))


def _named(headers: Sequence[str], wanted: str | Sequence[str]) -> list[str]:
    """Return the headers somebody named, in the file's spelling."""
    found = []
    for name in [wanted] if isinstance(wanted, str) else wanted:
        header = name if name in headers else match_headers(headers, {"": [name]}).get("")
        if header is None:
            raise InvalidMapping(f"the file has no column {name}")
        found.append(header)
    if not found:
        raise InvalidMapping("a field of the mapping names no column")
    return found


def _matched(headers: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return ``{field: header}``, by the whole header where possible, else by one of its parts."""
    found = match_headers(headers, synonyms)
    whole = {part: header for header in _left(headers, set(found.values())) for part in reversed(_PARTS.split(header))}
    left = {field: spellings for field, spellings in synonyms.items() if field not in found}
    for field, part in match_headers(list(whole), left).items():
        if whole[part] not in found.values():
            found[field] = whole[part]
    return found


def _further_phones(headers: Sequence[str]) -> list[str]:
    spellings = {"": [*SYNONYMS["phone"], *_OTHER_PHONES_SYNONYMS]}
    return [header for header in headers if _matched([header], spellings)]


def _fresh_keys(headers: Sequence[str], taken: set[str]) -> dict[str, str]:
    """Return a key for each header: ``Fecha de alta`` becomes ``fecha_de_alta``, with a number where that is taken."""
    keys: dict[str, str] = {}
    for position, header in enumerate(headers, start=1):
        stem = slugify(header, allow_unicode=True).replace("-", "_")[:_LONGEST_KEY] or f"column_{position}"
        key, number = stem, 2
        while key in taken:
            key, number = f"{stem}_{number}", number + 1
        taken.add(key)
        keys[header] = key
    return keys


def _left(headers: Sequence[str], taken: set[str]) -> list[str]:
    return [header for header in headers if header not in taken]
