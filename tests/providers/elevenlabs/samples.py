"""What ElevenLabs sends, as its documentation and library describe it."""

from __future__ import annotations

import copy
from typing import Any

_CONVERSATION: dict[str, Any] = {
    "agent_id": "agent_1",
    "conversation_id": "conv_1",
    "user_id": "attempt-1",
    "status": "done",
    "transcript": [
        {"role": "agent", "message": "Hello, this is Clara.", "time_in_call_secs": 0},
        {"role": "user", "message": " Hi, who is it? ", "time_in_call_secs": 4, "interrupted": False},
        {"role": "agent", "message": None, "tool_calls": [{"tool_name": "end_call"}], "time_in_call_secs": 65},
        {"role": "agent", "message": "Goodbye.", "time_in_call_secs": 66},
    ],
    "metadata": {
        "start_time_unix_secs": 1_700_000_000,
        "call_duration_secs": 71,
        "termination_reason": "Call ended by remote party",
        "phone_call": {"type": "twilio", "direction": "outbound", "call_sid": "CA1", "call_result": "answered"},
        "features_usage": {"voicemail_detection": {"enabled": True, "used": False}},
    },
    "analysis": {
        "call_successful": "success",
        "transcript_summary": "They agreed to a visit.",
        "call_summary_title": "Visit agreed",
        "data_collection_results": {"budget": {"data_collection_id": "budget", "value": 1200, "rationale": "said so"}},
    },
    "conversation_initiation_client_data": {
        "user_id": "attempt-1",
        "dynamic_variables": {"attempt_id": "attempt-1", "lead_name": "Ana"},
    },
}


def conversation(**changes: Any) -> dict[str, Any]:
    """Return a conversation of two speakers that ended well, with some of its top-level fields changed."""
    return {**copy.deepcopy(_CONVERSATION), **changes}


def ended(
    *, status: str = "done", call_result: object = None, reason: str = "", voicemail_tool: bool = False, **changes: Any
) -> dict[str, Any]:
    """Return a conversation in which nobody spoke, ended as told."""
    metadata = {
        "call_duration_secs": 0,
        "termination_reason": reason,
        "phone_call": {"call_result": call_result},
        "features_usage": {"voicemail_detection": {"enabled": True, "used": voicemail_tool}},
    }
    return conversation(**{"status": status, "metadata": metadata, "transcript": [], **changes})


def initiation_failure(reason: str, metadata: object = None) -> dict[str, Any]:
    """Return the data of a call that never became a conversation."""
    return {"agent_id": "agent_1", "conversation_id": "conv_1", "failure_reason": reason, "metadata": metadata}
