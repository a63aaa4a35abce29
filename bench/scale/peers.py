# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: each server as a process on one core, set up as well as we know how."""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.load import RATE, alone_on_a_core, cpu_seconds, on_cores
from bench.scale.source import LiveSource
from bench.serving import ROOT

HOST: Final = "127.0.0.1"
PATIENCE: Final = 10.0  # seconds for a server to start or to end
REST: Final = 0.3  # seconds without work, behind which a server has started
MOUNT: Final = "/live.mp3"
PASSWORD: Final = "source-of-the-bench"  # noqa: S105 of a server that lives for a minute

# One worker. sendfile, with the pages of a song opened once for all listeners: the cheapest way
# that nginx has to send a file. limit_rate lets it send a second's worth at a time: with a whole
# second to send, its own clock of full seconds makes one send of each.
_NGINX = """\
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections {connections}; use epoll; accept_mutex off; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/temp; uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
  types {{ audio/mpeg mp3; }}
  sendfile on;
  tcp_nopush off;
  tcp_nodelay on;
  postpone_output 0;
  open_file_cache max=100;
  open_file_cache_valid 1h;
  reset_timedout_connection on;
  server {{
    listen {host}:{port} backlog=4096;
    root {music};
    limit_rate {rate};
  }}
}}
"""

_ICECAST = """\
<icecast>
  <limits>
    <clients>{clients}</clients><sources>2</sources><queue-size>524288</queue-size>
    <client-timeout>30</client-timeout><header-timeout>15</header-timeout>
    <source-timeout>10</source-timeout>
    <burst-on-connect>1</burst-on-connect><burst-size>65535</burst-size>
  </limits>
  <authentication>
    <source-password>{password}</source-password><relay-password>{password}</relay-password>
    <admin-user>admin</admin-user><admin-password>{password}</admin-password>
  </authentication>
  <hostname>{host}</hostname>
  <listen-socket><port>{port}</port><bind-address>{host}</bind-address></listen-socket>
  <fileserve>0</fileserve>
  <paths>
    <basedir>{folder}</basedir><logdir>{folder}</logdir><webroot>{folder}</webroot>
    <adminroot>{folder}</adminroot><pidfile>{folder}/icecast.pid</pidfile>
  </paths>
  <logging>
    <accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>1</loglevel>
  </logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
"""
_OWNER = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"


SELDOM = (20_000, 32_000)  # ports that the kernel's own choice leaves alone


class PeerError(Exception):
    """A peer cannot be measured; the text says why, and what would help."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that is ready on 127.0.0.1: the processes whose cost counts, and its port.

    Attributes:
        workers: those of them that share the listeners, where there are several.
    """

    pids: tuple[int, ...]
    port: int
    workers: tuple[int, ...] = ()


@contextmanager
def antiphon(music: Path, *, listeners: int, core: int, workers: int = 1) -> Generator[Peer]:
    """This server, its limits on one address switched off; raises PeerError."""
    many = str(workers * (listeners + 100))  # which the workers share out
    options = ("--max-sessions", many, "--max-waiting", many, "--workers", str(workers))
    try:
        with alone_on_a_core(music, options, core) as server:
            several = _children(server.pid) if workers > 1 else ()
            for pid in several or (server.pid,):
                _await_rest(pid)
            yield Peer((server.pid, *several), server.port, several)
    except RuntimeError as error:
        raise PeerError(str(error)) from None


@contextmanager
def antiphon_apart(
    music: Path, *, listeners: int, cores: Sequence[int], workers: int
) -> Generator[Peer]:
    """The same, with a core for each worker, as far as there are so many; raises PeerError."""
    with antiphon(music, listeners=listeners, core=cores[0], workers=workers) as peer:
        for at, pid in enumerate(peer.workers):
            os.sched_setaffinity(pid, {cores[at % len(cores)]})
        yield peer


@contextmanager
def control(*, core: int) -> Generator[Peer]:
    """The server that does next to nothing; raises PeerError."""
    port = _free_port()
    command = (sys.executable, "-m", "bench.scale.null_server", str(port))
    with _running(command, port, core) as process:
        yield Peer((process.pid,), port)


@contextmanager
def nginx(folder: Path, music: Path, *, listeners: int, core: int) -> Generator[Peer]:
    """Serve the songs in `music` with limit_rate; raises PeerError."""
    program = _program("nginx")
    port = _free_port()
    root = os.geteuid() == 0
    (folder / "temp").mkdir()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            user="user root;" if root else "",
            descriptors=listeners + 200,
            connections=2 * listeners + 512,  # with one each it runs out, and resets some
            folder=folder,
            host=HOST,
            port=port,
            music=music,
            rate=RATE,
        ),
        encoding="utf-8",
    )
    command = (program, "-p", os.fspath(folder), "-c", os.fspath(configuration), "-e", "stderr")
    with _running(command, port, core) as process:
        yield Peer((process.pid, *_children(process.pid)), port)


@contextmanager
def icecast(folder: Path, *, listeners: int, core: int, feeder: set[int]) -> Generator[Peer]:
    """A live mount that a source feeds in real time; raises PeerError."""
    program = _program("icecast2", "icecast")
    port = _free_port()
    configuration = folder / "icecast.xml"
    configuration.write_text(
        _ICECAST.format(
            clients=listeners + 10,
            password=PASSWORD,
            host=HOST,
            port=port,
            folder=folder,
            owner=_OWNER if os.geteuid() == 0 else "",
        ),
        encoding="utf-8",
    )
    if os.geteuid() == 0:  # it refuses to stay root
        with suppress(LookupError):
            shutil.chown(folder, "nobody")
        folder.chmod(0o755)
    with _running((program, "-c", os.fspath(configuration)), port, core) as process:
        with on_cores(feeder):
            source = LiveSource(HOST, port, MOUNT, PASSWORD)
        try:
            yield Peer((process.pid,), port)
        finally:
            source.close()


def _program(*names: str) -> str:
    for name in names:
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if found:
            return found
    raise PeerError(f"{names[0]} is not installed, so nothing is measured beside it")


def _free_port() -> int:
    """A port that nobody has, below those that the kernel gives to whoever names none."""
    for port in random.Random().sample(range(*SELDOM), 50):
        with socket.socket() as sock, suppress(OSError):
            sock.bind((HOST, port))
            return port
    raise PeerError("no port is free for the peer")


@contextmanager
def _running(
    command: tuple[str, ...], port: int, core: int
) -> Generator["subprocess.Popen[bytes]"]:
    with on_cores({core}):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    try:
        _await_port(process, port, command[0])
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            for pid in (*_children(process.pid), process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
            process.communicate()


def _await_port(process: "subprocess.Popen[bytes]", port: int, name: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as sock:
            if sock.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    process.kill()
    said = process.communicate()[1].decode(errors="replace").strip()
    raise PeerError(f"{Path(name).name} did not start: {said or 'it said nothing'}")


def _await_rest(pid: int) -> None:
    """Until the songs are indexed: a process of the server's does that, on the server's core."""
    until = time.monotonic() + PATIENCE
    before = -1.0
    while time.monotonic() < until:
        with suppress(OSError):
            used = cpu_seconds((pid, *_children(pid)))
            if used == before:
                return
            before = used
        time.sleep(REST)


def _children(pid: int) -> tuple[int, ...]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    with suppress(OSError):
        return tuple(int(child) for child in children.read_text(encoding="ascii").split())
    return ()
