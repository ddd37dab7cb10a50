from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import environ
import psycopg
import pytest
import redis
from kombu import Connection

from launcher import binaries, postgres
from launcher.account import server_account
from launcher.errors import LaunchError
from launcher.paths import Layout
from launcher.postgres import Postgres
from launcher.services import discard, revive_services, running_services, server_pids, service_urls
from tests.launcher.conftest import USE_ONCE, Interpreter, eventually, is_alive

Start = Callable[..., Interpreter]


def test_the_servers_run_inside_the_block_and_not_after_it(data_dir: Path) -> None:
    with running_services(data_dir, durable=False):
        pids = server_pids(data_dir)
        assert sorted(pids) == ["postgresql", "valkey"]
    assert server_pids(data_dir) == {}
    assert not any(map(is_alive, pids.values()))


def test_the_urls_lead_django_celery_and_the_cache_to_the_servers(data_dir: Path) -> None:
    with running_services(data_dir) as urls:
        database = environ.Env.db_url_config(urls.database_url)
        assert (database["NAME"], database["HOST"], database["USER"]) == ("app", "", "app")
        with (
            psycopg.connect(
                dbname="app", user="app", password=database["PASSWORD"], **database["OPTIONS"]
            ) as of_django,
            psycopg.connect(urls.database_url) as of_libpq,
        ):
            assert of_django.execute("select 1").fetchone() == of_libpq.execute("select 1").fetchone()
        with redis.Redis.from_url(urls.cache_url) as cache:
            assert cache.ping()
            assert cache.config_get("maxmemory-policy", "appendonly", "port") == {
                "maxmemory-policy": "noeviction", "appendonly": "yes", "port": "0",
            }  # fmt: skip
        with Connection(urls.redis_url) as broker, broker.SimpleQueue("letters") as queue:
            queue.put({"a": 1})
            assert queue.get(timeout=5).payload == {"a": 1}
    assert service_urls(data_dir) == urls


def test_the_application_is_no_superuser_and_owns_its_database(data_dir: Path) -> None:
    with running_services(data_dir) as urls, psycopg.connect(urls.database_url, autocommit=True) as connection:
        role = connection.execute("select rolsuper, rolcreatedb from pg_roles where rolname = current_user").fetchone()
        assert role == (False, True)
        connection.execute("create database made_by_the_application")
        connection.execute("drop database made_by_the_application")
        settings = "select current_setting(name) from unnest(array['listen_addresses', 'TimeZone', 'fsync']) name"
        assert connection.execute(settings).fetchall() == [("",), ("UTC",), ("on",)]


def test_the_database_asks_for_the_password(data_dir: Path) -> None:
    with (
        running_services(data_dir, durable=False) as urls,
        pytest.raises(psycopg.OperationalError, match="authentication failed"),
    ):
        psycopg.connect(urls.database_url.replace("app:", "app:x"))


def test_a_session_for_tests_trades_safety_for_speed(data_dir: Path) -> None:
    with running_services(data_dir, durable=False) as urls, psycopg.connect(urls.database_url) as connection:
        assert connection.execute("select current_setting('fsync')").fetchone() == ("off",)


def test_two_users_share_the_servers_and_the_last_one_out_stops_them(data_dir: Path, interpreter: Start) -> None:
    other = interpreter(USE_ONCE, str(data_dir), "wait")
    seen_there = other.line()
    with running_services(data_dir, durable=False):
        assert str(sorted(server_pids(data_dir).items())) == seen_there
    assert len(server_pids(data_dir)) == 2
    other.close()
    assert server_pids(data_dir) == {}


def test_a_killed_user_leaves_servers_that_the_next_one_takes_over(data_dir: Path, interpreter: Start) -> None:
    killed = interpreter(USE_ONCE, str(data_dir), "wait")
    seen_there = killed.line()
    killed.kill()
    with running_services(data_dir, durable=False):
        assert str(sorted(server_pids(data_dir).items())) == seen_there
    assert server_pids(data_dir) == {}


def test_killed_servers_come_back_with_what_was_committed(data_dir: Path) -> None:
    with running_services(data_dir) as urls:
        with psycopg.connect(urls.database_url) as connection:
            connection.execute("create table letters as select 7 as number")
        with redis.Redis.from_url(urls.cache_url) as cache:
            cache.set("number", 7)
        for pid in server_pids(data_dir).values():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not server_pids(data_dir))
        revive_services(data_dir)
        with psycopg.connect(urls.database_url) as connection:
            assert connection.execute("select number from letters").fetchone() == (7,)
            connection.execute("drop table letters")
        with redis.Redis.from_url(urls.cache_url) as cache:
            assert cache.get("number") == b"7"


def test_a_pid_file_left_by_a_crash_may_name_a_strangers_process(data_dir: Path) -> None:
    with running_services(data_dir, durable=False):
        server = Postgres(Layout.of(data_dir))
        pid_file = server.pid_path.read_text()
    stranger = subprocess.Popen(["sleep", "60"], **server_account().popen_options)
    try:
        server.pid_path.write_text(pid_file.replace(pid_file.split()[0], str(stranger.pid), 1))
        with running_services(data_dir, durable=False):
            assert server.pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_database_that_cannot_start_shows_the_end_of_its_log(data_dir: Path) -> None:
    with running_services(data_dir, durable=False):
        control = Postgres(Layout.of(data_dir)).cluster / "global" / "pg_control"
    control.rename(control.with_suffix(".away"))
    try:
        with pytest.raises(LaunchError, match=r"postgresql did not start(.|\n)*could not (find|open)"):
            running_services(data_dir, durable=False).__enter__()
    finally:
        control.with_suffix(".away").rename(control)


def test_a_full_disk_is_told_before_anything_is_written(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "FREE_BYTES_TO_CREATE", 1 << 60)
    folder = open_folder / "full"
    with pytest.raises(LaunchError, match=r"MB are free(.|\n)*set DATABASE_URL and REDIS_URL"):
        running_services(folder).__enter__()
    assert not Postgres(Layout.of(folder)).cluster.exists()


def test_without_a_wheel_for_the_platform_the_message_says_what_to_set(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", open_folder / "none")
    with pytest.raises(LaunchError, match=r"no embedded PostgreSQL for .*: set DATABASE_URL and REDIS_URL"):
        running_services(open_folder / "bare").__enter__()


def test_a_folder_never_used_has_no_urls(open_folder: Path) -> None:
    with pytest.raises(LaunchError, match="nothing has been started"):
        service_urls(open_folder / "unused")
    assert not (open_folder / "unused").exists()


def test_a_folder_in_use_is_not_discarded(data_dir: Path) -> None:
    with running_services(data_dir, durable=False):
        with pytest.raises(LaunchError, match="in use"):
            discard(data_dir)
        assert len(server_pids(data_dir)) == 2
