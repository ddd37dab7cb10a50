import django.contrib.postgres.fields
import django.db.models.deletion
import lib.clock
import lib.db.clock
import lib.ids
from django.conf import settings
from django.db import migrations, models

from lib.db.operations import InstallTenantKeys


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_database_rules"),
        ("organizations", "0005_analyzer_choice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(name="importjob", options={"ordering": ["-created_at"], "verbose_name": "import"}),
        migrations.AddField(
            model_name="importjob",
            name="customers_restored",
            field=models.PositiveIntegerField(default=0, help_text="updated ones with their former values again"),
        ),
        migrations.AddField(
            model_name="importjob",
            name="customers_taken_back",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="importjob",
            name="file_removed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="the file, the cells of rejected rows and what undo needs were removed then",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="importjob",
            name="headers",
            field=models.JSONField(default=list, help_text="names of the columns, as read"),
        ),
        migrations.AddField(
            model_name="importjob",
            name="rows_expected",
            field=models.PositiveIntegerField(
                blank=True, help_text="rows of the file, about; null: unknown", null=True
            ),
        ),
        migrations.AddField(
            model_name="importjob",
            name="targets_taken_back",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="importjob",
            name="undo_requested_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="importjob",
            name="undo_requested_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="importjob",
            name="undone_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="importjob",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("completed", "Completed"),
                    ("failed", "Failed"),
                ],
                default="queued",
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("last_row", models.PositiveIntegerField()),
                (
                    "created",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, help_text="customers", size=None
                    ),
                ),
                (
                    "enrolled",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        help_text="targets, also those brought back",
                        size=None,
                    ),
                ),
                (
                    "changed",
                    models.JSONField(
                        default=dict, help_text="{customer: {field: [before, after]}}; emptied when undone"
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="customers.importjob",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("job", "last_row"), name="import_batch_once")],
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=lib.clock.now, editable=False)),
                ("updated_at", lib.db.clock.ClockedUpdateField(default=lib.clock.now, editable=False)),
                ("headers_key", models.CharField(help_text="hash of the set of headers", max_length=64)),
                ("choices", models.JSONField(default=dict, help_text="{header: choice}")),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "headers_key"), name="import_mapping_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRemnant",
            fields=[
                ("id", models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "created customer"),
                            ("target", "enrolment"),
                            ("change", "changed values"),
                        ],
                        max_length=16,
                    ),
                ),
                ("object_id", models.UUIDField(help_text="of the customer; of the target for an enrolment")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("contacted", "they have been contacted, or are being contacted right now"),
                            ("wrote", "they have written to us"),
                            ("enrolled", "they are in a campaign that this import did not put them in"),
                            ("changed", "somebody has changed this since"),
                            ("deleted", "the customer was deleted since"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "fields",
                    models.JSONField(default=list, help_text="names of the fields that keep their imported values"),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remnants",
                        to="customers.importjob",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["job", "id"], name="import_remnant_job")],
            },
        ),
        InstallTenantKeys(),
    ]
