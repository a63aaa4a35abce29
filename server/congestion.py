# SPDX-License-Identifier: GPL-3.0-or-later
"""Which congestion control sends the sound, where the kernel has it and this user may choose it.

With bbr, random loss does not slow a sender down as it does with cubic, and standing queues stay
short. Connections inherit it from the socket on which they were accepted.
"""

import socket
from typing import Final

SYSTEM: Final = "system"  # whatever the kernel is set to
PREFERRED: Final = "bbr"


def choose(sock: socket.socket, name: str) -> bool:
    """Set it for a socket; False where the kernel refuses, and its default holds."""
    if name == SYSTEM:
        return True
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
    except OSError:
        return False
    return True


def is_usable(name: str) -> bool:
    """Whether the kernel lets this user have it."""
    with socket.socket() as sock:
        return choose(sock, name)
