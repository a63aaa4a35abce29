# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the sample music: scores to MIDI, fluidsynth to sound, ffmpeg to level, LAME to MP3.

Run as ``python3 -m music.make`` from the top of the source tree; ``--check`` only reads the scores.
The same versions of the three tools and of the sound font give the same bytes every time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from music.midi import duration_s, write_midi
from music.notation import ScoreError
from music.scores import PIECES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from music.scores import Piece

SOUND_FONT: Final = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
FOLDER: Final = Path(__file__).parent
SAMPLE_RATE: Final = 44_100  # Hz

LOUDNESS_LUFS: Final = -16.0  # of every piece, as EBU R 128 measures it
PEAK_DBFS: Final = -1.2  # before encoding, which adds a little of its own
FADE_S: Final = 4.0  # at the very end, over the last chord and its reverberation

ALBUM: Final = "Antiphon sample music"
COMMENT: Final = "Public domain: CC0 1.0"

# Soft enough for the synthesiser never to come near full scale; the level is set afterwards.
_SYNTHESIS: Final = (
    *("-g", "0.6", "-r", str(SAMPLE_RATE), "-O", "float", "-T", "wav"),
    *("-o", "synth.chorus.active=0", "-o", "synth.reverb.active=1"),
    *("-o", "synth.reverb.room-size=0.7", "-o", "synth.reverb.level=0.7"),
)
_INTEGRATED: Final = re.compile(r"^\s+I:\s+(-?[\d.]+) LUFS$", re.MULTILINE)
_PEAK: Final = re.compile(r"^\s+Peak:\s+(-?[\d.]+) dBFS$", re.MULTILINE)


def _run(*command: str | Path) -> str:
    """Run a tool and return what it said on stderr; CalledProcessError if it failed."""
    # A fixed locale: LAME reads the tags in it.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [str(word) for word in command],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stderr


def measure(sound: Path, *first: str) -> tuple[float, float]:
    """Return the integrated loudness (LUFS) and the true peak (dBFS) of a sound file.

    A single channel is measured as it is heard, from two loudspeakers; `first` are filters that the
    sound passes before.
    """
    filters = ",".join((*first, "ebur128=peak=true:dualmono=true"))
    said = _run(
        *("ffmpeg", "-hide_banner", "-nostats", "-i", sound),
        *("-af", filters, "-f", "null", "-"),
    )
    integrated, peak = _INTEGRATED.findall(said), _PEAK.findall(said)
    return float(integrated[-1]), float(peak[-1])


def render(piece: Piece, sound_font: Path, target: Path) -> None:
    """Make the MP3 of one piece; ScoreError, OSError or CalledProcessError if it cannot be made."""
    with tempfile.TemporaryDirectory() as folder:
        midi, raw, levelled = (Path(folder, name) for name in ("a.mid", "a.wav", "b.wav"))
        midi.write_bytes(write_midi(piece))
        _run("fluidsynth", "-ni", "-q", *_SYNTHESIS, "-F", raw, sound_font, midi)
        # A plucked or struck sound has peaks far above its loudness: the limiter takes their tips.
        layout = f"aformat=channel_layouts={'mono' if piece.channels == 1 else 'stereo'}"
        gain_db = LOUDNESS_LUFS - measure(raw, layout)[0]
        ceiling = 10 ** (PEAK_DBFS / 20)
        length_s = duration_s(piece)
        filters = (
            layout,
            f"volume={gain_db:.2f}dB",
            f"alimiter=limit={ceiling:.4f}:attack=5:release=80:level=false",
            f"afade=t=out:st={length_s - FADE_S:.3f}:d={FADE_S}:curve=qsin",
        )
        _run(
            *("ffmpeg", "-v", "error", "-i", raw, "-t", f"{length_s:.3f}"),
            *("-af", ",".join(filters), "-c:a", "pcm_s24le", levelled),
        )
        _run(
            *("lame", "--quiet", *piece.lame_options, "--add-id3v2", "--id3v2-latin1"),
            *("--tt", piece.title, "--ta", piece.composer, "--tl", ALBUM),
            *("--tn", f"{piece.number}/{len(PIECES)}", "--tg", "Classical", "--tc", COMMENT),
            *("--tv", f"TCOM={piece.composer}", levelled, target),
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the scores, then make the files; returns the exit status."""
    parser = argparse.ArgumentParser(prog="music.make", description="Make the sample music.")
    parser.add_argument("--check", action="store_true", help="only read the scores")
    parser.add_argument("--sound-font", type=Path, default=SOUND_FONT)
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder for the MP3 files")
    options = parser.parse_args(arguments)
    try:
        for piece in PIECES:
            size = len(write_midi(piece))
            print(f"{piece.title}: {piece.bars} bars, {duration_s(piece):.1f} s, MIDI {size} bytes")
            if options.check:
                continue
            target = options.output / piece.file_name
            render(piece, options.sound_font, target)
            loudness, peak = measure(target)
            print(f"  {target.name}: {target.stat().st_size} bytes, {loudness} LUFS, {peak} dBFS")
    except ScoreError as error:
        print(f"music.make: {error}", file=sys.stderr)
    except OSError as error:
        print(f"music.make: {error}; see README.md for what is needed", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"music.make: {error.cmd[0]} failed: {error.stderr.strip()}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
