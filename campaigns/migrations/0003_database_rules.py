from django.db import migrations

from lib.db.operations import InstallTenantKeys, guard_moves

# Frozen: a later change of the lifecycle is a later migration.
MOVES = [
    ("draft", "scheduled"), ("draft", "running"), ("draft", "completed"), ("draft", "closed"),
    ("scheduled", "draft"), ("scheduled", "running"), ("scheduled", "paused"), ("scheduled", "completed"),
    ("scheduled", "closed"),
    ("running", "paused"), ("running", "completed"), ("running", "closed"),
    ("paused", "scheduled"), ("paused", "running"), ("paused", "completed"), ("paused", "closed"),
    ("completed", "running"), ("completed", "closed"),
]  # fmt: skip

# Stamped inside the transaction of the change, so that "no dial while not running" is a query, not a hope.
STATUS_LOG = """
CREATE FUNCTION campaigns_campaign_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO campaigns_campaignevent (campaign_id, old_status, new_status, at)
    VALUES (NEW.id, NULL, NEW.status, app_clock());
  ELSIF NEW.status IS DISTINCT FROM OLD.status THEN
    INSERT INTO campaigns_campaignevent (campaign_id, old_status, new_status, at)
    VALUES (NEW.id, OLD.status, NEW.status, app_clock());
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER campaigns_campaign_log AFTER INSERT OR UPDATE OF status ON campaigns_campaign
  FOR EACH ROW EXECUTE FUNCTION campaigns_campaign_log();
ALTER TABLE campaigns_counterdelta SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_initial"), ("organizations", "0002_database_rules")]

    operations = [
        InstallTenantKeys(),
        guard_moves("campaigns_campaign", "status", MOVES),
        migrations.RunSQL(STATUS_LOG, migrations.RunSQL.noop),
    ]
