"""One row of a file: a person, or a reason."""

from __future__ import annotations

import pytest

from customers.imports.columns import map_columns
from customers.imports.rows import Person, Rejection, RowReader
from customers.models import CustomField
from customers.services import CustomerData
from lib.tabular import Row, RowProblem

DECLARED = {"size": "number", "vip": "boolean", "since": "date"}


def read(cells: dict[str, str], region: str | None = "ES", problem: RowProblem | None = None) -> Person | Rejection:
    columns = map_columns(list(cells), mapping={}, custom_fields={key: key for key in DECLARED})
    types = {key: CustomField.Type(kind) for key, kind in DECLARED.items()}
    return RowReader(columns, region, types).read(Row(7, cells, problem))


def accepted(region: str | None = "ES", **cells: str) -> CustomerData:
    result = read(cells, region)
    assert isinstance(result, Person)
    assert result.row == 7
    return result.data


def reason(region: str | None = "ES", **cells: str) -> tuple[str, str]:
    result = read(cells, region)
    assert isinstance(result, Rejection)
    assert tuple(result.cells) == tuple(cells.values())
    return result.field, result.message


@pytest.mark.parametrize(
    ("phone", "country", "stored"),
    [
        ("611 22 33 44", "", "+34611223344"),
        ("'+44 20 7946 0001", "", "+442079460001"),
        ("0044 20 7946 0001", "", "+442079460001"),
        ("020 7946 0001", "UK", "+442079460001"),
        ("(212) 555-0123", "Estados Unidos", "+12125550123"),
        ("+34 611 22 33 44", "Wonderland", "+34611223344"),
    ],
)
def test_a_number_is_read_by_its_country_else_by_the_default_region(phone: str, country: str, stored: str) -> None:
    assert accepted(phone=phone, country=country).phone == stored


def test_the_country_is_kept_as_its_code_or_as_it_was_written() -> None:
    assert accepted(phone="020 7946 0001", country="England").custom_fields == {"country": "GB"}
    assert accepted(phone="+34611223344", country="Narnia").custom_fields == {"country": "Narnia"}


def test_a_national_number_of_an_unknown_country_is_not_read_as_one_of_the_default_region() -> None:
    field, message = reason(phone="611 22 33 44", country="Wonderland")
    assert field == "phone"
    assert "country code" in message


@pytest.mark.parametrize("nothing", ["", "-", "N/A", "null", "None"])
def test_words_for_nothing_are_no_address(nothing: str) -> None:
    data = accepted(phone=nothing, email="ada@example.com")
    assert (data.phone, data.email) == (None, "ada@example.com")


def test_words_for_nothing_may_be_names() -> None:
    assert accepted(email="ada@example.com", surname="Null").surname == "Null"


def test_further_numbers_follow_the_first_and_stand_in_for_it() -> None:
    cells = {"phone": "611223344", "phone 2": "611 22 33 44 / 622 33 44 55", "mobile": ""}
    assert (accepted(**cells).phone, accepted(**cells).other_phones) == ("+34611223344", ["+34622334455"])
    cells["phone"] = ""
    assert (accepted(**cells).phone, accepted(**cells).other_phones) == ("+34611223344", ["+34622334455"])


def test_tags_are_split_and_counted_once() -> None:
    assert accepted(phone="611223344", tags="vip; lead|vip, ,new").tags == ["vip", "lead", "new"]


def test_values_of_declared_fields_get_their_type() -> None:
    data = accepted(phone="611223344", size="12,5", vip="Sí", since="2026-05-31", other="=1+1")
    assert data.custom_fields == {"size": 12.5, "vip": True, "since": "2026-05-31", "other": "=1+1"}
    assert accepted(phone="611223344", size="1200", vip="no").custom_fields == {"size": 1200, "vip": False}


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "4.47911E+11"}, "phone"),
        ({"phone": "611223344", "phone 2": "12"}, "other_phones"),
        ({"phone": "611223344", "email": "ada@"}, "email"),
        ({"phone": "611223344", "time zone": "Europe/Lundon"}, "timezone"),
        ({"phone": "611223344", "language": "Spanish, a little"}, "language"),
        ({"phone": "611223344", "name": "x" * 256}, "name"),
        ({"phone": "611223344", "tags": "x" * 65}, "tags"),
        ({"phone": "611223344", "size": "large"}, "size"),
        ({"phone": "611223344", "vip": "perhaps"}, "vip"),
        ({"phone": "611223344", "since": "03/04/2026"}, "since"),
        ({"phone": "", "name": "Ada"}, ""),
    ],
)
def test_one_bad_cell_rejects_the_row_and_the_reason_does_not_repeat_it(cells: dict[str, str], field: str) -> None:
    found, message = reason(**cells)
    assert found == field
    assert list(cells.values())[-1] not in message


def test_a_national_number_without_any_country_is_rejected() -> None:
    assert reason(None, phone="611 22 33 44")[0] == "phone"


def test_a_row_the_file_itself_garbled_is_rejected_whatever_it_says() -> None:
    result = read({"phone": "611223344"}, problem=RowProblem.TOO_MANY_CELLS)
    assert isinstance(result, Rejection)
    assert (result.field, result.message) == ("", RowProblem.TOO_MANY_CELLS.message)
