
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0005_rules_changes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='campaign',
            name='first_contact_channel',
            field=models.CharField(choices=[('call', 'Call'), ('whatsapp', 'WhatsApp')], default='call', max_length=16),
        ),
    ]
