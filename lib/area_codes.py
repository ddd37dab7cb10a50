"""Know in which time zones the numbers of a North American area code may ring.

Within an area code a number says nothing more: it may move between exchanges, and mobiles have the same codes. So
every zone that any exchange of the area keeps counts. The phone library knows most of them; what it leaves out, and
the codes laid over an older one's area, are listed here. Zones go by the names `zone.tab` gives to the country.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from phonenumbers.tzdata import TIMEZONE_DATA

from lib import zones

_AREA_LENGTH = 4  # the calling code 1 and the three digits of an area code

# A code laid over the area of an older one: the library takes the area's main zone for the only one.
_SAME_AREA = {
    "1236": "1250",  # British Columbia
    "1257": "1250",
    "1364": "1270",  # Kentucky
    "1367": "1418",  # Quebec
    "1448": "1850",  # Florida
    "1458": "1541",  # Oregon
    "1474": "1306",  # Saskatchewan
    "1581": "1418",
    "1639": "1306",
    "1672": "1250",
    "1778": "1250",
    "1879": "1709",  # Newfoundland and Labrador
    "1930": "1812",  # Indiana
    "1986": "1208",  # Idaho
}
# Zones that are part of an area and that the library does not give to any exchange there.
_ALSO = {
    "1250": ("America/Creston", "America/Dawson_Creek", "America/Fort_Nelson"),
    "1306": ("America/Edmonton", "America/Swift_Current"),  # Lloydminster keeps Alberta's time
    "1418": ("America/Blanc-Sablon",),
    "1709": ("America/Goose_Bay",),
    "1807": ("America/Atikokan",),
    "1867": (
        "America/Cambridge_Bay",
        "America/Dawson",
        "America/Inuvik",
        "America/Iqaluit",
        "America/Rankin_Inlet",
        "America/Resolute",
        "America/Whitehorse",
    ),
}


def zones_of_area(e164: str) -> frozenset[str]:
    """Return today's names of the zones of the area a number starting with ``+1`` belongs to; empty means unknown."""
    area = e164.removeprefix("+")[:_AREA_LENGTH]
    return _zones_by_area().get(area, frozenset())


@cache
def _zones_by_area() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= _AREA_LENGTH:
            found[prefix[:_AREA_LENGTH]].update(map(zones.canonical, names))
    for area, names in _ALSO.items():
        found[area].update(names)
    for area, older in _SAME_AREA.items():
        found[area] |= found[older]
    return {area: frozenset(names) for area, names in found.items()}
