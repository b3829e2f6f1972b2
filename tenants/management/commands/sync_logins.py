"""Give every login its password, its settings and its rights again.

A login may change its own password and settings, so an attack could lock its co-op out. Run this
when a login is refused, after a restore and after a change of DATABASE_LOGIN_SECRET;
`migrate_schemas` does the same at each deployment. It changes nothing where nothing is wrong.
"""

from typing import Any

from coopcycle.db.logins import FEDERATION_LOGIN
from coopcycle.db.owner import OwnerCommand
from tenants.wall import cooperative_schemas, reset_login, secure_cooperative, secure_shared_schema


class Command(OwnerCommand):
    help = "Reset password, settings and rights of every database login."

    def handle(self, *args: Any, **options: Any) -> None:
        secure_shared_schema()
        reset_login(FEDERATION_LOGIN)
        schemas = cooperative_schemas()
        for schema in schemas:
            secure_cooperative(schema)
            reset_login(schema)
        self.stdout.write(f"{len(schemas) + 1} logins are in order.")
