

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_rules_changes'),
        ('customers', '0003_database_rules'),
        ('organizations', '0004_rules_changes'),
        ('targets', '0003_people_and_reviews'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='campaigntarget',
            name='target_due',
        ),
        migrations.AddIndex(
            model_name='campaigntarget',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('state', 'ready')), fields=['campaign', 'next_channel', 'queue_rank', 'next_attempt_at', 'id'], name='target_due'),
        ),
    ]
