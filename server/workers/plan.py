# SPDX-License-Identifier: GPL-3.0-or-later
"""What each of several workers is told, out of the one configuration of all of them. Pure.

Shared out are the data ports and what bounds the whole server: listeners, connections that wait,
and the listeners of a station that it feeds itself. The shares of the first two are as many as they
say, all together, and there has to be one for each. Those of the last are rounded up, so that no
worker feeds nobody. What bounds one address is not shared out: the kernel sends the connections of
one address to all workers, as chance has it, and a half of 64 would refuse a household that has 40.
So an address may have as many times its limit as there are workers.
"""

from dataclasses import replace
from typing import Final

from server.config import Config, Endpoint, PortRange, Share

HIGHEST: Final = 65535


class PlanError(Exception):
    """The settings cannot be shared out; the text says why and what to do."""


def check(config: Config) -> None:
    """Find out whether the settings can be shared out; raises PlanError."""
    count, ports, metrics = config.workers, config.data_ports, config.metrics
    if count == 1:
        return
    limits = config.limits
    for name, whole in (("max-sessions", limits.sessions), ("max-waiting", limits.waiting)):
        if whole < count:
            raise PlanError(
                f"--workers {count} want one each, at least, of --{name} {whole}: give at least"
                f" {count}, or fewer workers"
            )
    if ports is not None and (there := ports.high - ports.low + 1) < count:
        raise PlanError(
            f"--workers {count} want a data port each, and --data-ports {ports} are only {there}:"
            f" give at least {count}, or --data-ports any"
        )
    if metrics is not None and metrics.port + count - 1 > HIGHEST:
        raise PlanError(
            f"--workers {count} answer --metrics on {count} ports from {metrics.port} on, and"
            f" {HIGHEST} is the last one: give {HIGHEST - count + 1} at most"
        )
    if config.stations and config.station_store is None:
        raise PlanError(
            f"--station with --workers {count} needs --station-store URL, the Redis through which"
            " the workers carry one station together (or leave --workers out)"
        )


def shared(config: Config, share: Share) -> Config:
    """What one worker is told; the settings have passed `check`."""
    ports, metrics, limits = config.data_ports, config.metrics, config.limits
    return replace(
        config,
        share=share,
        data_ports=None if ports is None else ports_of(ports, share),
        metrics=None if metrics is None else endpoint_of(metrics, share),
        limits=replace(
            limits,
            sessions=exact_part_of(limits.sessions, share),
            waiting=exact_part_of(limits.waiting, share),
        ),
        relays=replace(config.relays, feeds=part_of(config.relays.feeds, share.of)),
    )


def ports_of(ports: PortRange, share: Share) -> PortRange:
    """The ports of one worker: all lie side by side, and the first workers have one more."""
    each, more = divmod(ports.high - ports.low + 1, share.of)
    before = share.number - 1
    low = ports.low + before * each + min(before, more)
    return PortRange(low, low + each + (before < more) - 1)


def endpoint_of(metrics: Endpoint, share: Share) -> Endpoint:
    """A port each, one behind the other; any free one stays that."""
    return replace(metrics, port=metrics.port + share.number - 1) if metrics.port else metrics


def exact_part_of(whole: int, share: Share) -> int:
    """Of one worker; all together make the whole, and the first workers have one more."""
    each, more = divmod(whole, share.of)
    return each + (share.number <= more)


def part_of(whole: int, workers: int) -> int:
    """Of the one that has most. Rounded up; 0, which is no limit, stays that."""
    return -(-whole // workers)
