# SPDX-License-Identifier: GPL-3.0-or-later
"""One song from the STREAM that accepted it to its last sample: offsets, times, credit."""

from client.reports import TrackLine
from client.settings import Bounds
from client.trimmer import Cuts, cuts
from control.music_messages import Play, StartKind, Stream
from data.credit import Need, next_limit
from data.demand import Demand
from data.estimate import Measured
from data.mpeg import LONGEST_FRAME
from data.timemap import TimeMap
from data.waiting import Outlook, Situation

PATIENCE = 0.5  # part of a top-up that may be played before the next look at the credit
# Seconds; an outlook is much work, so it must not come between the first bytes and the sound.
OUTLOOK_EVERY = 1.0


def track_line(stream: Stream) -> TrackLine:
    """What STREAM says of its track, for the shell."""
    return TrackLine(stream.track, stream.duration, stream.title, stream.artist, stream.album)


def cuts_of(stream: Stream, start_ms: int) -> Cuts:
    """What to cut off the decoded sound of a stream that was asked for from `start_ms` on."""
    whole = cuts(delay=stream.delay, padding=stream.padding, gapless=stream.gapless)
    if start_ms == 0:
        return whole
    early = max(0, start_ms * 1000 - stream.start_time)  # microseconds
    # Rounded, since microseconds were: the right sample is never more than a fraction away.
    skip = round(early * stream.sample_rate / 1_000_000)
    # Close to the beginning, what the encoder put in front is no music either.
    return Cuts(front=skip if stream.offset else max(skip, whole.front), back=whole.back)


class Song:
    """A song that was accepted and is played.

    Attributes:
        number: the number of its first stream, by which the reports name it.
        stream: the number of the stream that brings its bytes; 0 while there is none.
        info: the STREAM that accepted it.
        start: where it begins, seconds of frame time.
        asked_at: when the listener asked for it, in seconds.
        next: audio offset of the next byte to arrive.
        limit: audio offset up to which credit was granted on `stream`.
        used: audio offset up to which the decoder has taken bytes.
        is_complete: everything has arrived.
        intact: what the digest said; None where it could not be checked.
        failure: code and sentence, where the rest will never arrive.
        gate_open: whether the player may take bytes.
        has_sounded: whether its first sound was heard.
        latency: milliseconds from `asked_at` until then; None before.
        is_paused: whether the listener paused it.
        stalls: how often the sound stopped because nothing had arrived.
        stalled_at: when it stopped so, while it has not gone on.
        is_hurried: the server stops soon, so as much as may be held is granted at once.
        starts_at_once: the listener does not want it to wait for more than a first byte.
        outlook: why it waits, for people; None where that is not known, or it does not wait.
    """

    def __init__(
        self, info: Stream, *, start_ms: int, asked_at: float, window: int, bounds: Bounds
    ) -> None:
        """`window`: bytes that PLAY granted."""
        self.number = self.stream = info.stream
        self.info = info
        self.start = start_ms / 1000
        self.asked_at = asked_at
        self.next = info.offset
        self.limit = info.offset + window
        self.used = info.offset
        self.is_complete = False
        self.intact: bool | None = None
        self.failure: tuple[str, str] | None = None
        self.gate_open = False
        self.has_sounded = False
        self.latency: float | None = None
        self.is_paused = False
        self.stalls = 0
        self.stalled_at: float | None = None
        self.is_hurried = False
        self.starts_at_once = False
        self.outlook: Outlook | None = None
        self._begin = info.offset
        self._bounds = bounds
        self._map = TimeMap(info.map_interval / 1000, info.map, info.duration / 1000)
        self._is_granted = False  # the latest grant was of all that was wanted
        self._ran_dry = False
        self._waits_since: float | None = None  # the first byte arrived, or the buffer ran dry
        self._demand: Demand | None = None  # from where this wait is; made when it is asked for
        self._outlook_due = 0.0

    @property
    def duration(self) -> float:
        """Seconds of frame time."""
        return self._map.duration

    @property
    def mean_rate(self) -> float:
        """Bytes per second that the song consumes, over the whole of it."""
        return self._map.mean_rate

    @property
    def arrived_to(self) -> float:
        """Frame time in seconds up to which sound has arrived."""
        return max(self.start, self._map.time_at(self.next))

    @property
    def received(self) -> int:
        """Audio bytes that have arrived."""
        return self.next - self._begin

    @property
    def has_unplayed(self) -> bool:
        """Whether bytes wait for the decoder."""
        return self.next > self.used

    @property
    def is_over(self) -> bool:
        """Whether nothing more will arrive."""
        return self.is_complete or self.failure is not None

    @property
    def needs_resume(self) -> bool:
        """Whether its stream was lost before the end."""
        return self.stream == 0 and not self.is_over

    @property
    def is_owed(self) -> bool:
        """Whether the server could send something: audio within the credit, or END."""
        if self.stream == 0 or self.is_over:
            return False
        return self.limit >= self.info.total or self.limit - self.next >= LONGEST_FRAME

    def took(self, consumed: int) -> None:
        """The decoder has taken this many bytes of the buffer."""
        self.used = self._begin + consumed

    def arrived(self, size: int, *, now: float) -> None:
        """The next `size` bytes are there."""
        self.next += size
        if self._waits_since is None and not self.gate_open:
            self._wait(now)

    def opened(self) -> None:
        """The gate is open."""
        self.gate_open, self._waits_since, self._demand = True, None, None
        self.starts_at_once, self.outlook = False, None

    def ran_dry(self, *, now: float) -> None:
        """The buffer is empty and has closed the gate."""
        self.gate_open, self._ran_dry = False, True
        self._wait(now)

    @property
    def waits(self) -> bool:
        """Whether the start rule has to say when sound starts or goes on."""
        return self._waits_since is not None and not self.is_over

    def situation(self, *, now: float, measured: Measured | None) -> Situation:
        """What the start rule may know."""
        place = self._place()
        if self._demand is None:
            # The same for the whole wait, since nothing is played meanwhile.
            self._demand = Demand(self._map, position=place)
        return Situation(
            buffered=max(0.0, self.arrived_to - place),
            held=self.next - self.used,
            demand=self._demand,
            complete=self.is_over,
            resuming=self._ran_dry,
            waited=0.0 if self._waits_since is None else now - self._waits_since,
            measured=measured,
        )

    def wants_outlook(self, *, now: float) -> bool:
        """Whether it has waited so long that people want to know why, anew."""
        return now >= self._outlook_due

    def foresee(self, outlook: Outlook, *, now: float) -> None:
        """This is why it waits."""
        self.outlook, self._outlook_due = outlook, now + OUTLOOK_EVERY

    @property
    def is_full(self) -> bool:
        """Whether as much has arrived as may wait: then a rule that wants more must give in."""
        return self.next + LONGEST_FRAME > self._wanted()

    def grant(self, flight: int) -> int | None:
        """The limit to grant now, or None; takes it as granted. `flight`: bytes on their way."""
        if self.stream == 0 or self.is_over:
            return None
        limit = next_limit(
            Need(
                received=self.next,
                limit=self.limit,
                wanted=self._wanted(),
                total=self.info.total,
                step=self._top_up(),
                flight=self.info.total if self.is_hurried else flight,
                played=self.used,
                filling=not self.gate_open,
                is_full=self._is_granted,
            )
        )
        if limit is not None:
            self.limit, self._is_granted = limit, limit >= self._wanted()
        return limit

    def play_rest(self, stream: int, flight: int) -> Play:
        """The PLAY that asks for the rest as `stream`. `flight`: bytes on their way."""
        window = max(0, min(flight, self._wanted() - self.next))
        digest = self.info.digest
        return Play(self.info.track, stream, StartKind.OFFSET, self.next, window, digest)

    def resumed(self, stream: int, limit: int) -> None:
        """Another stream brings the rest."""
        self.stream, self.limit, self._is_granted = stream, limit, False

    @property
    def patience(self) -> float:
        """Seconds of playing until another look at the credit is worth it."""
        return self._top_up_seconds() * PATIENCE

    def _wanted(self) -> int:
        """Audio offset up to which the buffer may be filled now."""
        most = self.used + self._bounds.max_buffer
        if self.is_hurried:
            return most
        return min(self._map.offset_at(self._place() + self._bounds.read_ahead), most)

    def _place(self) -> float:
        """Frame time in seconds up to which the decoder has taken bytes."""
        return max(self.start, self._map.time_at(self.used))

    def _wait(self, now: float) -> None:
        self._waits_since, self._outlook_due = now, now + OUTLOOK_EVERY

    def _top_up_seconds(self) -> float:
        # A short read-ahead must not run dry while a long top-up is waited for.
        return min(self._bounds.top_up, self._bounds.read_ahead / 4)

    def _top_up(self) -> int:
        return max(1, int(self._top_up_seconds() * self._map.mean_rate))
