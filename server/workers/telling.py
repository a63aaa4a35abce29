# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log says of workers, by their parent."""

from server.logbook import Logbook

EVENTS = Logbook("antiphon.server")


def how(status: int) -> str:
    """How a process ended; `status` is below 0 where a signal ended it."""
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"


def tell_of_serving(count: int, where: str) -> None:
    """All of them are there, and listen at `where`, a host with a port."""
    EVENTS.info("workers_serve", "{workers} workers serve", workers=count)
    address, _, port = where.rpartition(":")
    EVENTS.info("listening", "listening on {address}:{port}", address=address, port=int(port))


def tell_of_end(number: int, status: int, pause: float | None) -> None:
    """One has ended, and is started again in `pause` seconds; None: never."""
    if pause is None:
        EVENTS.debug("worker_ended", "worker {worker} {how}", worker=number, how=how(status))
        return
    EVENTS.warning(
        "worker_starts_again",
        "worker {worker} {how} and is started again in {seconds} seconds"
        if pause
        else "worker {worker} {how} and is started again",
        worker=number,
        how=how(status),
        seconds=round(pause, 3),
    )


def tell_of_failure(number: int, reason: str) -> None:
    """One says itself why it cannot serve; its end is told too."""
    EVENTS.error("worker_failed", "worker {worker} cannot serve", worker=number, reason=reason)


def tell_of_silence(number: int, seconds: float) -> None:
    """One was not heard for so long, and is about to be killed."""
    EVENTS.error(
        "worker_hangs",
        "worker {worker} has hung for {seconds} seconds and is killed",
        worker=number,
        seconds=round(seconds, 3),
    )


def tell_of_lateness(number: int, seconds: float) -> None:
    """One was told to end at once, so long ago, and is about to be killed."""
    EVENTS.warning(
        "worker_does_not_end",
        "worker {worker} has not ended within {seconds} seconds and is killed",
        worker=number,
        seconds=round(seconds, 3),
    )
