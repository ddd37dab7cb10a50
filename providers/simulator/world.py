"""Hold what all simulated vendors share."""

from __future__ import annotations

from dataclasses import replace

from providers.simulator.accounts import Accounts
from providers.simulator.config import SimulatorConfig
from providers.simulator.faults import Dice, RequestFaults
from providers.simulator.log import FactLog
from providers.simulator.schedule import Schedule
from providers.simulator.stats import Stats
from providers.simulator.web import Answer
from providers.simulator.webhooks import Courier, Delivery


class World:
    """One simulated world: its people, faults, clockwork and record. `faults` may be replaced while it runs."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.faults = config.faults
        self.accounts = Accounts(config.accounts_path)
        self.log = FactLog(config.log_path)
        self.dice = Dice(config.seed)
        self.stats = Stats()
        self.schedule = Schedule()
        self.courier = Courier(self.schedule, self.log, self.dice, real_seconds=config.real_seconds)

    def start(self) -> None:
        """Set the clockwork going."""
        self.schedule.start()
        self.courier.start()

    def stop(self) -> None:
        """Stop the clockwork; what has not happened yet never will."""
        self.schedule.stop()
        self.courier.stop()
        self.log.close()

    def spoilt(self, answer: Answer, faults: RequestFaults, *, broken: Answer) -> Answer:
        """Return the answer to a request that had its effect, or what a fault makes of it; `broken` is a 500."""
        match self.dice.after(faults):
            case "accepted_then_500":
                return broken
            case "accepted_then_hang":
                return replace(answer, wait_seconds=faults.hang_seconds, lost=True)
            case "accepted_then_reset":
                return replace(answer, lost=True)
            case "slow_answer":
                return replace(answer, wait_seconds=faults.slow_seconds)
        return answer

    def send(self, delivery: Delivery) -> None:
        """Put a webhook on its way under the faults in force."""
        self.courier.send(delivery, self.faults.webhooks)
