"""What the pages say, in the languages we speak. True for a link of ours and for any other, so it tells nothing."""

from __future__ import annotations

from collections.abc import Mapping

_FALLBACK = "en"

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Unsubscribe",
        "question": "Do you want to receive no more emails from the sender of this link?",
        "email": "Stop the emails",
        "everything": "Stop all contact: emails, calls and messages",
        "done": "Your wish is recorded",
        "what_stops": "If the link was opened as it stood in the email, no more emails go to the address it came to.",
        "all_stops": "If the link was opened as it stood in the email, its sender contacts you no more in any way.",
        "otherwise": "Should emails still come, use the link in the newest one.",
        "more": "You can also stop everything else:",
        "later": "This could not be recorded just now. Please try again in a minute.",
    },
    "es": {
        "title": "Darse de baja",
        "question": "¿Quiere dejar de recibir correos del remitente de este enlace?",
        "email": "No recibir más correos",
        "everything": "No recibir más contactos: correos, llamadas ni mensajes",
        "done": "Hemos anotado su deseo",
        "what_stops": "Si el enlace se abrió tal como venía en el correo, no se enviarán más correos a esa dirección.",
        "all_stops": "Si el enlace se abrió tal como venía en el correo, su remitente no le contactará más.",
        "otherwise": "Si aun así recibe correos, use el enlace del más reciente.",
        "more": "También puede detener todo lo demás:",
        "later": "Ahora mismo no hemos podido anotarlo. Vuelva a intentarlo en un minuto.",
    },
    "it": {
        "title": "Annulla l'iscrizione",
        "question": "Vuole non ricevere più email dal mittente di questo link?",
        "email": "Non ricevere più email",
        "everything": "Non ricevere più contatti: email, chiamate e messaggi",
        "done": "Abbiamo registrato la sua richiesta",
        "what_stops": "Se il link è stato aperto com'era nell'email, a quell'indirizzo non arriveranno altre email.",
        "all_stops": "Se il link è stato aperto com'era nell'email, il mittente non la contatterà più in alcun modo.",
        "otherwise": "Se dovessero arrivare ancora email, usi il link della più recente.",
        "more": "Può anche fermare tutto il resto:",
        "later": "Al momento non è stato possibile registrarlo. Riprovi fra un minuto.",
    },
}


def language_of(accepted: str) -> str:
    """Return the first language of an Accept-Language header that we speak, English where there is none."""
    wanted = (part.strip()[:2].lower() for part in accepted[:200].split(","))
    return next((language for language in wanted if language in WORDS), _FALLBACK)
