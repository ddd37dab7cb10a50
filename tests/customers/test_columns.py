"""Which column holds what?"""

from __future__ import annotations

import pytest

from customers.exceptions import InvalidMapping, UnusableFile
from customers.imports.columns import Columns, map_columns


def mapped(
    *headers: str, mapping: dict[str, str | list[str]] | None = None, custom_fields: dict[str, str] | None = None
) -> Columns:
    return map_columns(headers, mapping=mapping or {}, custom_fields=custom_fields or {})


@pytest.mark.parametrize(
    "headers",
    [
        ("Customer ID", "First name", "Last name", "E-mail", "Mobile phone", "Country", "Time zone", "Tags", "Status"),
        (
            "ID de cliente", "Nombre", "Apellidos", "Correo electrónico", "Móvil", "País", "Zona horaria", "Etiquetas",
            "Estatus",
        ),
        ("codice_cliente", "NOME", "cognome", "email", "Cellulare", "Paese", "Fuso orario", "etichette", "status"),
    ],
)  # fmt: skip
def test_headers_of_three_languages_are_understood(headers: tuple[str, ...]) -> None:
    columns = mapped(*headers)
    fields = ("customer_id", "name", "surname", "email", "phone", "country", "timezone", "tags", "status")
    assert dict(columns.fields) == dict(zip(fields, headers, strict=True))
    assert columns.undeclared == ()


def test_a_header_in_two_languages_is_understood_by_one_of_them() -> None:
    assert mapped("Kontakt / Phone", "E-mail (work)").fields == {"phone": "Kontakt / Phone", "email": "E-mail (work)"}


def test_further_columns_of_numbers_are_tried_next_in_their_order() -> None:
    columns = mapped("Home phone", "Phone", "Mobile", "Phone (2)", "Teléfono fijo")
    assert columns.fields["phone"] == "Phone"
    assert columns.other_phones == ("Home phone", "Mobile", "Phone (2)", "Teléfono fijo")


def test_what_somebody_says_goes_before_what_headers_say() -> None:
    columns = mapped("Phone", "Contact no.", mapping={"phone": "contact NO"})
    assert columns.fields["phone"] == "Contact no."
    assert columns.other_phones == ("Phone",)


def test_several_columns_may_be_named_for_further_numbers() -> None:
    columns = mapped("Phone", "Ufficio", "Casa", mapping={"other_phones": ["Casa", "Ufficio"]})
    assert columns.other_phones == ("Casa", "Ufficio")


def test_columns_of_declared_fields_are_found_by_key_or_label_or_as_told() -> None:
    declared = {"plan": "Current plan", "since": "Customer since", "vat": "VAT number"}
    columns = mapped("Phone", "PLAN", "customer since", "P. IVA", mapping={"vat": "P. IVA"}, custom_fields=declared)
    assert columns.custom == {"PLAN": "plan", "customer since": "since", "P. IVA": "vat"}
    assert columns.undeclared == ()


def test_every_other_column_is_kept_under_a_key_of_its_own() -> None:
    columns = mapped("Phone", "Fecha de alta", "Fecha-de-alta!", "备注", "!!!", "Plan", custom_fields={"plan": "Plan"})
    assert columns.undeclared == ("Fecha de alta", "Fecha-de-alta!", "备注", "!!!")
    assert columns.custom == {
        "Plan": "plan",
        "Fecha de alta": "fecha_de_alta",
        "Fecha-de-alta!": "fecha_de_alta_2",
        "备注": "备注",
        "!!!": "column_4",
    }


def test_another_column_called_country_does_not_hide_the_one_we_read() -> None:
    assert mapped("Phone", "Country", "Country!").custom == {"Country!": "country_2"}


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"phon": "Phone"}, "no field phon"),
        ({"phone": "Telefon"}, "no column Telefon"),
        ({"phone": []}, "names no column"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(mapping: dict[str, str | list[str]], told: str) -> None:
    with pytest.raises(InvalidMapping, match=told):
        mapped("Phone", mapping=mapping)


def test_a_file_that_does_not_say_how_to_reach_people_is_refused() -> None:
    with pytest.raises(UnusableFile, match="phone=Mobile"):
        mapped("Name", "Notes")
