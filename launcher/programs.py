"""Say which programs make up the system, and the environment they share."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from launcher.child import Program
from launcher.keys import encryption_keys, load_or_make_keys
from launcher.ports import HOST
from launcher.services import ServiceUrls

WORKER_IS_READY = "[ready]"
# Two, because the threads of one Python process share one core.
WORKERS = ("worker", "worker-2")
QUEUES = "dial,inbox,sweep,outgoing,bulk,default"


def servers_from_environment() -> ServiceUrls | None:
    """Return the caller's own servers, None unless DATABASE_URL and REDIS_URL are both set."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not (database_url and redis_url):
        return None
    return ServiceUrls(database_url, redis_url, os.environ.get("CACHE_URL") or redis_url)


def local_url(port: int) -> str:
    """Return the address of a server of ours."""
    return f"http://{HOST}:{port}"


def addresses_at(web_port: int, simulator_port: int, mail_port: int) -> dict[str, str]:
    """Return the variables that tell every program where web, simulator and its mail server are."""
    return {
        # The caller's PUBLIC_URL wins: a tunnel through which real providers reach the webhooks.
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or local_url(web_port),
        "SIMULATOR_URL": local_url(simulator_port),
        "SIMULATOR_MAIL_URL": f"smtp://{HOST}:{mail_port}",
    }


def environment_of(data_dir: Path, urls: ServiceUrls, addresses: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the programs: the caller's, with ours for the servers and the addresses."""
    load_or_make_keys(data_dir)  # with the caller's own servers nobody has made them yet
    simulator_url = addresses["SIMULATOR_URL"]
    the_caller_may_override = {
        **encryption_keys(data_dir),
        "ELEVENLABS_BASE_URL": simulator_url,
        "WHATSAPP_BASE_URL": simulator_url,
        "ANALYSIS_BASE_URL": f"{simulator_url}/v1",
        "EMAIL_BASE_URL": addresses["SIMULATOR_MAIL_URL"],
    }
    # A proxy of the caller's environment must not come between our own programs.
    unproxied = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), HOST, "localhost"]))
    return {
        **the_caller_may_override,
        **os.environ,
        **urls.as_environment(),
        **addresses,
        "SIMULATOR_ACCOUNTS": str(_accounts(data_dir)),
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": unproxied,
        "no_proxy": unproxied,
    }


def _accounts(data_dir: Path) -> Path:
    return data_dir / "simulator" / "accounts.json"


def programs_of(
    data_dir: Path, web_port: int, addresses: Mapping[str, str], simulator_options: Sequence[str]
) -> list[Program]:
    """Return the programs in the order of their start, which is the reverse of the order they are stopped in."""
    python, simulator_url = sys.executable, addresses["SIMULATOR_URL"]
    celery = ["--quiet", "-A", "config"]
    simulator_log = _accounts(data_dir).with_name("log.jsonl")
    simulator_log.parent.mkdir(exist_ok=True)
    # fmt: off
    return [
        Program(
            "simulator",
            [python, "manage.py", "simulator", "--port", simulator_url.rpartition(":")[2],
             "--mail-port", addresses["SIMULATOR_MAIL_URL"].rpartition(":")[2],
             "--log", str(simulator_log), "--accounts", str(_accounts(data_dir)), *simulator_options],
            ready_url=simulator_url,
        ),
        *(
            Program(
                name,
                [python, "-m", "launcher.celery_worker", *celery, "worker", "-n", f"{name}@%h", "-P", "threads",
                 "-c", "8", "-Q", QUEUES, "--without-gossip", "--without-mingle"],
                ready_line=WORKER_IS_READY,
                grace_seconds=30,  # longer than the worker's own soft shutdown
                environment={"PROCESS_ROLE": "worker"},
            )
            for name in WORKERS
        ),
        # No pid file: one that a crash leaves behind would keep the next beat from starting.
        Program("beat", [python, "-m", "celery", *celery, "beat", "-s", str(data_dir / "beat-schedule"), "--pidfile="]),
        Program(
            "web",
            [python, "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{web_port}", "--worker-class", "gthread",
             "--workers", "2", "--threads", "4", "--no-control-socket"],
            ready_url=f"{local_url(web_port)}/readyz",
            environment={"PROCESS_ROLE": "web"},
        ),
    ]
    # fmt: on
