from django.db import migrations

from lib.db.operations import note_rules_changes


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_cadence"), ("organizations", "0004_rules_changes")]

    operations = [
        note_rules_changes("campaigns_campaign"),
        note_rules_changes("campaigns_configuration"),
        note_rules_changes("campaigns_stage"),
    ]
