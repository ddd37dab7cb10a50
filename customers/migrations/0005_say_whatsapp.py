
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_import_drafts_mappings_and_undo'),
    ]

    operations = [
        migrations.AlterField(
            model_name='dialledger',
            name='channel',
            field=models.CharField(choices=[('call', 'Call'), ('whatsapp', 'WhatsApp'), ('email', 'Email')], max_length=16),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='channel',
            field=models.CharField(blank=True, choices=[('call', 'Call'), ('whatsapp', 'WhatsApp'), ('email', 'Email')], help_text='empty: every channel', max_length=16),
        ),
    ]
