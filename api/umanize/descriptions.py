"""What the OpenAPI document says of each operation beyond its structure: a line, a paragraph, an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

_CAMPAIGN = "0190c1f4-7b1e-7c4a-9d55-1f2e3d4c5b6a"
_AGENT = "0190c1f4-7b1e-7c4a-9d55-1f2e3d4c5b6b"
_NUMBER = "0190c1f4-7b1e-7c4a-9d55-1f2e3d4c5b6c"
_CUSTOMER = "0190c1f4-7b1e-7c4a-9d55-1f2e3d4c5b6d"
_GOAL = {"objectives": [{"type": "ai", "label_in": ["positive"], "min_score": 0.6}]}


class Told(NamedTuple):
    """What is told of one operation; `example` is a request's body."""

    summary: str
    description: str = ""
    example: Any = None


OPERATIONS: Mapping[str, Told] = {
    "create_token": Told(
        "Log in with email and password",
        "Exchange email and password for an access token (15 minutes) and a refresh token (14 days). Members of"
        " several organizations name one. A disabled user, a changed password or a membership that is gone ends both.",
        {"email": "ada@example.com", "password": "correct horse battery staple", "organization": "acme"},
    ),
    "refresh_token": Told("Get the next pair of tokens", example={"refresh_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"}),
    "list_campaigns_campaigns_get": Told(
        "List campaigns",
        "Newest first. Who is no admin sees their own. `total` is exact up to 10,000; beyond, it only says that there"
        " is more to read. `sort_field`: created_at, updated_at, name, status, started_at.",
    ),
    "create_campaign_campaigns_post": Told(
        "Create a campaign",
        "It begins as a draft with four stages. `status` may ask for more; what is not ready to start is refused as a"
        " whole with 409, naming what is missing. Hours are those of each person's own clock.",
        {
            "name": "Spring demo",
            "agent_id": _AGENT,
            "phone_number_id": _NUMBER,
            "goal": "The person agrees to come to the product demo.",
            "goal_spec": _GOAL,
            "call_attempt_delays": [60, 240],
            "call_working_hours": {"start": "09:00:00", "end": "19:00:00", "weekdays": [0, 1, 2, 3, 4]},
        },
    ),
    "get_campaign_detail_campaigns__campaign_id__get": Told(
        "Read a campaign",
        "With its numbers, what it still needs before it can start, and its stages. Costs the same at any size.",
    ),
    "update_campaign_campaigns__campaign_id__patch": Told(
        "Change a campaign",
        "What is not named stays. Null empties channels and texts. A changed goal is applied to every contact, before"
        " the answer or, with more than 10,000 of them, within minutes: who meets it now is won and left alone, who met"
        " only the old one goes on where contacts are left. `status` is looked at last.",
        {"name": "Spring demo, second week", "status": "running"},
    ),
    "delete_campaign_campaigns__campaign_id__delete": Told(
        "Delete a campaign",
        "Hides and stops it; `restore` brings it back. `purge` removes it for good, hidden or not; `delete_attempts`"
        " removes its calls and messages too. A call under way ends first. What was dialed stays in a ledger without"
        " personal data, because limits rest on it.",
    ),
    "update_campaign_goal_campaigns__campaign_id__goal_patch": Told(
        "Change a campaign's goal", "As changing the campaign, of the goal alone.", {"goal_spec": _GOAL}
    ),
    "restore_campaign_campaigns__campaign_id__restore_post": Told(
        "Bring a deleted campaign back",
        "It contacts nobody until it is started. One that is not deleted stays as it is.",
    ),
    "start_campaign": Told("Start a campaign", "409 names every check that is missing."),
    "pause_campaign": Told("Pause a campaign", "Nothing new goes out; what is under way ends."),
    "resume_campaign": Told("Let a paused campaign go on"),
    "complete_campaign": Told("Declare a campaign done", "It can be started again."),
    "get_campaign_analytics": Told(
        "Read a campaign's numbers", "Read from counters, so at the same cost for ten contacts and a million."
    ),
    "list_campaign_activity": Told("Read a campaign's timeline", "Newest first. `q` searches the kinds of events."),
    "list_stages": Told("List a campaign's stages", "By position."),
    "create_stage": Told("Add a stage", example={"name": "Call back", "semantic_type": "active", "color": "#2f9e44"}),
    "get_stage": Told("Read a stage"),
    "update_stage": Told("Change a stage", "Its key stays. A system stage keeps its meaning.", {"name": "Agreed"}),
    "delete_stage": Told("Delete a stage", "Who stands in it goes where the goal puts them. System stages stay: 409."),
    "list_campaign_targets_campaigns__campaign_id__targets_get": Told(
        "List a campaign's contacts",
        "Aggregations count the whole campaign, whatever the filters. `sort_field`: created_at, updated_at, stage,"
        " ai_label, ai_score, calls_made, last_contacted_at.",
    ),
    "delete_campaign_target_campaigns__campaign_id__targets__target_id__delete": Told(
        "Take a contact out of a campaign",
        "`purge` removes them with their attempts for good, once nothing is under way.",
    ),
    "restore_campaign_target_campaigns__campaign_id__targets__target_id__restore_post": Told(
        "Bring a contact back", "As they stood; who opted out meanwhile is not contacted."
    ),
    "update_campaign_target_stage_campaigns__campaign_id__targets__target_id__stage_patch": Told(
        "Move a contact to a stage", "It stands until the contact is judged again.", {"stage": "won"}
    ),
    "verify_goal_for_target_campaigns__campaign_id__targets__target_id__verify_goal_post": Told(
        "Have a contact's conversations read now",
        "All completed calls, oldest first, are read against the campaign's goal; the stage follows. Without a"
        " conversation the label stays `unknown` and `ai_reason` says why. 503 while the analyzer does not answer.",
    ),
    "enroll_targets_bulk_campaigns__campaign_id__targets_bulk_post": Told(
        "Enrol customers",
        "Up to 1000 a request. Who is there already is skipped, who was removed comes back, who is unknown is an error"
        " of their row, counted from 1.",
        {"items": [{"customer_id": _CUSTOMER}, {"customer_id": _CAMPAIGN, "assigned_agent_id": _AGENT}]},
    ),
    "create_customer_and_enroll_campaigns__campaign_id__targets_create_customer_post": Told(
        "Write somebody down and enrol them",
        "Needs an email or a phone (400). Who has the same email or phone as a contact of this campaign is skipped"
        " with the reason, however often and by however many requests at once. The first contact is due at once.",
        {"customer_id": "crm-1042", "name": "Ada", "phone": "+393471234567"},
    ),
    "import_campaign_targets": Told(
        "Import a file of contacts",
        "CSV or Excel (.xlsx), up to 50 MB, admins only. Small files are imported before the answer (200); large ones"
        " become a job (202) to be asked about at `/imports/{import_id}`.",
    ),
    "import_customers": Told("Import a file of customers", "As into a campaign, without enrolling anybody."),
    "list_imports": Told("List imports"),
    "get_import": Told("Read how far an import is"),
    "download_import_errors": Told(
        "Download the rows that were not imported", "CSV; corrected and without its first three columns, importable."
    ),
    "list_customers": Told(
        "List customers", "`q` searches names, email, phone and customer id; `status` is compared as it is."
    ),
    "create_customer": Told(
        "Create a customer",
        "Phones are stored in E.164; one without a country code is read as the organization's country.",
        {"customer_id": "crm-1042", "name": "Ada", "surname": "Bianchi", "phone": "347 123 4567"},
    ),
    "get_customer": Told("Read a customer"),
    "update_customer": Told("Change a customer", "Null empties a property.", {"status": "lead", "surname": "Bianchi"}),
    "delete_customer": Told("Delete a customer", "Hidden, not erased; `restore` brings them back."),
    "restore_customer": Told("Bring a deleted customer back", "409 where another one has taken their customer id."),
    "list_customer_campaigns_customers__customer_id__campaigns_get": Told("List the campaigns a customer is in"),
    "list_calls": Told(
        "List calls",
        "Newest first. `campaign_id`, `status` and `outcome` take several words with commas; the outcome `null` is one"
        " nobody knows (yet). A call whose campaign was removed for good has no campaigns.",
    ),
}
_CHANNELS: Mapping[str, tuple[str, str, Any, Any]] = {
    "agent": (
        "an agent",
        "agents",
        {"name": "Ana", "external_id": "agent_01", "language": "it", "timezone": "Europe/Rome"},
        {"opening_message": "Buongiorno!"},
    ),
    "phone_number": (
        "a phone number",
        "phone numbers",
        {"number": "+390212345678", "label": "Milan", "external_id": "phnum_01"},
        {"label": "Milan, second line"},
    ),
    "whatsapp_channel": (
        "a WhatsApp channel",
        "WhatsApp channels",
        {"name": "Sales", "external_id": "1029384756", "template_name": "follow_up", "template_language": "it"},
        {"template_name": "follow_up_2"},
    ),
    "email_channel": (
        "an email channel",
        "email channels",
        {"name": "Sales", "from_address": "sales@example.com"},
        {"reply_to": "ana@example.com"},
    ),
}


def told_of(operation_id: str) -> Told:
    """Return what is told of an operation. Raises KeyError for one nobody has described."""
    if operation_id in OPERATIONS:
        return OPERATIONS[operation_id]
    verb, _, word = operation_id.partition("_")
    one, many, creation, change = _CHANNELS[word.removesuffix("s") if verb == "list" else word]
    return {
        "list": Told(f"List {many}"),
        "create": Told(f"Create {one}", example=creation),
        "get": Told(f"Read {one}"),
        "update": Told(f"Change {one}", example=change),
        "delete": Told(f"Delete {one}", "409 while a campaign that is not over needs it."),
    }[verb]
