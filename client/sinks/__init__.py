# SPDX-License-Identifier: GPL-3.0-or-later
"""Where sound goes: a sound card, a clocked silence, a WAV file, a pipe."""

from collections.abc import Callable
from pathlib import Path

from client.sinks.card import CardSink
from client.sinks.null import NullSink
from client.sinks.raw import RawSink
from client.sinks.sink import Sink, SinkError
from client.sinks.wav import WavSink

__all__ = ["FORMS", "Sink", "SinkError", "open_sink"]

FORMS = "auto, alsa, alsa:DEVICE, null, wav:FILE, raw:FILE or raw:-"


def open_sink(spec: str, notify: Callable[[str], None]) -> Sink:
    """Opens the sink that `spec` names, one of `FORMS`.

    `auto` is the sound card, or silence where none opens; `notify` then gets the one sentence that
    says so. Raises SinkError with a sentence for the listener.
    """
    kind, _, rest = spec.partition(":")
    match kind, rest:
        case "auto", "":
            return _open_auto(notify)
        case "alsa", device:
            return _open_alsa(device or "default")
        case "null", "":
            return NullSink()
        case "wav", file if file:
            return WavSink(Path(file))
        case "raw", "-":
            return RawSink(None)
        case "raw", file if file:
            return RawSink(Path(file))
        case _:
            raise SinkError(f"There is no sink '{spec}'. Use {FORMS}.")


def _open_alsa(device: str) -> Sink:
    # Here and not above: without ALSA everything else still works.
    from client.sinks.alsa import open_pcm  # noqa: PLC0415

    return CardSink(device, open_pcm)


def _open_auto(notify: Callable[[str], None]) -> Sink:
    try:
        return _open_alsa("default")
    except SinkError:
        notify("No sound card could be opened: playing silently, in time. See --sink for others.")
        return NullSink()
