"""A whole attempt: claim, decision, dial, webhook, outcome, reading, next step, by the real programs on two servers."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.measuring import Ratio, cpu_of
from benchmarks.people import enrol_people, new_campaign, new_organization
from campaigns.services.lifecycle import start_campaign
from launcher.services import server_pids
from providers.base import Accepted, CallRequest
from providers.elevenlabs.voice import ElevenLabsVoice
from providers.simulator.config import SimulatorConfig
from providers.simulator.server import Simulator
from targets.invariants import check_invariants
from targets.models import CampaignTarget
from targets.simulation import write_simulator_accounts

PERSONAS = ("agrees", "declines", "undecided", "always_voicemail")
GOAL_PER_SECOND = 200
_LINES = 400
_LIMIT_SECONDS = 900.0


def run(size: int) -> list[Ratio]:
    """Call min(size, 2000) people once each, and compare the CPU with that of the calls and webhooks alone."""
    people = min(size, 2_000)
    seconds, cpu, broken = _campaign(people)
    bare = _wire_alone(min(people, 500))
    figures = (
        f"{people / seconds:.1f} attempts a second, {cpu / people * 1000:.1f} ms CPU each, {broken} invariants broken"
    )
    return [
        Ratio("attempts a second", people / seconds, GOAL_PER_SECOND, at_least=True, figures=figures),
        Ratio("CPU of an attempt / of its requests on the wire alone", cpu / people / bare, 5,
              figures=f"{bare * 1000:.1f} ms CPU for dial and webhook"),
    ]  # fmt: skip


def _campaign(people: int) -> tuple[float, float, int]:
    """Return the seconds and the CPU seconds of all programs together, and how many invariants were broken."""
    campaign = new_campaign(new_organization(limit=_LINES))
    enrol_people(campaign, people, personas=PERSONAS)
    write_simulator_accounts(Path(os.environ["SIMULATOR_ACCOUNTS"]))
    before, started = _cpu(), time.monotonic()
    start_campaign(campaign=campaign)
    while CampaignTarget.objects.filter(campaign=campaign).exclude(state__in=["done", "suppressed"]).exists():
        if time.monotonic() - started > _LIMIT_SECONDS:
            raise RuntimeError("the campaign did not come to its end")
        time.sleep(0.5)
    seconds = time.monotonic() - started
    cpu = _cpu() - before
    return seconds, cpu, sum(map(len, check_invariants().values()))


def _cpu() -> float:
    """Return the CPU seconds of all programs; who ends meanwhile is counted with whom it was started by."""
    total = 0.0
    for pid in _programs():
        with suppress(OSError):
            total += cpu_of(pid)
    return total


def _programs() -> Iterator[int]:
    """Yield all processes below this one and below the embedded servers, these included."""
    waiting = [os.getpid(), *server_pids(Path(os.environ["OUTBOUND_DATA_DIR"])).values()]
    seen = set()
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            continue
        seen.add(pid)
        if pid != os.getpid():
            yield pid
        waiting += _children(pid)


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _wire_alone(calls: int) -> float:
    """Return the CPU seconds of a dial and its webhooks alone: adapter, simulator and a server that does nothing."""
    with TemporaryDirectory() as folder, _empty_server() as (url, heard):
        accounts = Path(folder) / "accounts.json"
        voice_account = {"api_key": "k", "webhook_secret": "s", "webhook_url": url}
        accounts.write_text(json.dumps({"voice": [voice_account], "whatsapp": [], "analysis": []}))
        config = SimulatorConfig(log_path=Path(folder) / "log.jsonl", accounts_path=accounts, time_factor=20_000.0)
        with Simulator(config) as simulator:
            voice = ElevenLabsVoice("k", simulator.url)
            started = time.process_time()
            for number in range(calls):
                if not isinstance(voice.place_call(_request(number)), Accepted):
                    raise RuntimeError("a call was not accepted")
            while heard.count < calls:
                time.sleep(0.05)
            voice.close()
            return (time.process_time() - started) / calls


def _request(number: int) -> CallRequest:
    return CallRequest(
        reference=str(uuid4()),
        to_number=f"+1{2_125_550_000 + number}",
        from_external_id="phone",
        agent_external_id="agent",
        variables={"simulator_persona": PERSONAS[number % len(PERSONAS)]},
    )


class _Heard:
    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()


@contextmanager
def _empty_server() -> Iterator[tuple[str, _Heard]]:
    heard = _Heard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            with heard.lock:
                heard.count += 1

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", heard
    finally:
        server.shutdown()
