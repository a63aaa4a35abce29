# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices of either role: Number 0, no answer, and only where there is a session."""

import pytest

from control.framing import Numbered
from control.music_messages import List
from control.relay_messages import Accuse, Parents, Report
from control.session_messages import Drain
from control.states import ClientState, ServerState
from tests.control.peers import client_in, said, server_in


class TestOfTheClient:
    """REPORT and ACCUSE."""

    def test_in_open(self) -> None:
        client = client_in(ClientState.OPEN)
        client.notify(Report(1, 7, 5, 6))
        assert client.request(List()) == 2, "they take no number"
        client.notify(Accuse(1, 7, 5))
        assert said(client) == [
            Numbered(0, Report(1, 7, 5, 6)),
            Numbered(2, List()),
            Numbered(0, Accuse(1, 7, 5)),
        ]

    @pytest.mark.parametrize(
        "state", [state for state in ClientState if state is not ClientState.OPEN]
    )
    def test_elsewhere(self, state: ClientState) -> None:
        client = client_in(state)
        client.notify(Report(1, 0, 0, 0))
        assert said(client) == []


class TestOfTheServer:
    """DRAIN and PARENTS."""

    @pytest.mark.parametrize("notice", [Drain(600, "so"), Parents(4, ())])
    def test_to_whom_was_greeted(self, notice: Drain | Parents) -> None:
        server = server_in(ServerState.OPEN)
        server.notify(notice)
        assert said(server) == [Numbered(0, notice)]

    @pytest.mark.parametrize(
        "state", [state for state in ServerState if state is not ServerState.OPEN]
    )
    def test_to_nobody_else(self, state: ServerState) -> None:
        server = server_in(state)
        server.notify(Parents(4, ()))
        assert said(server) == []
