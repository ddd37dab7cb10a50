"""Read the country column of a file: ISO codes, calling codes, and names as people of several countries write them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from lib import phone, zones

# ISO 3166 code, then names in English, Spanish and Italian and the country's own; accents and case do not matter.
_NAMES = """
AE United Arab Emirates|UAE|Emiratos Árabes Unidos|Emirati Arabi Uniti
AL Albania|Shqipëria
AR Argentina
AT Austria|Österreich
AU Australia
BE Belgium|Bélgica|Belgio|Belgique|België
BG Bulgaria
BO Bolivia
BR Brazil|Brasil|Brasile
CA Canada|Canadá
CH Switzerland|Suiza|Svizzera|Schweiz|Suisse
CL Chile|Cile
CN China|Cina
CO Colombia
CR Costa Rica
CU Cuba
CY Cyprus|Chipre|Cipro
CZ Czech Republic|Czechia|República Checa|Repubblica Ceca|Česko
DE Germany|Alemania|Germania|Deutschland
DK Denmark|Dinamarca|Danimarca|Danmark
DO Dominican Republic|República Dominicana|Repubblica Dominicana
DZ Algeria|Argelia
EC Ecuador
EE Estonia|Eesti
EG Egypt|Egipto|Egitto
ES Spain|España|Spagna
FI Finland|Finlandia|Suomi
FR France|Francia
GB United Kingdom|UK|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|Reino Unido|Regno Unito|Inglaterra
GH Ghana
GR Greece|Grecia
GT Guatemala
HK Hong Kong
HN Honduras
HR Croatia|Croacia|Croazia|Hrvatska
HU Hungary|Hungría|Ungheria|Magyarország
ID Indonesia
IE Ireland|Irlanda|Éire
IL Israel|Israele
IN India
IS Iceland|Islandia|Islanda|Ísland
IT Italy|Italia
JP Japan|Japón|Giappone
KE Kenya|Kenia
KR South Korea|Korea|Corea del Sur|Corea del Sud
LT Lithuania|Lituania|Lietuva
LU Luxembourg|Luxemburgo|Lussemburgo
LV Latvia|Letonia|Lettonia|Latvija
MA Morocco|Marruecos|Marocco|Maroc
MT Malta
MX Mexico|México|Messico
MY Malaysia|Malasia|Malesia
NG Nigeria
NI Nicaragua
NL Netherlands|The Netherlands|Holland|Países Bajos|Holanda|Paesi Bassi|Olanda|Nederland
NO Norway|Noruega|Norvegia|Norge
NZ New Zealand|Nueva Zelanda|Nuova Zelanda
PA Panama|Panamá
PE Peru|Perú|Perù
PH Philippines|Filipinas|Filippine
PK Pakistan|Pakistán
PL Poland|Polonia|Polska
PR Puerto Rico|Porto Rico
PT Portugal|Portogallo
PY Paraguay
QA Qatar|Catar
RO Romania|Rumanía|România
RS Serbia|Srbija
RU Russia|Rusia
SA Saudi Arabia|Arabia Saudita|Arabia Saudí
SE Sweden|Suecia|Svezia|Sverige
SG Singapore|Singapur
SI Slovenia|Eslovenia|Slovenija
SK Slovakia|Eslovaquia|Slovacchia|Slovensko
SM San Marino
SN Senegal
SV El Salvador
TH Thailand|Tailandia
TN Tunisia|Túnez
TR Turkey|Türkiye|Turquía|Turchia
TW Taiwan|Taiwán
UA Ukraine|Ucrania|Ucraina
US United States|United States of America|USA|Estados Unidos|EEUU|EE. UU.|Stati Uniti|Stati Uniti d'America
UY Uruguay
VE Venezuela
VN Vietnam
ZA South Africa|Sudáfrica|Sudafrica
"""
_CALLING_CODE = re.compile(r"(?:\+|00)\s*([1-9][0-9]{0,2})")


def country_of(text: str) -> str | None:
    """Return the ISO 3166 code of two letters a cell means, None where it means none we know."""
    code = text.strip().upper()
    if zones.of_country(code):
        return code
    calling = _CALLING_CODE.fullmatch(code)
    return phone.main_region(calling.group(1)) if calling else _codes().get(_bare(text))


@cache
def _codes() -> dict[str, str]:
    lines = [line.partition(" ") for line in _NAMES.strip().splitlines()]
    return {_bare(name): code for code, _space, names in lines for name in names.split("|")}


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if char.isalnum())
