# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel does about dead peers, and about delays: set on a listening socket.

On Linux, every connection that it accepts inherits all of it, at no cost of its own.
"""

import contextlib
import socket

from common.dead_peers import LONGEST_RTO, TCP_RTO_MAX_MS, TCP_THIN_LINEAR_TIMEOUTS, probes


def find_dead_peers(sock: socket.socket, dead_after: int) -> None:
    """Give up on peers that are silent for `dead_after` seconds, or do not take their bytes.

    Linux counts a peer whose receive window is closed among the latter. A client that pauses still
    reads its connections; one that is stopped, or suspended, loses them and resumes.
    """
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, dead_after * 1000)
    wanted = probes(dead_after)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, wanted.idle)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, wanted.interval)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, wanted.times)
    for option, value in ((TCP_THIN_LINEAR_TIMEOUTS, 1), (TCP_RTO_MAX_MS, LONGEST_RTO)):
        with contextlib.suppress(OSError):  # an older kernel waits longer between two attempts
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
