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
        ('organizations', '0005_analyzer_choice'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=lib.clock.now, editable=False)),
                ('updated_at', lib.db.clock.ClockedUpdateField(default=lib.clock.now, editable=False)),
                ('action', models.CharField(help_text='its name among the registered actions', max_length=64)),
                ('title', models.CharField(help_text='what is done, in words', max_length=255)),
                ('options', models.JSONField(default=dict, help_text='what the action was told, such as the stage')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('completed', 'Completed'), ('stopped', 'Stopped')], default='queued', max_length=16)),
                ('why_stopped', models.CharField(blank=True, max_length=255)),
                ('rows_total', models.PositiveIntegerField()),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('rows_skipped', models.PositiveIntegerField(default=0, help_text='the domain refused them, with a reason')),
                ('rows_failed', models.PositiveIntegerField(default=0, help_text='they could not be carried out')),
                ('reasons', models.JSONField(default=dict, help_text='{reason: {rows: number, first: [ids]}}')),
                ('leased_until', models.DateTimeField(blank=True, help_text='real time; a worker has it until then', null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bulk_jobs', to='organizations.organization')),
            ],
            options={
                'verbose_name': 'bulk action',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='BulkPart',
            fields=[
                ('id', models.UUIDField(default=lib.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('first_row', models.PositiveIntegerField(help_text='how many rows of the job stand before it')),
                ('row_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='organizations.bulkjob')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
        ),
        migrations.AddIndex(
            model_name='bulkjob',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['leased_until'], name='bulk_job_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='bulkpart',
            constraint=models.UniqueConstraint(fields=('job', 'first_row'), name='bulk_part_once'),
        ),
        InstallTenantKeys(),
    ]
