import pytest

from targets.stopwords import asks_to_stop


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Stop please", "BAJA", "Quiero darme de baja", "Basta!", "unsubscribe", "please don't contact me",
     "Non chiamarmi più", "¡Déjame en paz!", "Please take this seriously and leave me alone from now on",
     "no stop calling me", "Please stop calling me at work, I have asked twice", "Dont text me again!!",
     "STOP 🛑", "🛑", "🚫🚫", "s.t.o.p", "S T O P", "\N{FULLWIDTH LATIN CAPITAL LETTER S}TOP",
     "st\N{ZERO WIDTH SPACE}op", "  Stop\n\n", "\"stop\"",
     "stop!!! 😡", "opt-out", "Opt Out", "cancel", "Cancel, please", "QUIT", "END", "alto", "parar por favor",
     "No me llamen más", "no me llames nunca más", "No quiero recibir más mensajes", "Dejen de escribirme por favor",
     "denme de baja de la lista", "Cancelar", "no llamen más a este número",
     "Non mi chiamate più", "Non scrivetemi più", "disiscrivimi", "Cancellatemi", "Non voglio più messaggi",
     "Smettetela di chiamare!", "lasciatemi in pace", "annulla grazie", "Basta così", "Toglietemi dalla lista",
     "Don\N{RIGHT SINGLE QUOTATION MARK}t call me"],
)  # fmt: skip
def test_a_wish_to_be_left_alone_is_recognised(text: str) -> None:
    assert asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "yes, tell me more", "Can you stop by the office on Monday to show it?", "👍", "sí, claro",
     "a che ora finisce?",
     "we want to cancel our meeting with the other one first",
     "when does it end?", "is it the tall one? el alto", "I quit my job", "weekend", "bajar", "trabaja",
     "Nonstop flights?", "non so", "no", "❤️", "la fine della fermata", "can I cancel later"],
)  # fmt: skip
def test_an_ordinary_reply_is_not_a_wish_to_stop(text: str) -> None:
    assert not asks_to_stop(text)
