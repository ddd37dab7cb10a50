from django.db import migrations

from lib.db.operations import InstallTenantKeys, append_only


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_initial"), ("campaigns", "0003_database_rules")]

    operations = [InstallTenantKeys(), append_only("customers_dialledger")]
