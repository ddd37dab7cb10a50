from django.db import migrations, models

from lib.db.operations import note_rules_changes

# The marks of an hour are enough: a copy of the rules is compared with all of them, and taken anew when one goes.
FUNCTION = """
CREATE FUNCTION organizations_rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner uuid;
BEGIN
  IF TG_OP = 'DELETE' THEN owner := to_jsonb(OLD) ->> TG_ARGV[0]; ELSE owner := to_jsonb(NEW) ->> TG_ARGV[0]; END IF;
  DELETE FROM organizations_ruleschange WHERE id IN (
    SELECT id FROM organizations_ruleschange
    WHERE organization_id = owner AND real_at < clock_timestamp() - interval '1 hour' FOR UPDATE SKIP LOCKED);
  INSERT INTO organizations_ruleschange (organization_id, real_at) VALUES (owner, clock_timestamp());
  RETURN NULL;
END $$;
"""
# Pace is written with every send, and no rule.
ACCOUNTS = """
CREATE TRIGGER organizations_provideraccount_rules_changed
  AFTER INSERT OR DELETE OR UPDATE OF kind, credentials_encrypted, base_url, concurrency_limit, calls_per_second,
    stopped_at, deleted_at ON organizations_provideraccount
  FOR EACH ROW EXECUTE FUNCTION organizations_rules_changed('organization_id');
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0003_channels_and_pace")]

    operations = [
        migrations.CreateModel(
            name="RulesChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("real_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["organization_id", "id"], name="rules_change_organization")],
            },
        ),
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        note_rules_changes("organizations_organization", "id"),
        note_rules_changes("organizations_blackout"),
        note_rules_changes("organizations_agent"),
        note_rules_changes("organizations_phonenumber"),
        note_rules_changes("organizations_whatsappchannel"),
        note_rules_changes("organizations_emailchannel"),
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
    ]
