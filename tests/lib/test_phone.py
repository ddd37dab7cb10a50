"""Which number did they mean, and where may its owner be?"""

import traceback

import phonenumbers
import pytest

from lib import zones as zone_data
from lib.phone import PhoneError, PhoneErrorCode, main_region, masked, normalize, region, zones


@pytest.mark.parametrize(
    ("raw", "default_region", "e164"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "US", "+12125550123"),
        ("0039 06 6982 1234", "IT", "+390669821234"),
        ("0039 06 6982 1234", "US", "+390669821234"),  # where 00 is not what is dialled
        ("0039 06 6982 1234", None, "+390669821234"),
        ("0011 44 20 7946 0123", "AU", "+442079460123"),  # where 0011 is
        ("011 44 20 7946 0123", "US", "+442079460123"),
        ("+44 (0)20 7946 0123", None, "+442079460123"),
        ("+39 (0)6 6982 1234", None, "+390669821234"),  # in Italy the zero stays
        ("020 7946 0123", "GB", "+442079460123"),
        ("611 22 33 44", "ES", "+34611223344"),
        ("34611223344", "ES", "+34611223344"),
        ("030/12345678", "DE", "+493012345678"),
        ("tel:+1-212-555-0123", None, "+12125550123"),
        ("Tel. 611 22 33 44", "ES", "+34611223344"),
        ("\N{ARABIC-INDIC DIGIT SIX}\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT ONE}223344", "ES", "+34611223344"),
        ("\N{FULLWIDTH PLUS SIGN}34 611 22 33 44", None, "+34611223344"),
        ("611\N{NO-BREAK SPACE}22\N{NARROW NO-BREAK SPACE}33\N{THIN SPACE}44", "ES", "+34611223344"),
        ("\N{LEFT-TO-RIGHT EMBEDDING}+34611223344\N{POP DIRECTIONAL FORMATTING}", None, "+34611223344"),
        ("+34 611\N{EN DASH}223\N{NON-BREAKING HYPHEN}344", None, "+34611223344"),
        ("'+34611223344", None, "+34611223344"),
        ('="+34611223344"', None, "+34611223344"),
        ("611223344.0", "ES", "+34611223344"),
        ("  +34611223344\r\n", None, "+34611223344"),
    ],
)
def test_a_number_is_understood_as_people_write_it(raw: str, default_region: str | None, e164: str) -> None:
    assert normalize(raw, default_region=default_region) == e164


@pytest.mark.parametrize(
    ("raw", "default_region", "code"),
    [
        ("", "ES", PhoneErrorCode.EMPTY),
        (" ' \t", "ES", PhoneErrorCode.EMPTY),
        ("abc", "ES", PhoneErrorCode.NOT_A_NUMBER),
        ("1-800-FLOWERS", "US", PhoneErrorCode.NOT_A_NUMBER),
        ("flat 12, 2125550123", "US", PhoneErrorCode.NOT_A_NUMBER),
        ("611\x00223344", "ES", PhoneErrorCode.NOT_A_NUMBER),
        ("0", None, PhoneErrorCode.NOT_A_NUMBER),
        ("3.4611e+10", "ES", PhoneErrorCode.ROUNDED_BY_SPREADSHEET),
        ("3,4611E+10", "ES", PhoneErrorCode.ROUNDED_BY_SPREADSHEET),
        ("611 22 33 44", None, PhoneErrorCode.COUNTRY_UNKNOWN),
        ("611 22 33 44", "XX", PhoneErrorCode.COUNTRY_UNKNOWN),
        ("+999 123 456 789", None, PhoneErrorCode.COUNTRY_UNKNOWN),
        ("212-555-0123 x5", "US", PhoneErrorCode.HAS_EXTENSION),
        ("tel:+1-212-555-0123;ext=5", None, PhoneErrorCode.HAS_EXTENSION),
        ("611223344 / 611223345", "ES", PhoneErrorCode.SEVERAL_NUMBERS),
        ("+34611223344\n+34611223345", None, PhoneErrorCode.SEVERAL_NUMBERS),
        ("+34 600", None, PhoneErrorCode.INVALID),
        ("911", "US", PhoneErrorCode.INVALID),
        ("9" * 10_000, "US", PhoneErrorCode.NOT_A_NUMBER),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(
    raw: str, default_region: str | None, code: PhoneErrorCode
) -> None:
    with pytest.raises(PhoneError) as refused:
        normalize(raw, default_region=default_region)
    assert refused.value.code is code


@pytest.mark.parametrize("raw", ["+34 600 11", "611223344", "tel:+1-212-555-0123;ext=5", "3.4611e+10"])
def test_an_error_does_not_repeat_the_number(raw: str) -> None:
    with pytest.raises(PhoneError) as refused:
        normalize(raw, default_region=None)
    told = "".join(traceback.format_exception(refused.value))  # as a log would show it
    assert raw not in told
    assert "".join(filter(str.isdigit, raw)) not in told


def test_a_normalized_number_normalizes_to_itself() -> None:
    for country in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number(country)
        assert example is not None
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        assert normalize(e164, default_region=None) == e164
        assert normalize(e164, default_region="US") == e164


@pytest.mark.parametrize(
    ("e164", "country"),
    [("+34611223344", "ES"), ("+12125550123", "US"), ("+14165550123", "CA"), ("+870773111632", None)],
)
def test_a_number_belongs_to_its_country(e164: str, country: str | None) -> None:
    assert region(e164) == country


@pytest.mark.parametrize(
    ("calling_code", "country"),
    [("+1", "US"), ("34", "ES"), ("+39", "IT"), ("+870", None), ("+999", None), ("", None), ("+1x", None), ("+", None)],
)
def test_a_calling_code_has_a_main_country(calling_code: str, country: str | None) -> None:
    assert main_region(calling_code) == country


@pytest.mark.parametrize(
    ("e164", "expected"),
    [
        ("+12125550123", ("America/New_York",)),
        ("+14155550100", ("America/Los_Angeles",)),
        ("+18505550123", ("America/New_York", "America/Chicago")),  # an area code across a border of time
        ("+18095550123", ("America/Santo_Domingo",)),
        ("+390669821234", ("Europe/Vatican",)),
        ("+447400123456", ("Europe/London",)),
        ("+34611223344", ("Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary")),
        ("+351912345678", ("Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores")),
        ("+353871234567", ("Europe/Dublin",)),  # the library says London and the islands of Man and Guernsey
        ("+213551234567", ("Africa/Algiers",)),  # the library says Paris, which has summer time
        ("+212650123456", ("Africa/Casablanca",)),  # the library says the Canaries
        ("+38344123456", ("Europe/Belgrade",)),  # Kosovo: no zone of its own in zone.tab
    ],
)
def test_a_number_has_the_zones_its_owner_may_be_in(e164: str, expected: tuple[str, ...]) -> None:
    assert zones(e164) == expected


def test_a_mobile_of_a_wide_country_has_all_its_zones() -> None:
    russia = zones("+79161234567")
    assert {"Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka"} <= set(russia)
    assert "Asia/Almaty" not in russia  # Kazakhstan has the same calling code


@pytest.mark.parametrize(
    ("e164", "likeliest", "also"),
    [
        ("+61291234567", "Australia/Sydney", "Australia/Perth"),
        ("+56612612345", "America/Santiago", "America/Punta_Arenas"),  # Punta Arenas, an hour off in winter
        ("+526144101234", "America/Mazatlan", "America/Mexico_City"),  # Chihuahua, which left Mazatlan's time in 2022
        ("+5491123456789", "America/Argentina/Buenos_Aires", "America/Argentina/Ushuaia"),
        ("+34911234567", "Europe/Madrid", "Atlantic/Canary"),
    ],
)
def test_an_area_abroad_only_says_which_zone_is_likeliest(e164: str, likeliest: str, also: str) -> None:
    found = zones(e164)
    assert found[0] == likeliest
    assert set(found) == set(zone_data.of_country(region(e164) or ""))
    assert also in found


def test_a_north_american_number_of_no_area_has_every_zone_of_its_country() -> None:
    assert set(zones("+15005550123")) == set(zone_data.of_country("US"))  # a personal number


@pytest.mark.parametrize("text", ["", "+", "+999123", "someone@example.com", "+1", "+1500", "0034911234567"])
def test_what_is_no_number_has_no_zone(text: str) -> None:
    assert zones(text) == ()


@pytest.mark.parametrize(
    "e164", ["+18005550123", "+18885550123", "+19005550123", "+448001111111", "+80012345678", "+870773111632"]
)
def test_a_number_that_is_nobodys_home_has_no_zone(e164: str) -> None:
    assert zones(e164) == ()


def test_every_persons_number_in_the_world_has_zones_of_its_own_country() -> None:
    for country in phonenumbers.SUPPORTED_REGIONS:
        number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
        if number is None:
            continue
        found = zones(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        theirs = zone_data.of_country(phonenumbers.region_code_for_number(number) or "")
        assert found, country
        assert all(zone_data.zone(name) for name in found), country
        assert set(found) <= set(theirs) or not theirs, country


def test_a_masked_number_keeps_three_digits() -> None:
    assert masked("+34611223344") == "\N{HORIZONTAL ELLIPSIS}344"
