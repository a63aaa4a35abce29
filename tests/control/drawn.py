# SPDX-License-Identifier: GPL-3.0-or-later
"""Any message at all, drawn by Hypothesis."""

from hypothesis import strategies as st

from control.heard import Heard, Starts
from control.message import Message
from control.music_messages import (
    Credit,
    List,
    Play,
    StartKind,
    Stop,
    Stream,
    TrackEntry,
    Tracks,
)
from control.session_messages import (
    NO_SECRET,
    Bye,
    Drain,
    Error,
    Goodbye,
    Hello,
    Login,
    Ping,
    Pong,
    Port,
    Reopen,
    Welcome,
)
from tests.control.drawn_stations import names, station_messages
from tests.control.fields import octets, text, uint


@st.composite
def hellos(draw: st.DrawFn) -> Hello:
    low, high = sorted(draw(st.tuples(uint(8, least=1), uint(8, least=1))))
    session = draw(uint(32))
    agent = draw(text(64))
    if session:
        return Hello(low, high, session, draw(octets(16)), agent)
    logins = st.builds(Login, text(64, least=1), text(255, least=1))
    return Hello(low, high, 0, NO_SECRET, agent, draw(st.none() | logins))


@st.composite
def welcomes(draw: st.DrawFn) -> Welcome:
    heartbeat = draw(st.integers(1, 65534))
    return Welcome(
        version=draw(uint(8)),
        resumed=draw(st.booleans()),
        session=draw(uint(32, least=1)),
        secret=draw(octets(16)),
        data_port=draw(uint(16)),
        ticket=draw(octets(16)),
        ticket_lifetime=draw(uint(16)),
        heartbeat=heartbeat,
        dead_after=draw(st.integers(heartbeat + 1, 65535)),
        grace=draw(uint(16)),
        newest_stream=draw(uint(32)),
        server=draw(text(64)),
    )


@st.composite
def pages(draw: st.DrawFn) -> Tracks:
    ids = sorted(draw(st.sets(uint(32, least=1), max_size=5)))
    entries = tuple(
        TrackEntry(track, draw(uint(32)), draw(text(40, least=1)), draw(text(40)), draw(text(40)))
        for track in ids
    )
    more = bool(ids) and draw(st.booleans())
    return Tracks(draw(uint(32)), more, draw(st.booleans()), entries)


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    counts = tuple(draw(st.lists(uint(16), min_size=1, max_size=9)))
    interval = draw(st.integers(1, 5000))
    total = sum(counts)
    gapless = draw(st.booleans())
    return Stream(
        stream=draw(uint(32, least=1)),
        track=draw(uint(32, least=1)),
        offset=draw(st.integers(0, total)),
        total=total,
        start_time=draw(uint(64)),
        duration=interval * len(counts) - draw(st.integers(0, interval - 1)),
        sample_rate=draw(uint(32, least=1)),
        channels=draw(st.integers(1, 2)),
        gapless=gapless,
        delay=draw(uint(16)) if gapless else 0,
        padding=draw(uint(16)) if gapless else 0,
        digest=draw(octets(32)),
        title=draw(text(80)),
        artist=draw(text(80)),
        album=draw(text(80)),
        map_interval=interval,
        map=counts,
    )


@st.composite
def starts(draw: st.DrawFn) -> Starts:
    median, worst = sorted(draw(st.tuples(uint(32), uint(32))))
    return Starts(draw(uint(32, least=1)), median, worst) if draw(st.booleans()) else Starts()


@st.composite
def heard(draw: st.DrawFn) -> Heard:
    stalls, stalled = draw(st.tuples(uint(32, least=1), uint(32)) | st.just((0, 0)))
    return Heard(draw(uint(32)), stalls, stalled, draw(starts()), draw(starts()))


plays = st.builds(
    Play,
    uint(32),
    uint(32, least=1),
    st.sampled_from(StartKind),
    uint(64),
    uint(32),
    st.one_of(st.just(b""), octets(32)),
)

messages: st.SearchStrategy[Message] = st.one_of(
    hellos(),
    welcomes(),
    st.builds(List, uint(32), uint(16, least=1), text(255), st.just("") | names),
    pages(),
    plays,
    streams(),
    st.builds(Stop, uint(32)),
    st.builds(Credit, uint(32), uint(64)),
    st.builds(Ping, uint(64)),
    st.builds(Pong, uint(64)),
    st.builds(Bye, uint(16), text(255), st.none() | heard()),
    st.just(Goodbye()),
    st.builds(Error, uint(16), text(255)),
    st.just(Reopen()),
    st.builds(Port, uint(16), uint(16), octets(16)),
    st.builds(Drain, uint(16), text(255)),
    station_messages,
)
