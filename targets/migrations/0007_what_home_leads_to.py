from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('targets', '0006_say_whatsapp'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='campaigntarget',
            index=models.Index(condition=models.Q(('goal_met_at__isnull', False)), fields=['organization', 'goal_met_at'], name='target_goal_met'),
        ),
        AddIndexConcurrently(
            model_name='campaigntarget',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('callback_requested', True)), fields=['organization', '-id'], name='target_callback'),
        ),
        AddIndexConcurrently(
            model_name='campaigntarget',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('escalation_required', True)), fields=['organization', '-id'], name='target_escalation'),
        ),
        AddIndexConcurrently(
            model_name='campaigntarget',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('follow_up_required', True)), fields=['organization', '-id'], name='target_follow_up'),
        ),
    ]
