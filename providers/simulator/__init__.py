"""Simulate the outside world: an HTTP server that speaks the vendors' own APIs, with imaginary people behind it."""

from providers.simulator.config import SimulatorConfig
from providers.simulator.faults import Faults
from providers.simulator.server import Simulator, run_simulator

__all__ = ["Faults", "Simulator", "SimulatorConfig", "run_simulator"]
