"""A project of a few lines with the programs that the launcher starts, to test it without the real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

from launcher.paths import CHECKOUT

FILES = {
    "manage.py": """
import http.server, json, os, sys
command, arguments = sys.argv[1], sys.argv[2:]

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

if command == "migrate":
    print("migrated", os.environ["DATABASE_URL"][:10])
elif command == "seed_demo":
    names = ("admin_email", "admin_password", "api_key", "organization", "campaign_id")
    print(json.dumps({name: f"the {name}" for name in names}))
elif command == "simulator":
    port = int(arguments[arguments.index("--port") + 1])
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Page).serve_forever()
else:
    sys.exit(f"no command {command}")
""",
    "config/__init__.py": "",
    "config/wsgi.py": """
import os

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ[environ["PATH_INFO"].strip("/")].encode() if "URL" in environ["PATH_INFO"] else b"ready"]
""",
    "config/celery.py": """
import os
from celery import Celery
app = Celery("tiny", broker=os.environ["REDIS_URL"])
app.conf.task_queues = {}
""",
    "config/settings/__init__.py": "",
    "config/settings/local.py": "SECRET_KEY = 'tiny'\n",
}


def make_tiny_project(folder: Path) -> Path:
    """Write the project and the launcher itself into `folder`, as a checkout of its own."""
    shutil.copytree(CHECKOUT / "launcher", folder / "launcher", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder
