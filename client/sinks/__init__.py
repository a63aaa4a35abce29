# SPDX-License-Identifier: GPL-3.0-or-later
"""Where sound goes: a sound card, a clocked silence, a WAV file, a tape, a pipe."""

from collections.abc import Callable
from pathlib import Path

from client.sinks.card import CardSink
from client.sinks.null import NullSink
from client.sinks.raw import RawSink
from client.sinks.sink import Sink, SinkError
from client.sinks.tape import TapeSink
from client.sinks.wav import WavSink

__all__ = ["FORMS", "Sink", "SinkError", "open_sink", "sink_opener"]

FORMS = "auto, alsa, alsa:DEVICE, null, wav:FILE, tape:FILE (the same in time), raw:FILE or raw:-"


Notify = Callable[[str], None]


def sink_opener(spec: str) -> Callable[[Notify], Sink]:
    """What opens the sink that `spec` names, one of `FORMS`. Nothing is opened yet.

    `auto` is the sound card, or silence where none opens; `notify` then gets the one sentence that
    says so. What is returned raises SinkError with a sentence for the listener.

    Raises ValueError, also with a sentence, where `spec` is none of the forms.
    """
    kind, colon, rest = spec.partition(":")
    match kind, rest:
        case "auto", "" if not colon:
            return _open_auto
        case "alsa", device:
            return lambda _: _open_alsa(device or "default")
        case "null", "" if not colon:
            return lambda _: NullSink()
        case "wav" | "tape" | "raw", "":
            raise ValueError(f"the name of the file is missing in “{spec}”; write {kind}:FILE")
        case "wav" | "tape", file:
            recorder = TapeSink if kind == "tape" else WavSink
            return lambda _: recorder(Path(file))
        case "raw", "-":
            return lambda _: RawSink(None)
        case "raw", file:
            return lambda _: RawSink(Path(file))
        case _:
            raise ValueError(f"there is no sink “{spec}”; there are {FORMS}")


def open_sink(spec: str, notify: Notify) -> Sink:
    """The sink that `spec` names; raises ValueError and SinkError, see `sink_opener`."""
    return sink_opener(spec)(notify)


def _open_alsa(device: str) -> Sink:
    # Here and not above: without ALSA everything else still works.
    from client.sinks.alsa import open_pcm  # noqa: PLC0415

    return CardSink(device, open_pcm)


def _open_auto(notify: Notify) -> Sink:
    try:
        return _open_alsa("default")
    except SinkError:
        notify("No sound card could be opened: playing silently, in time. See --sink for others.")
        return NullSink()
