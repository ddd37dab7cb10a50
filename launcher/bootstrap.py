"""`python3 -m launcher.bootstrap runtime|dev`: make `.venv` hold exactly what a lock file names.

The environment is made without pip, which some distributions package apart from python3, and filled by the pip wheel in
`vendor`, run as it lies. It is made anew when the lock, the Python or the checkout's path has changed, or when packages
are missing; a note of what was installed is written last, so that an interrupted installation does not count.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from launcher import locks
from launcher.errors import OWN_SERVERS, LaunchError
from launcher.paths import CHECKOUT

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
SETS = ("runtime", "dev")
LONGEST_INSTALLATION_SECONDS = 1800
_NO_NETWORK = ("NewConnectionError", "ConnectTimeout", "NameResolutionError", "Connection refused", "ProxyError")


def main() -> int:
    """Install one set of packages unless it is there. Every foreseen trouble is one line."""
    wanted = sys.argv[1] if sys.argv[1:] else ""
    if wanted not in SETS:
        print(f"usage: python3 -m launcher.bootstrap {{{','.join(SETS)}}}", file=sys.stderr)
        return 2
    try:
        bootstrap(wanted)
    except LaunchError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def bootstrap(wanted: str) -> None:
    """Make `.venv` hold the set `wanted`, one of SETS. Raises LaunchError."""
    (CHECKOUT / "var").mkdir(exist_ok=True)
    lock = CHECKOUT / "var" / "bootstrap.lock"
    with locks.exclusive(lock, wait_seconds=LONGEST_INSTALLATION_SECONDS, busy="another installation is under way"):
        # The development set holds the runtime set in the same versions.
        if _is_installed(wanted) or _is_installed("dev"):
            return
        if not _is_installed("runtime"):
            _make_environment()
        print(f"Installing {_lock_file(wanted).relative_to(CHECKOUT)} into .venv: half a minute, once …", flush=True)
        _install(wanted)
        _stamp(wanted).write_text(json.dumps({"fingerprint": _fingerprint(wanted), "packages": _packages()}))


def _is_installed(name: str) -> bool:
    try:
        stamp = json.loads(_stamp(name).read_text())
        works = subprocess.run([PYTHON, "-I", "-c", ""], check=False).returncode == 0
    except (OSError, ValueError):
        return False
    return works and stamp["fingerprint"] == _fingerprint(name) and set(stamp["packages"]) <= set(_packages())


def _make_environment() -> None:
    if VENV.is_symlink() or (VENV.exists() and not (VENV / "pyvenv.cfg").exists()):
        raise LaunchError(f"{VENV} is not an environment made here: move it away")
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        trouble = (made.stderr or made.stdout).strip().splitlines()[-1:]
        raise LaunchError(f"{sys.executable} cannot make a venv (install python3-venv): {' '.join(trouble)}")


def _install(name: str) -> None:
    pip = next((CHECKOUT / "launcher" / "vendor").glob("pip-*.whl")) / "pip"
    command: list[str | Path] = [
        PYTHON,
        "-I",
        pip,
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-user",
        "--require-hashes",
    ]
    done = subprocess.run(
        [*command, "--only-binary", ":all:", "-r", _lock_file(name)], stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise LaunchError(_explain(done.stderr))


def _explain(stderr: str) -> str:
    if any(sign in stderr for sign in _NO_NETWORK):
        return "pip cannot reach its package index: check the network, or name a mirror with PIP_INDEX_URL"
    missing = re.search(r"No matching distribution found for (\S+)", stderr)
    if missing:
        return (
            f"there is no ready-made {missing[1]} for Python {platform.python_version()} on {platform.system()}"
            f" {platform.machine()}: use Python 3.11 to 3.13 on Linux or macOS, or install requirements/production.txt"
            f" yourself and {OWN_SERVERS}"
        )
    return "pip could not install the packages:\n" + "\n".join(stderr.strip().splitlines()[-10:])


def _lock_file(name: str) -> Path:
    return CHECKOUT / "requirements" / f"{name}.txt"


def _stamp(name: str) -> Path:
    return VENV / f"installed-{name}.json"


def _fingerprint(name: str) -> str:
    # The path counts because the programs in `.venv/bin` name it in their first line.
    python = f"{platform.machine()} {sys.base_prefix} {sys.version_info[:2]} {VENV}"
    return hashlib.sha256(python.encode() + _lock_file(name).read_bytes()).hexdigest()


def _packages() -> list[str]:
    return sorted(folder.name for folder in VENV.glob("lib/python*/site-packages/*.dist-info"))


if __name__ == "__main__":
    sys.exit(main())
