
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0006_say_whatsapp'),
        ('customers', '0005_say_whatsapp'),
        ('organizations', '0006_bulk_jobs'),
        ('targets', '0005_rounds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='attempt',
            name='channel',
            field=models.CharField(choices=[('call', 'Call'), ('whatsapp', 'WhatsApp'), ('email', 'Email')], max_length=16),
        ),
        migrations.AlterField(
            model_name='campaigntarget',
            name='next_channel',
            field=models.CharField(choices=[('call', 'Call'), ('whatsapp', 'WhatsApp'), ('email', 'Email')], default='call', max_length=16),
        ),
        migrations.AlterField(
            model_name='campaigntarget',
            name='whatsapp_sent',
            field=models.PositiveIntegerField(default=0, verbose_name='WhatsApp sent'),
        ),
        migrations.AlterField(
            model_name='inboundmessage',
            name='channel',
            field=models.CharField(choices=[('call', 'Call'), ('whatsapp', 'WhatsApp'), ('email', 'Email')], max_length=16),
        ),
    ]
