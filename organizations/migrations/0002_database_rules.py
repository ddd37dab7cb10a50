from django.db import migrations

from lib.db.operations import InstallTenantKeys, append_only


class Migration(migrations.Migration):
    dependencies = [("organizations", "0001_initial")]

    operations = [InstallTenantKeys(), append_only("organizations_auditevent")]
