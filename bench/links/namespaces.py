# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces without names, so that they vanish with the last process that uses them."""

import ctypes
import fcntl
import os
import struct
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CLONE_NEWNET: Final = 0x40000000
TUNSETIFF: Final = 0x400454CA
IFF_TUN: Final = 0x0001
IFF_NO_PI: Final = 0x1000
TUN: Final = Path("/dev/net/tun")
QUEUE: Final = 4000  # packets that the kernel keeps for us; it must never be the one that drops
DEVICE: Final = "link"  # in either namespace, where there is but one link
OWN: Final = "/proc/thread-self/ns/net"

_LIBC: Final = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12


def new_namespace() -> int:
    """A descriptor of a new namespace; the thread stays where it is. Raises OSError."""
    with open_namespace(OWN) as here:
        _check(_LIBC.unshare(CLONE_NEWNET))
        try:
            return os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        finally:
            _check(_LIBC.setns(here, CLONE_NEWNET))


@contextmanager
def inside(namespace: int) -> Generator[None]:
    """This thread, and the programs it starts, are in the namespace meanwhile; raises OSError."""
    with open_namespace(OWN) as here:
        _check(_LIBC.setns(namespace, CLONE_NEWNET))
        try:
            yield
        finally:
            _check(_LIBC.setns(here, CLONE_NEWNET))


@contextmanager
def open_namespace(path: str) -> Generator[int]:
    """A descriptor of the namespace at `path`; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_tun(device: str = DEVICE) -> int:
    """A new TUN device in this namespace, one IP packet a read; raises OSError."""
    descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        request = struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(descriptor, TUNSETIFF, request)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def configure(address: str, *, congestion: str, is_forced: bool, device: str = DEVICE) -> None:
    """Set up loopback and a link in this namespace; raises OSError.

    `congestion` is what connections use; where it is not forced, unless they ask for another.
    """
    # Nothing but what the programs send: no router solicitations.
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
    run_ip("link", "set", "lo", "up")
    run_ip("address", "add", f"{address}/24", "dev", device, "noprefixroute")
    run_ip("link", "set", "dev", device, "txqueuelen", str(QUEUE), "up")
    # By the route, because the sysctl of a namespace takes only what the whole machine allows.
    words = ["congctl", *(["lock"] if is_forced else []), congestion]
    network = address.rpartition(".")[0] + ".0/24"
    run_ip("route", "add", network, "dev", device, "src", address, *words)


def run_ip(*words: str) -> None:
    """The program `ip`; raises OSError with what it said."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
