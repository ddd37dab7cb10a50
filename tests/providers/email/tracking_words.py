"""What each email service calls the events that ours are named after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NO_SUCH_USER = "smtp;550 5.1.1 <ana@example.com>: Recipient address rejected: User unknown"
_SPAM_LIKE = "smtp;550 5.7.1 Our system has detected that this message is likely unsolicited mail"

WORDS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "postmark": {
        "delivered": {"RecordType": "Delivery", "DeliveredAt": "2026-06-01T14:59:58Z", "Details": "250 ok"},
        "opened": {"RecordType": "Open", "FirstOpen": True, "ReceivedAt": "2026-06-01T14:59:58Z"},
        "clicked": {
            "RecordType": "Click",
            "OriginalLink": "https://example.org",
            "ReceivedAt": "2026-06-01T14:59:58Z",
        },
        "dead": {
            "RecordType": "Bounce",
            "ID": 4323372036854775807,
            "Type": "HardBounce",
            "TypeCode": 1,
            "Description": "The server was unable to deliver your message (ex: unknown user).",
            "Details": _NO_SUCH_USER,
            "BouncedAt": "2026-06-01T14:59:58Z",
            "Inactive": True,
        },
        "full": {
            "RecordType": "Bounce",
            "ID": 4323372036854775808,
            "Type": "SoftBounce",
            "Details": "smtp;452 4.2.2 mailbox full",
            "BouncedAt": "2026-06-01T14:59:58Z",
        },
        "deferred": {"RecordType": "Bounce", "ID": 5, "Type": "Transient", "BouncedAt": "2026-06-01T14:59:58Z"},
        "autoresponded": {
            "RecordType": "Bounce",
            "ID": 6,
            "Type": "AutoResponder",
            "BouncedAt": "2026-06-01T14:59:58Z",
        },
        "complained": {
            "RecordType": "SpamComplaint",
            "ID": 7,
            "Type": "SpamComplaint",
            "BouncedAt": "2026-06-01T14:59:58Z",
        },
        "unsubscribed": {
            "RecordType": "SubscriptionChange",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Origin": "Recipient",
            "ChangedAt": "2026-06-01T14:59:58Z",
        },
        "subscribed": {
            "RecordType": "SubscriptionChange",
            "SuppressSending": False,
            "SuppressionReason": None,
            "Origin": "Recipient",
            "ChangedAt": "2026-06-01T14:59:58Z",
        },
    },
    "mailgun": {
        "delivered": {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
        "opened": {"event": "opened", "client-info": {"user-agent": "Mozilla/5.0"}},
        "clicked": {"event": "clicked", "url": "https://example.org"},
        "dead": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": _NO_SUCH_USER, "description": ""},
        },
        "blocked": {
            "event": "failed",
            "severity": "permanent",
            "reason": "generic",
            "delivery-status": {"code": 550, "message": _SPAM_LIKE, "description": ""},
        },
        "deferred": {"event": "failed", "severity": "temporary", "reason": "generic"},
        "complained": {"event": "complained"},
        "unsubscribed": {"event": "unsubscribed"},
    },
    "resend": {
        "sent": {"type": "email.sent"},
        "delivered": {"type": "email.delivered"},
        "opened": {"type": "email.opened"},
        "clicked": {"type": "email.clicked", "click": {"link": "https://example.org", "userAgent": "Mozilla/5.0"}},
        "dead": {
            "type": "email.bounced",
            "bounce": {
                "message": "The recipient's email provider sent a hard bounce message, 5.1.1.",
                "type": "Permanent",
                "subType": "General",
            },
        },
        "full": {
            "type": "email.bounced",
            "bounce": {
                "message": "The recipient's email provider sent a bounce message because the inbox was full.",
                "type": "Transient",
                "subType": "MailboxFull",
            },
        },
        "deferred": {"type": "email.delivery_delayed"},
        "complained": {"type": "email.complained"},
    },
    "brevo": {
        "queued": {"event": "request"},
        "delivered": {"event": "delivered"},
        "opened": {"event": "unique_opened"},
        "clicked": {"event": "click", "link": "https://example.org"},
        "dead": {"event": "hard_bounce", "reason": "550 5.1.1 user unknown"},
        "full": {"event": "soft_bounce", "reason": "452 4.2.2 mailbox full"},
        "blocked": {"event": "blocked", "reason": "blocked : due to blacklist user"},
        "deferred": {"event": "deferred", "reason": "421 4.7.0 try again later"},
        "complained": {"event": "spam"},
        "unsubscribed": {"event": "unsubscribe"},
    },
    "mailersend": {
        "sent": {"type": "sent"},
        "delivered": {"type": "delivered"},
        "opened": {"type": "opened"},
        "clicked": {"type": "clicked", "morph": {"object": "click", "url": "https://example.org"}},
        "dead": {
            "type": "hard_bounced",
            "morph": {"object": "recipient_bounce", "reason": "550 5.1.1 user unknown"},
        },
        "full": {"type": "soft_bounced", "morph": {"object": "recipient_bounce", "reason": "452 4.2.2 full"}},
        "complained": {"type": "spam_complaint", "morph": {"object": "spam_complaint"}},
        "unsubscribed": {"type": "unsubscribed", "morph": {"object": "recipient_unsubscribe"}},
    },
    "mailjet": {
        "delivered": {"event": "sent", "smtp_reply": "sent (250 2.0.0 OK)"},
        "opened": {"event": "open", "ip": "192.0.2.9"},
        "clicked": {"event": "click", "url": "https://example.org"},
        "dead": {
            "event": "bounce",
            "hard_bounce": True,
            "error_related_to": "recipient",
            "error": "user unknown",
        },
        "full": {
            "event": "bounce",
            "hard_bounce": False,
            "error_related_to": "recipient",
            "error": "quota exceeded",
        },
        "asked before": {"event": "blocked", "error_related_to": "recipient", "error": "spam reporter"},
        "complained": {"event": "spam", "source": "JMRPP"},
        "unsubscribed": {"event": "unsub", "mj_list_id": 1},
    },
    "sparkpost": {
        "queued": {"type": "injection"},
        "delivered": {"type": "delivery"},
        "opened": {"group": "track_event", "type": "open"},
        "clicked": {"group": "track_event", "type": "click", "target_link_url": "https://example.org"},
        "dead": {"type": "bounce", "bounce_class": "10", "raw_reason": "550 5.1.1 user unknown"},
        "full": {"type": "bounce", "bounce_class": "22", "raw_reason": "452 4.2.2 mailbox full"},
        "blocked": {"type": "bounce", "bounce_class": "51", "raw_reason": "554 5.7.1 blocked as spam"},
        "deferred": {"type": "delay", "bounce_class": "20"},
        "autoresponded": {"type": "bounce", "bounce_class": "60"},
        "complained": {"type": "spam_complaint"},
        "unsubscribed": {"group": "unsubscribe_event", "type": "list_unsubscribe"},
    },
    "mailtrap": {
        "delivered": {"event": "delivery"},
        "opened": {"event": "open"},
        "clicked": {"event": "click", "url": "https://example.org"},
        "dead": {"event": "bounce", "response": "550 5.1.1 user unknown", "response_code": 550},
        "deferred": {"event": "soft bounce", "response": "452 4.2.2 mailbox full", "response_code": 452},
        "complained": {"event": "spam"},
        "unsubscribed": {"event": "unsubscribe"},
    },
}
