# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks whether the ports can be had, without listening on them: nobody connects to a check."""

from collections.abc import Iterator
from typing import Final

from server.checking.finding import Finding, error, good, warning
from server.config import Config, Share
from server.data_ports import OWN
from server.descriptors import shortage
from server.listening import NotListeningError, check_data_ports, taken_data_ports, try_port
from server.metrics.opening import check_metrics
from server.workers.plan import endpoint_of, part_of

SOME: Final = 5  # ports that are named
_CONTROL: Final = "control port"
_DATA: Final = "data ports"
_METRICS: Final = "metrics"
_DESCRIPTORS: Final = "open files"


def look_at_control_port(config: Config, *, handed_over: bool, running: bool) -> Iterator[Finding]:
    """`running`: a server is, which has it, as far as one can tell from outside."""
    if handed_over:
        yield good(_CONTROL, "handed over by who starts the server, so not tried")
        return
    where = f"{config.host or '*'}:{config.port}"
    if config.port == 0:
        where = f"{config.host or '*'}, any free one"
    try:
        try_port(config.host, config.port, reuse_port=config.reuse_port)
    except NotListeningError as problem:
        if running:
            yield warning(_CONTROL, f"{problem} (the server that is running has it, it seems)")
        else:
            yield error(_CONTROL, str(problem))
    else:
        yield good(_CONTROL, where)


def look_at_data_ports(config: Config, *, running: bool) -> Iterator[Finding]:
    """All of them: those that a running server has offered to somebody are in use, too."""
    ports = config.data_ports
    if ports is None:
        yield good(_DATA, "any free ones")
        return
    taken = taken_data_ports(config.host, ports)
    if not taken:
        yield good(_DATA, f"{ports}: all are free")
        return
    named = ", ".join(map(str, taken[:SOME])) + (", ..." if len(taken) > SOME else "")
    free = ports.high - ports.low + 1 - len(taken)
    if free == 0 and not running:
        try:
            check_data_ports(config.host, ports)
        except NotListeningError as problem:
            yield error(_DATA, str(problem))
            return
    whose = "the server that is running has, or others" if running else "other programs have"
    text = f"{ports}: {free} are free, and {whose} {named}"
    # Sessions share what there is, where there are many at a time.
    is_plenty = free >= min(OWN, (ports.high - ports.low + 1) // 2)
    yield good(_DATA, text) if is_plenty else warning(_DATA, text)


def look_at_metrics(config: Config, *, running: bool) -> Iterator[Finding]:
    """Whether they can be answered there, by each of the workers."""
    if config.metrics is None:
        return
    workers = range(1, config.workers + 1)
    for where in [endpoint_of(config.metrics, Share(one, config.workers)) for one in workers]:
        try:
            check_metrics(where)
        except NotListeningError as problem:
            if running and "in use" in str(problem):
                yield warning(_METRICS, f"{problem} (the server that is running has it, it seems)")
            else:
                yield error(_METRICS, str(problem))
        else:
            yield good(_METRICS, f"at http://{where}/metrics")


def look_at_descriptors(config: Config) -> Iterator[Finding]:
    """Whether there are as many as the sessions need."""
    sessions = part_of(config.limits.sessions, config.workers)
    problem = shortage(sessions)
    if problem is not None:
        yield warning(_DESCRIPTORS, problem)
    else:
        yield good(_DESCRIPTORS, f"enough for {sessions} sessions")
