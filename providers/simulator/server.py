"""Run the simulated vendors behind one HTTP server."""

from __future__ import annotations

import json
import logging
import re
import signal
from dataclasses import asdict
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from providers.simulator.completions import ModelVendor
from providers.simulator.config import SimulatorConfig
from providers.simulator.email_service import EmailServiceVendor
from providers.simulator.faults import Faults
from providers.simulator.mail import MailVendor
from providers.simulator.voice import VoiceVendor
from providers.simulator.web import Answer, Request, Route, WebServer
from providers.simulator.whatsapp import WhatsAppVendor
from providers.simulator.world import World

logger = logging.getLogger(__name__)
_LOOPBACK = ("127.", "::1", "::ffff:127.")


class Simulator:
    """A running simulator: `start` it or use it as a context manager; `url` is its root."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.world = World(config)
        kinds = (VoiceVendor, WhatsAppVendor, EmailServiceVendor, ModelVendor)
        vendors = [kind(self.world) for kind in kinds]
        self._mail = MailVendor(self.world, (config.host, config.mail_port))
        self._routes: list[Route] = [*self._own_routes(), *(route for vendor in vendors for route in vendor.routes())]
        self._server = WebServer((config.host, config.port), self._routes)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), name="simulator-server", daemon=True)

    @property
    def url(self) -> str:
        """Return the root of every API served, without a slash at the end."""
        return self._server.url

    @property
    def mail_url(self) -> str:
        """Return the address of the mail server."""
        return self._mail.url

    def start(self) -> None:
        """Begin to serve."""
        self.world.start()
        self._mail.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop serving. Calls in the air and webhooks not delivered yet are gone."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()
        self._mail.stop()
        self.world.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stats(self) -> dict[str, Any]:
        """Return the counters: calls placed, live and at most live at once, facts, webhooks still to be delivered."""
        world = self.world
        return {
            **world.stats.report(),
            "webhooks_pending": world.courier.pending,
            "scheduled": world.schedule.size,
            "facts": dict(world.log.counts),
        }

    def _own_routes(self) -> list[Route]:
        return [
            ("GET", re.compile("/"), self._describe),
            ("GET", re.compile("/simulator/stats"), self._show_stats),
            ("GET", re.compile("/simulator/emails"), self._show_emails),
            ("GET", re.compile("/simulator/faults"), self._show_faults),
            ("POST", re.compile("/simulator/faults"), self._change_faults),
        ]

    def _describe(self, request: Request) -> Answer:
        endpoints = [f"{method} {pattern.pattern}" for method, pattern, _ in self._routes]
        about = "Simulated vendors with imaginary people. Nothing here reaches anyone."
        return Answer(200, {"name": "simulator", "about": about, "endpoints": endpoints})

    def _show_stats(self, request: Request) -> Answer:
        return Answer(200, self.stats())

    def _show_emails(self, request: Request) -> Answer:
        return Answer(200, self._mail.newest())

    def _show_faults(self, request: Request) -> Answer:
        return Answer(200, asdict(self.world.faults))

    def _change_faults(self, request: Request) -> Answer:
        if not request.client[0].startswith(_LOOPBACK):
            return Answer(403, {"error": "faults may be changed from this machine only"})
        try:
            self.world.faults = Faults.read(json.loads(request.body))
        except ValueError as problem:
            return Answer(400, {"error": str(problem)})
        return Answer(200, asdict(self.world.faults))


def run_simulator(config: SimulatorConfig) -> None:
    """Serve until SIGTERM or SIGINT. Call it in the main thread."""
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Simulator(config) as simulator:
        logger.info("simulator listening on %s and %s", simulator.url, simulator.mail_url)
        stopped.wait()
