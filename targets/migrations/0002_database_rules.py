from django.db import migrations

from lib.db.operations import InstallTenantKeys, guard_moves

# Frozen: a later change of the lifecycles is a later migration.
TARGET_MOVES = [
    ("ready", "contacting"), ("ready", "done"), ("ready", "suppressed"),
    ("contacting", "ready"), ("contacting", "verifying"), ("contacting", "done"), ("contacting", "suppressed"),
    ("contacting", "review"),
    ("verifying", "ready"), ("verifying", "done"), ("verifying", "suppressed"), ("verifying", "review"),
    ("done", "ready"), ("done", "verifying"), ("done", "suppressed"),
    ("suppressed", "ready"),
    ("review", "ready"), ("review", "verifying"), ("review", "done"), ("review", "suppressed"),
]  # fmt: skip
ATTEMPT_MOVES = [
    ("reserved", "submitting"), ("reserved", "released"),
    ("submitting", "accepted"), ("submitting", "unknown"), ("submitting", "rejected"), ("submitting", "completed"),
    ("submitting", "failed"),
    ("unknown", "accepted"), ("unknown", "completed"), ("unknown", "failed"), ("unknown", "not_placed"),
    ("unknown", "gave_up"),
    ("accepted", "completed"), ("accepted", "failed"),
    ("gave_up", "accepted"), ("gave_up", "completed"), ("gave_up", "failed"),
]  # fmt: skip

ATTEMPT_LOG = """
CREATE FUNCTION targets_attempt_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'the fence of an attempt went back' USING ERRCODE = '23514';
  END IF;
  IF TG_OP = 'INSERT' OR NEW.state IS DISTINCT FROM OLD.state THEN
    INSERT INTO targets_attemptevent
      (attempt_id, campaign_id, organization_id, old_state, new_state, at, real_at)
    VALUES (NEW.id, NEW.campaign_id, NEW.organization_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state,
            app_clock(), clock_timestamp());
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER targets_attempt_log AFTER INSERT OR UPDATE OF state, fence ON targets_attempt
  FOR EACH ROW EXECUTE FUNCTION targets_attempt_log();
"""

# Which counters a row is counted in. The names are listed in docs/glossary.md.
COUNTER_NAMES = """
CREATE FUNCTION targets_campaigntarget_counters(t targets_campaigntarget) RETURNS text[]
  LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN t.deleted_at IS NOT NULL THEN ARRAY[]::text[] ELSE
    ARRAY['targets', 'targets.state.' || t.state, 'targets.stage.' || t.stage, 'targets.label.' || t.ai_label]
    || CASE WHEN t.last_contacted_at IS NOT NULL THEN ARRAY['targets.contacted'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.goal_met_at IS NOT NULL THEN ARRAY['targets.succeeded'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.state = 'done' THEN ARRAY['targets.done.' || t.done_reason] ELSE ARRAY[]::text[] END
    || CASE WHEN t.state = 'done' AND t.goal_met_at IS NULL THEN ARRAY['targets.failed'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.state = 'ready' AND t.calls_made > 0 THEN ARRAY['targets.recall'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.follow_up_required THEN ARRAY['targets.action.follow_up'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.callback_requested THEN ARRAY['targets.action.callback'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.escalation_required THEN ARRAY['targets.action.escalation'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.campaign_goal_result = 'not_met' THEN ARRAY['targets.action.missed_goal'] ELSE ARRAY[]::text[] END
    || CASE WHEN t.campaign_sentiment = 'negative' THEN ARRAY['targets.action.negative_sentiment']
            ELSE ARRAY[]::text[] END
    || CASE WHEN t.follow_up_required OR t.callback_requested OR t.escalation_required
              OR t.campaign_goal_result = 'not_met' OR t.campaign_sentiment = 'negative'
            THEN ARRAY['targets.action'] ELSE ARRAY[]::text[] END
  END $$;

CREATE FUNCTION targets_attempt_counters(a targets_attempt) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a.state IN ('released', 'rejected', 'not_placed') THEN ARRAY[]::text[] ELSE
    ARRAY['attempts.' || a.channel,
          'attempts.' || a.channel || '.' || CASE
            WHEN a.state = 'reserved' THEN 'pending'
            WHEN a.state IN ('submitting', 'unknown', 'accepted') THEN 'in_progress'
            WHEN a.state = 'gave_up' THEN 'gave_up'
            WHEN a.outcome = '' THEN a.state
            ELSE a.outcome END]
    || CASE WHEN a.channel <> 'call' AND a.state = 'completed' THEN ARRAY['attempts.' || a.channel || '.sent']
            ELSE ARRAY[]::text[] END
  END $$;
"""


def counting(table: str) -> str:
    """Return SQL that appends counter deltas for every statement on `table`."""
    counted = "SELECT campaign_id, unnest({table}_counters(r)) AS name, {sign} AS delta FROM {rows} r"
    added = counted.format(table=table, sign=1, rows="new_rows")
    removed = counted.format(table=table, sign=-1, rows="old_rows")
    sources = {
        "INSERT": (added, "NEW TABLE AS new_rows"),
        "UPDATE": (f"{added} UNION ALL {removed}", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        "DELETE": (removed, "OLD TABLE AS old_rows"),
    }
    return "".join(
        f"""
        CREATE FUNCTION {table}_count_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO campaigns_counterdelta (campaign_id, name, delta)
          SELECT campaign_id, name, sum(delta) FROM ({source}) AS changes
          GROUP BY campaign_id, name HAVING sum(delta) <> 0;
          RETURN NULL;
        END $$;
        CREATE TRIGGER {table}_count_{event.lower()} AFTER {event} ON {table} REFERENCING {tables}
          FOR EACH STATEMENT EXECUTE FUNCTION {table}_count_{event.lower()}();
        """
        for event, (source, tables) in sources.items()
    )


# Hot tables: vacuum by small steps, and leave room on a page for the next version of a row.
STORAGE = """
ALTER TABLE targets_campaigntarget SET
  (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
ALTER TABLE targets_attempt SET
  (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
ALTER TABLE targets_inboxevent SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
ALTER TABLE targets_outboxmessage SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
"""


class Migration(migrations.Migration):
    dependencies = [("targets", "0001_initial"), ("customers", "0003_database_rules")]

    operations = [
        InstallTenantKeys(),
        guard_moves("targets_campaigntarget", "state", TARGET_MOVES),
        guard_moves("targets_attempt", "state", ATTEMPT_MOVES),
        migrations.RunSQL(ATTEMPT_LOG, migrations.RunSQL.noop),
        migrations.RunSQL(COUNTER_NAMES, migrations.RunSQL.noop),
        migrations.RunSQL(counting("targets_campaigntarget"), migrations.RunSQL.noop),
        migrations.RunSQL(counting("targets_attempt"), migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
