# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a station's schedule in Redis, so that several servers carry it and a new one goes on.

One hash holds the schedule with a tag of its content. An update is made under WATCH and made again
if somebody was quicker. Others' changes are noticed by asking for the tag a few times a second:
where a subscription would have to be watched for silence too, the next question is its own proof.

Every server holds a copy. While Redis is away updates go to the copy, and what follows from the
schedule alone is the same on all servers. When it is back, or has lost everything, the newest of
the copies is written, and what was wished for elsewhere meanwhile is added. The schedule holds the
station's seed: whoever may read the key can sign in its name.
"""

import contextlib
import hashlib
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Final, cast

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from redis.exceptions import AuthenticationError, RedisError, ResponseError, WatchError

from server.station.codec import decode, encode
from server.station.errors import ForeignScheduleError, StationError, StoreAwayError
from server.station.merging import merge
from server.station.redis_absence import NO_ANSWER, Absence
from server.station.redis_clock import RedisClock
from server.station.redis_connection import client_for
from server.station.schedule import Schedule
from server.station.store import T, Transition, new_station, next_version

PREFIX: Final = "antiphon"  # of all keys
POLL: Final = 0.25  # seconds; a skip is known everywhere before SKIP_AHEAD_US has passed
PATIENCE: Final = 4.0  # seconds for an exchange, name resolution included
RETRY_FIRST: Final = 0.25  # seconds until Redis is looked for again; doubled each time
RETRY_MOST: Final = 4.0  # seconds
ATTEMPTS: Final = 32  # each that fails is another server's success


class RedisStore:
    """A `Store` that servers share. Belongs to one thread's hub."""

    def __init__(
        self,
        url: str,
        station: str,
        *,
        prefix: str = PREFIX,
        schedule: Schedule | None = None,
    ) -> None:
        """Look for the station in Redis; one that does not answer in time is waited for later.

        Args:
            url: see `client_for`.
            station: its name; servers with the same name and prefix carry the same station.
            prefix: of the key.
            schedule: of the station, if Redis knows none; None for a new one.

        Raises:
            StationError: the URL is none, Redis lets nobody in with it, or holds under the
                station's name what no schedule is.
        """
        self._client, self._where = client_for(url)
        self._key = key_of(prefix, station)
        self._mirror = schedule or new_station()
        self._tag: bytes | None = None  # of what Redis held last
        self._is_born = False  # the mirror has been in Redis
        self._is_changed = False  # and since then has been updated without it
        self._absence = Absence(self._where)
        self._clock = RedisClock(self._client, self._where)
        self._callbacks: list[Callable[[Schedule], None]] = []
        self._lock = BoundedSemaphore(1)
        self._closed = Event()
        self._connect(at_start=True)
        self._keeper = gevent.spawn(self._keep)

    @property
    def is_away(self) -> bool:
        """Whether Redis is away, and this server on its own."""
        return self._absence.is_on

    def load(self) -> Schedule:
        """The schedule as it was here last; at once."""
        return self._mirror

    def now_us(self) -> int:
        """Unix µs of Redis's clock."""
        return self._clock.now_us()

    def watch(self, callback: Callable[[Schedule], None]) -> None:
        """Have `callback` called in the hub with each schedule made by another server."""
        self._callbacks.append(callback)

    def update(self, transition: Transition[T]) -> T:
        """Apply a transition in Redis, or to the copy while it is away.

        Waits for an answer of Redis, at most PATIENCE, and only where something changes.
        """
        changed, answer = transition(self._mirror)
        if next_version(self._mirror, changed) is self._mirror:
            return answer
        if not self._absence.is_on:
            with self._lock:
                # Who waited for the lock may have waited for the end of the connection.
                if not self._absence.is_on:
                    with self._leaving():
                        return self._exchange(transition)
        changed, answer = transition(self._mirror)
        self._mirror = next_version(self._mirror, changed)
        self._is_changed = True
        return answer

    def close(self) -> None:
        """Let go of Redis; the schedule stays there."""
        self._closed.set()
        self._callbacks.clear()
        self._keeper.kill()
        self._hang_up()

    # ---- the exchange with Redis; under the lock

    def _exchange(self, transition: Transition[T]) -> T:
        """Apply a transition to what Redis holds, and have the outcome here and there.

        Raises:
            StoreAwayError: it could not be done; nothing has changed here.
        """
        for _ in range(ATTEMPTS):
            mine = self._mirror
            with self._client.pipeline(transaction=True) as pipe:
                pipe.watch(self._key)  # type: ignore[no-untyped-call]
                tag, data = cast("list[bytes | None]", pipe.hmget(self._key, ["tag", "schedule"]))
                # The copy is what is there, as long as the tag says so: that is not read again.
                is_same = self._is_born and not self._is_changed and self._is_known(tag)
                stored = mine if is_same else self._read(data)
                base = self._reconciled(stored)
                changed, answer = transition(base)
                written = next_version(base, changed)
                if written != stored:
                    data = encode(written)
                    tag = _tag(data)
                    pipe.multi()
                    pipe.hset(self._key, mapping={"tag": tag, "schedule": data})
                    try:
                        pipe.execute()
                    except WatchError:
                        continue
            if self._mirror is not mine:
                continue  # updated while Redis was being looked for: that goes in as well
            self._mirror, self._tag = written, tag
            self._is_born, self._is_changed = True, False
            if base is not mine and base != mine:
                self._tell()
            return answer
        raise StoreAwayError("other servers are always quicker")

    def _is_known(self, tag: bytes | None) -> bool:
        return tag is not None and tag == self._tag

    def _read(self, data: bytes | None) -> Schedule | None:
        if data is None:
            return None
        try:
            return decode(data)
        except ValueError as error:
            # A newer server's, perhaps: never written over.
            raise ForeignScheduleError(
                f"what it holds under {self._key} is no schedule of this version: {error}",
            ) from error

    def _reconciled(self, stored: Schedule | None) -> Schedule:
        """The schedule that counts now, of the one in Redis and the one here."""
        mine = self._mirror
        if stored is None:
            return mine
        if self._is_born and mine.version > stored.version:
            merged = merge(mine, stored)
        elif self._is_changed:
            merged = merge(stored, mine)
            if merged == stored:
                return stored
        else:
            return stored
        return replace(merged, version=max(mine.version, stored.version) + 1)

    def _tell(self) -> None:
        """Others' changes are told from the hub: whoever updates now is not called back into."""
        gevent.get_hub().loop.run_callback(self._call_back, self._mirror)

    def _call_back(self, schedule: Schedule) -> None:
        for callback in list(self._callbacks):
            callback(schedule)

    # ---- coming and going

    @contextlib.contextmanager
    def _leaving(self) -> Generator[None]:
        """Go on alone from the first thing on that Redis does not do."""
        try:
            with gevent.Timeout(PATIENCE, StoreAwayError(NO_ANSWER)):
                yield
        except (RedisError, OSError, StoreAwayError) as error:
            self._hang_up()
            self._absence.goes_on(error)

    def _connect(self, *, at_start: bool = False) -> None:
        """Look for Redis once, and agree with it."""
        with self._lock, self._leaving():
            try:
                self._clock.look()
                self._exchange(_as_it_is)
            except (AuthenticationError, ResponseError, ForeignScheduleError) as error:
                if at_start:
                    self._hang_up()
                    raise StationError(
                        f"Redis at {self._where} cannot keep the station: {error}"
                    ) from error
                raise
            self._absence.over()

    def _hang_up(self) -> None:
        pool = self._client.connection_pool
        pool.disconnect()
        # A command that was given up may have kept its connection from the pool.
        pool.reset()

    def _keep(self) -> None:
        """Notice what others do, and when Redis goes away or comes back."""
        retry = RETRY_FIRST
        while not self._closed.wait(retry if self._absence.is_on else POLL):
            if self._absence.is_on:
                self._connect()
                retry = min(2 * retry, RETRY_MOST)
                continue
            retry = RETRY_FIRST
            with self._lock, self._leaving():
                if self._clock.is_due:
                    self._clock.look()
                if not self._is_known(cast("bytes | None", self._client.hget(self._key, "tag"))):
                    self._exchange(_as_it_is)


def key_of(prefix: str, station: str) -> str:
    """Where its schedule is."""
    return f"{prefix}:station:{station}"


def _as_it_is(schedule: Schedule) -> tuple[Schedule, None]:
    return schedule, None


def _tag(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()[:16].encode()
