"""Write calls in the voice vendor's words: conversations, list entries, webhooks and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib import clock
from providers.simulator.calls import Call, Trunk
from providers.simulator.personas import INTERESTED, Scene
from providers.simulator.scripts import Performance

_CALL_RESULTS = {
    Scene.BUSY: "busy",
    Scene.NO_ANSWER: "no_answer",
    Scene.INVALID: "failed",
    Scene.VOICEMAIL: "voicemail",
}
_FAILURE_REASONS = {Scene.BUSY: "busy", Scene.NO_ANSWER: "no-answer", Scene.INVALID: "unknown"}
_TWILIO_STATUSES = {Scene.BUSY: "busy", Scene.NO_ANSWER: "no-answer", Scene.INVALID: "failed"}
_SIP_ANSWERS = {
    Scene.BUSY: (486, "Busy Here"),
    Scene.NO_ANSWER: (480, "Temporarily Unavailable"),
    Scene.INVALID: (404, "Not Found"),
}
_TERMINATIONS = {
    Scene.VOICEMAIL: "voicemail_detection tool was called.",
    Scene.SILENT: "Ending conversation after 40 seconds of silence.",
    Scene.HOSTILE: "Call ended by remote party",
    Scene.DECLINES: "Call ended by remote party",
    Scene.BUSY: "",
    Scene.NO_ANSWER: "",
    Scene.INVALID: "",
}
_SUMMARIES = {
    Scene.BOOKS: ("Appointment booked", "The customer was interested and agreed on an appointment."),
    Scene.AGREES: ("Customer interested", "The customer liked the offer and agreed to go ahead."),
    Scene.DECLINES: ("Offer declined", "The customer declined the offer politely."),
    Scene.CALLBACK: ("Callback requested", "The customer was busy and asked to be called at another time."),
    Scene.UNDECIDED: ("Customer undecided", "The customer asked questions and wants to think about it."),
    Scene.CONTRADICTS: ("Customer changed their mind", "The customer agreed at first and then withdrew."),
    Scene.OPTS_OUT: ("Removal requested", "The customer asked not to be called any more."),
    Scene.HOSTILE: ("Annoyed customer", "The customer was upset about the call."),
    Scene.WRONG_PERSON: ("Wrong number", "The person who answered was not the customer."),
    Scene.SILENT: ("No conversation", "Someone answered but nobody spoke."),
    Scene.VOICEMAIL: ("Voicemail reached", "The call was answered by a machine; a message was left."),
}
_TELLS_NOTHING = frozenset({Scene.SILENT, Scene.VOICEMAIL, Scene.WRONG_PERSON})


def error(kind: str, code: str, message: str) -> dict[str, Any]:
    """Return an error body in the new style with the fields of the old one."""
    return {"detail": {"type": kind, "code": code, "message": message, "status": code, "request_id": "req_simulated"}}


def missing_fields(names: list[str]) -> dict[str, Any]:
    """Return the body of a 422."""
    return {"detail": [{"loc": ["body", name], "msg": "Field required", "type": "missing"} for name in names]}


def dial_answer(call: Call | None, trunk: Trunk, *, message: str) -> dict[str, Any]:
    """Return the answer to a dial request; without a call it is an unsuccessful one."""
    leg = {"callSid" if trunk is Trunk.TWILIO else "sip_call_id": call.leg_id if call else None}
    return {"success": call is not None, "message": message, "conversation_id": call.id if call else None, **leg}


def conversation(call: Call, speed: float) -> dict[str, Any]:
    """Return the call as GET shows it and as the transcription webhook carries it."""
    performance = call.performance()
    heard = performance.lines if call.hung_up else ()
    return {
        "agent_id": call.agent_id,
        "agent_name": "Simulated agent",
        "conversation_id": call.id,
        "status": call.status(speed),
        "user_id": call.reference or None,
        "transcript": [_turn(line.role, line.text, line.at_seconds) for line in heard],
        "metadata": _metadata(call),
        "analysis": _analysis(call, performance) if call.finished and call.answered else None,
        "conversation_initiation_client_data": call.client_data,
        "has_audio": call.finished and call.answered,
        "has_user_audio": call.finished and call.answered,
        "has_response_audio": call.finished and call.answered,
        "has_auxiliary_audio": False,
    }


def summary(call: Call, speed: float) -> dict[str, Any]:
    """Return the call as the list shows it."""
    title, text = _SUMMARIES.get(call.scene, (None, None)) if call.finished else (None, None)
    return {
        "agent_id": call.agent_id,
        "agent_name": "Simulated agent",
        "conversation_id": call.id,
        "start_time_unix_secs": int(call.placed_at.timestamp()),
        "call_duration_secs": call.talk_seconds if call.hung_up else 0,
        "message_count": len(call.performance().lines) if call.hung_up else 0,
        "status": call.status(speed),
        "call_successful": _success(call) if call.finished else "unknown",
        "transcript_summary": text,
        "call_summary_title": title,
        "direction": "outbound",
    }


def transcription_event(call: Call, speed: float) -> dict[str, Any]:
    """Return the webhook of a call that was answered."""
    return _event("post_call_transcription", conversation(call, speed))


def failure_event(call: Call) -> dict[str, Any]:
    """Return the webhook of a call that nobody and nothing answered."""
    data = {
        "agent_id": call.agent_id,
        "conversation_id": call.id,
        "failure_reason": _FAILURE_REASONS[call.scene],
        "metadata": {"type": call.trunk.value, "body": _twilio_body(call) if _is_twilio(call) else _sip_body(call)},
    }
    return _event("call_initiation_failure", data)


def _event(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "event_timestamp": int(clock.now().timestamp()), "data": data}


def _turn(role: str, message: str, at_seconds: int) -> dict[str, Any]:
    return {
        "role": role,
        "message": message,
        "time_in_call_secs": at_seconds,
        "interrupted": False,
        "tool_calls": [],
        "tool_results": [],
    }


def _metadata(call: Call) -> dict[str, Any]:
    seconds = call.talk_seconds if call.hung_up else 0
    return {
        "start_time_unix_secs": int(call.placed_at.timestamp()),
        "call_duration_secs": seconds,
        "cost": seconds * 10,
        "cost_fiat": round(seconds * 0.0015, 4),
        "termination_reason": _TERMINATIONS.get(call.scene, "end_call tool was called.") if call.hung_up else "",
        "main_language": call.play.language,
        "error": {"code": 404, "reason": "the number is not in service"} if _is_invalid(call) else None,
        "phone_call": _phone_call(call),
        "features_usage": {"voicemail_detection": {"enabled": True, "used": call.scene is Scene.VOICEMAIL}},
        "conversation_initiation_source": "twilio" if _is_twilio(call) else "sip_trunk",
        "timezone": None,
    }


def _phone_call(call: Call) -> dict[str, Any]:
    leg = {"stream_sid": f"MZ{call.leg_id[2:]}"} if _is_twilio(call) else {"call_id": call.leg_id}
    return {
        "type": "twilio" if _is_twilio(call) else "sip_trunking",
        "direction": "outbound",
        "phone_number_id": call.from_id,
        "agent_number": "+15550100000",
        "external_number": call.to_number,
        "call_sid": call.leg_id,
        "call_result": _CALL_RESULTS.get(call.scene, "answered") if call.hung_up else None,
        **leg,
    }


def _analysis(call: Call, performance: Performance) -> dict[str, Any]:
    title, text = _SUMMARIES[call.scene]
    return {
        "call_successful": _success(call),
        "transcript_summary": text,
        "call_summary_title": title,
        "evaluation_criteria_results": {
            "goal_reached": {"criteria_id": "goal_reached", "result": _success(call), "rationale": text}
        },
        "data_collection_results": {
            "appointment_time": _collected("appointment_time", performance, call.scene is Scene.BOOKS),
            "callback_time": _collected("callback_time", performance, call.scene is Scene.CALLBACK),
        },
    }


def _collected(name: str, performance: Performance, stated: bool) -> dict[str, Any]:
    when = performance.when.isoformat(timespec="minutes") if stated and performance.when else None
    return {
        "data_collection_id": name,
        "name": name,
        "value": when,
        "json_schema": {"type": "string", "description": "Local date and time, ISO 8601"},
        "rationale": "The customer named it." if when else "Not mentioned in the conversation.",
    }


def _success(call: Call) -> str:
    if call.scene in INTERESTED:
        return "success"
    return "unknown" if call.scene in _TELLS_NOTHING or not call.answered else "failure"


def _twilio_body(call: Call) -> dict[str, str]:
    return {
        "CallSid": call.leg_id,
        "AccountSid": "AC00000000000000000000000000000000",
        "From": "+15550100000",
        "To": call.to_number,
        "CallStatus": _TWILIO_STATUSES[call.scene],
        "Direction": "outbound-api",
        "CallDuration": "0",
        "SipResponseCode": str(_SIP_ANSWERS[call.scene][0]),
    }


def _sip_body(call: Call) -> dict[str, Any]:
    code, reason = _SIP_ANSWERS[call.scene]
    return {
        "from_number": "+15550100000",
        "to_number": call.to_number,
        "sip_status_code": code,
        "sip_status": reason,
        "error_reason": f"SIP {code}: {reason}",
        "call_sid": call.leg_id,
    }


def _is_twilio(call: Call) -> bool:
    return call.trunk is Trunk.TWILIO


def _is_invalid(call: Call) -> bool:
    return call.hung_up and call.scene is Scene.INVALID
