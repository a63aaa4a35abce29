# SPDX-License-Identifier: GPL-3.0-or-later
"""A song that waits for its sound, and a rule that lets it wait."""

from dataclasses import dataclass, field

from client.requests import PlayTrack
from data.waiting import Decision, Outlook, Situation
from tests.client.playbook import Playbook
from tests.client.served import recording

FRAMES = 4000  # of a song of 104 seconds


@dataclass
class Watched:
    """A rule that never starts, and what it was asked."""

    told: list[Situation] = field(default_factory=list[Situation])
    outlooks: list[float] = field(default_factory=list[float])  # seconds waited then

    def decide(self, situation: Situation) -> Decision:
        self.told.append(situation)
        return Decision(ready=False, confidence=0.0)

    def outlook(self, situation: Situation) -> Outlook:
        self.outlooks.append(situation.waited)
        return Outlook(12.0, 9.0)


def watched() -> tuple[Playbook, Watched]:
    """A client whose rule is watched, with a song that waits for its first byte."""
    rule = Watched()
    book = with_song(Playbook(rule=rule))
    asked(book)
    return book, rule


def with_song(book: Playbook) -> Playbook:
    book.connect().tracks[3] = recording(FRAMES)
    return book


def asked(book: Playbook, *, at_once: bool = False) -> Playbook:
    """The song is accepted, and nothing of it has come."""
    book.ask(PlayTrack(1, 3, at_once=at_once))
    book.stream()
    return book.skip()
