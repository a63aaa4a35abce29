# SPDX-License-Identifier: GPL-3.0-or-later
"""A server behind a proxy: each listener is counted under an address of its own."""

from collections.abc import Iterator

import pytest

from common.errors import ErrorCode
from control.events import Closed
from control.session_messages import Welcome
from data.connection import ClientDataConnection
from data.frames import Attached
from data.frames import Deframer as DataDeframer
from tests.e2e.innocent import Music
from tests.e2e.raw_control import Control, connected
from tests.e2e.server_process import ServerProcess, running_server
from tests.server.proxy_headers import header

OPTIONS = (
    *("--proxy-protocol", "127.0.0.0/8", "--max-sessions-per-address", "1"),
    *("--max-waiting-per-address", "1", "--verbose"),
)


@pytest.fixture(scope="module")
def server(music: Music) -> Iterator[ServerProcess]:
    with running_server(music.folder, *OPTIONS) as process:
        yield process


class Proxied(Control):
    """A control connection through a proxy."""

    def __init__(self, server: ServerProcess, source: str) -> None:
        """Of a client at `source`."""
        super().__init__(server.address)
        self.sock.sendall(header(source))


def test_limits_count_the_clients_and_not_the_proxy(server: ServerProcess) -> None:
    with Proxied(server, "192.0.2.1") as one, Proxied(server, "192.0.2.2") as two:
        assert isinstance(one.hello(), Welcome)
        assert isinstance(two.hello(), Welcome)
        with Proxied(server, "192.0.2.1") as again:
            refused = again.hello()
        assert isinstance(refused, Closed)
        assert refused.code == ErrorCode.ADDRESS_LIMIT


def test_a_data_connection_says_for_whom_it_is_too(server: ServerProcess) -> None:
    with Proxied(server, "192.0.2.3") as control:
        welcome = control.hello()
        assert isinstance(welcome, Welcome)
        with connected((server.host, welcome.data_port)) as sock:
            attach = ClientDataConnection(welcome.session, welcome.ticket).data_to_send()
            sock.sendall(header("192.0.2.3") + attach)
            (frame,) = DataDeframer().feed(sock.recv(100))
            assert frame == Attached(welcome.session)


def test_who_comes_without_a_header_is_refused(server: ServerProcess) -> None:
    with Control(server.address) as control:
        assert not isinstance(control.hello(), Welcome)
    server.says('peer=127.0.0.1 reason="it does not begin')
