# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the audio bytes of one file with the real player and sink: `play_file SINK FILE [MS...]`.

Pauses for a moment at every position MS (milliseconds, rising). Prints the player's events, the
last line being the number of gaps.
"""

import sys
import time
from pathlib import Path
from queue import Empty, Queue

from client.decoder import MadDecoder
from client.player import Player
from client.player_events import Event, Failed, Finished, Position
from client.playout import PlayoutBuffer
from client.sinks import open_sink
from client.trimmer import cuts
from tests.client.audio import read_audio

PAUSE_S = 0.15
POLL_S = 0.005


def main() -> None:
    """Plays what the command line names."""
    spec, path, *pauses = sys.argv[1:]
    audio, index = read_audio(Path(path))
    events: Queue[Event] = Queue()
    sink = open_sink(spec, print)
    player = Player(sink, events.put, MadDecoder)
    buffer = PlayoutBuffer(len(audio))
    buffer.append(audio)
    buffer.finish()
    trim = cuts(delay=index.delay, padding=index.padding, gapless=index.has_gapless)
    player.play(1, buffer, trim)
    waiting = [int(pause) for pause in pauses]
    while True:
        try:
            event = events.get(timeout=POLL_S)
        except Empty:
            position = player.position() or Position(1, 0)
            if waiting and position.ms >= waiting[0]:
                waiting.pop(0)
                player.pause()
                time.sleep(PAUSE_S)
                player.resume()
            continue
        print(event)  # noqa: T201
        if isinstance(event, Finished | Failed):
            break
    player.close()
    print(sink.gaps)  # noqa: T201


if __name__ == "__main__":
    main()
