# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that joins, plays, switches, stops and leaves at random until it is killed.

`python -m tests.e2e.restless HOST PORT SEED SONG...` writes a line for each thing it has done. It
ends with a stack trace if it hears a byte that is not in the song.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.raw_client import Listener
from tests.e2e.raw_control import Address


class Restless:
    """One listener after the other."""

    def __init__(self, address: Address, songs: list[bytes], rng: random.Random) -> None:
        self._address = address
        self._songs = songs
        self._rng = rng
        self._track = 0
        self._listener = Listener(address)

    def act(self) -> str:
        """Do one thing; its name."""
        actions: list[Callable[[], None]] = [
            *3 * [self.play],
            self.finish,
            self.look,
            self.stop,
            self.leave,
            self.vanish,
            self.lose_data,
        ]
        action = self._rng.choice(actions)
        action()
        return action.__name__

    def play(self) -> None:
        """Another song, from anywhere; hear the beginning of it."""
        self._track = self._rng.randrange(len(self._songs)) + 1
        song = self._songs[self._track - 1]
        start = self._rng.randrange(len(song))
        stream = self._listener.play(
            self._track, start=start, window=self._rng.randrange(2000, 2 * len(song))
        )
        window = min(1000, len(song) - stream.offset)
        self._check(self._listener.receive(window))

    def finish(self) -> None:
        """Hear a song to its end."""
        self.play()
        self._check(self._listener.receive_all())
        assert self._listener.offset + len(self._listener.received) == self._listener.total

    def look(self) -> None:
        """Look at the list."""
        assert self._listener.tracks().total == len(self._songs)

    def stop(self) -> None:
        """Stop in the middle."""
        self.play()
        self._listener.stop()

    def leave(self) -> None:
        """Go in order, and come again."""
        self._listener.bye()
        self._listener = Listener(self._address)

    def vanish(self) -> None:
        """Go without a word, in the middle of a song, and come again."""
        self.play()
        self._listener.vanish()
        self._listener = Listener(self._address)

    def lose_data(self) -> None:
        """Open another data connection."""
        self._listener.reopen()

    def _check(self, heard: bytes) -> None:
        song = self._songs[self._track - 1]
        assert song.startswith(heard, self._listener.offset), "not the bytes of the song"


def main() -> None:
    """Act until killed."""
    host, port, seed, *paths = sys.argv[1:]
    songs = [Path(path).read_bytes() for path in paths]
    restless = Restless((host, int(port)), songs, random.Random(int(seed)))
    while True:
        sys.stdout.write(f"{restless.act()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
