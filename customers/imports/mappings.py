"""Remember what an organization took the columns of a file for, and propose it for the next with the same headers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from customers.imports.columns import FIELDS, guess_choices
from customers.models import CustomField, ImportJob, ImportMapping
from organizations.models import Organization


def propose_choices(*, organization: Organization, headers: Sequence[str]) -> tuple[dict[str, str], bool]:
    """Return ``{header: choice}`` for a file's columns, and whether it was remembered from an earlier file.

    A choice is one of `FIELDS` or the key of a custom field; one that was deleted since is guessed afresh.
    """
    labels = dict(CustomField.objects.for_organization(organization).values_list("key", "label"))
    guessed = guess_choices(headers, custom_fields=labels)
    remembered = ImportMapping.objects.for_organization(organization).filter(headers_key=_key(headers)).first()
    if remembered is None:
        return guessed, False
    known = {*FIELDS, *labels}
    stored = {header: field for header, field in remembered.choices.items() if field in known}
    return {header: stored.get(header, guess) for header, guess in guessed.items()}, True


def remember_choices(*, job: ImportJob, choices: Mapping[str, str]) -> None:
    """Propose `choices` for the organization's next file with these headers, in whatever order."""
    ImportMapping.objects.update_or_create(
        organization_id=job.organization_id, headers_key=_key(list(choices)), defaults={"choices": dict(choices)}
    )


def _key(headers: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(sorted(headers)).encode()).hexdigest()
