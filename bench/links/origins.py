# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers at the far end of the link: Antiphon's, and nginx for everybody else."""

import re
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bench.links.programs import program, until
from bench.links.relay import SERVER_ADDRESS
from bench.links.wire import Side, Wire

HTTP_PORT: Final = 8080
_LISTENING: Final = re.compile(r'listening on \S+:(\d+)"')

NGINX: Final = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    types {{ audio/mpeg mp3; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen {address}:{port}; root "{songs}"; }}
}}
"""


@contextmanager
def antiphon_server(
    link: Wire,
    songs: Path,
    folder: Path,
    stop: threading.Event,
    options: Sequence[str] = (),
) -> Generator[int]:
    """The port of a server of `songs`; raises ProgramError."""
    log = folder / "server.log"
    command = [sys.executable, "-m", "server", "--host", SERVER_ADDRESS, "--state", "none"]
    # The server would choose bbr; here each run has the congestion control that its row names.
    command += ["--congestion", "system", *options, "0", str(songs)]
    with program(link.command(Side.SERVER, command), log=log):
        until(lambda: _LISTENING.search(log.read_text()), "the server", stop=stop, log=log)
        found = _LISTENING.search(log.read_text())
        yield int(found[1]) if found else 0


@contextmanager
def nginx(link: Wire, songs: Path, folder: Path, stop: threading.Event) -> Generator[None]:
    """Serve `songs` with nginx until the end of the block; raises ProgramError."""
    log, config = folder / "nginx.log", folder / "nginx.conf"
    songs.chmod(0o755)
    config.write_text(
        # Its worker must be able to read them, wherever the temporary folder is.
        "user root;"
        + NGINX.format(folder=folder, songs=songs, address=SERVER_ADDRESS, port=HTTP_PORT)
    )
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(config)]
    with program(link.command(Side.SERVER, command), log=log):
        until((folder / "nginx.pid").exists, "nginx", stop=stop, log=log)
        yield


def url(song: Path) -> str:
    """Where nginx has it."""
    return f"http://{SERVER_ADDRESS}:{HTTP_PORT}/{quote(song.name)}"
