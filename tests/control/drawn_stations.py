# SPDX-License-Identifier: GPL-3.0-or-later
"""Any message of stations or relays, drawn by Hypothesis."""

from hypothesis import strategies as st

from control.message import Message
from control.queue_messages import Entries, Now, OnAir, Queue, QueueEntry, Skip, Votes
from control.relay_messages import Accuse, Parent, Parents, Relay, Relaying, Report
from control.station_messages import (
    Browse,
    Enqueue,
    Enqueued,
    StationEntry,
    Stations,
    Tune,
    Tuned,
)
from tests.control.fields import octets, text, uint

names = text(64, least=1)
ids = octets(16).filter(any)


@st.composite
def stations(draw: st.DrawFn) -> Stations:
    found = sorted(draw(st.sets(names, max_size=5)), key=str.encode)
    return Stations(
        tuple(StationEntry(name, draw(uint(32)), draw(text(40)), draw(text(40))) for name in found)
    )


@st.composite
def entries(draw: st.DrawFn) -> Entries:
    songs = st.builds(
        QueueEntry, uint(32), uint(32), uint(32), text(40, least=1), text(40), text(64)
    )
    found = tuple(draw(st.lists(songs, max_size=4)))
    return Entries(draw(st.integers(len(found), 0xFFFF)), found)


addresses = st.ip_addresses().map(str).filter(lambda address: "%" not in address)
parents = st.builds(Parent, uint(32, least=1), uint(16, least=1), uint(64), octets(32), addresses)
times = uint(32)

station_messages: st.SearchStrategy[Message] = st.one_of(
    st.just(Browse()),
    stations(),
    st.builds(Tune, uint(32, least=1), names, uint(64), ids, st.booleans()),
    st.builds(Tune, uint(32, least=1), names, relayed=st.booleans()),
    st.builds(Tuned, uint(32, least=1), uint(64), times, ids, octets(32), st.booleans()),
    st.builds(Enqueue, uint(32, least=1), names),
    st.builds(Enqueued, st.booleans(), uint(16, least=1), times),
    st.builds(Queue, uint(16, least=1), uint(16, least=1), names),
    entries(),
    st.builds(Now, names),
    st.builds(
        OnAir,
        uint(32, least=1),
        uint(32),
        times,
        times,
        uint(32),
        uint(16),
        uint(16),
        text(80),
        text(80),
        text(80),
        text(64),
    ),
    st.builds(Skip, uint(32, least=1), names),
    st.builds(Votes, st.booleans(), uint(16), uint(16)),
    st.builds(Relay, uint(16, least=1), uint(16, least=1), uint(32), octets(32)),
    st.just(Relay()),
    st.builds(Relaying, uint(16), uint(64)),
    st.builds(Parents, uint(32, least=1), st.lists(parents, max_size=4).map(tuple)),
    st.builds(Report, uint(32, least=1), uint(32), uint(64), times, uint(32)),
    st.builds(Accuse, uint(32, least=1), uint(32, least=1), uint(64)),
)
