"""Superset's settings for the test: everything in one folder, its API without a browser's token.

Nothing here is needed to read the published file; what a real installation sets is in
docs/bi/superset.md.
"""

import os
import secrets

SECRET_KEY = secrets.token_hex(32)
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db"
WTF_CSRF_ENABLED = False
