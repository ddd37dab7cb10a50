"""Drive the REST API the way a client would."""

from __future__ import annotations

from typing import Any

import httpx2

GOAL = "The person agrees to come to the product demo."


class Client:
    """A small client of the Umanize dialect."""

    def __init__(self, base_url: str, key: str) -> None:
        self._http = httpx2.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=30, trust_env=False)

    def create_campaign(self) -> str:
        """Create the demo's campaign with the organization's first agent, number and channel; return its id."""
        created = self._call(
            "POST",
            "/campaigns",
            {
                "name": "Invite customers to the spring demo",
                "agent_id": self._first("/agents"),
                "phone_number_id": self._first("/phone-numbers"),
                "whatsapp_channel_id": self._first("/whatsapp-channels"),
                "goal": GOAL,
                "goal_spec": {"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.6}]},
                "call_opening_message": "Hello {{name}}, this is Ana from {{organization}}. Do you have a minute?",
                "whatsapp_first_message": "Hello {{name}}, we tried to call you about our spring demo. Shall we talk?",
                "whatsapp_after_attempts": 2,
                "call_attempt_delays": [45],
                # Every day, so that nobody has to wait for a weekend to go by.
                "call_working_hours": {"start": "09:00:00", "end": "19:00:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]},
            },
        )
        return str(created["id"])

    def start(self, campaign_id: str) -> None:
        self._call("POST", f"/campaigns/{campaign_id}/start", None)

    def _first(self, path: str) -> str:
        return str(self._call("GET", path, None)["data"][0]["id"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        response = self._http.request(method, path, json=body)
        if response.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {response.status_code} {response.text[:500]}")
        return response.json()
