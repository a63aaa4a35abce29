# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes one small MP3 file of every kind the tests care about, with the real `lame` encoder.

The input is a seeded generated WAV of a few seconds, so every run encodes the same sound. What no
encoder writes (broken files, odd tags, hand-made Xing and VBRI frames) is put together here from
an encoder's output, byte by byte.
"""

import random
import struct
import subprocess
import wave
from array import array
from math import pi, sin
from pathlib import Path

SECONDS = 3.0  # length of every encoded piece, before encoder delay and padding

# One encoder run each: kind -> (source, options of lame). Sources are the keys of `_write_sources`.
ENCODED: dict[str, tuple[str, tuple[str, ...]]] = {
    "cbr128_joint": ("stereo44", ("-b", "128", "-m", "j")),
    "vbr_v2": ("stereo44", ("-V", "2")),
    "abr160": ("stereo44", ("--abr", "160")),
    "cbr320": ("stereo44", ("-b", "320")),
    "dual_channel": ("stereo44", ("-b", "192", "-m", "d")),
    "mono64": ("mono44", ("-b", "64", "-m", "m")),
    "rate48": ("stereo48", ("-b", "192")),
    "rate32": ("stereo44", ("-b", "96", "--resample", "32")),
    "mpeg2_22k": ("stereo44", ("-b", "64", "--resample", "22.05")),
    "mpeg2_24k_mono_vbr": ("mono44", ("-V", "5", "--resample", "24")),
    "mpeg25_11k": ("stereo44", ("-b", "32", "--resample", "11.025")),
    "mpeg25_8k_mono": ("mono44", ("-b", "16", "--resample", "8")),
    "no_info": ("stereo44", ("-t", "-b", "128")),
    "vbr_no_info": ("stereo44", ("-t", "-V", "4")),
    "crc": ("stereo44", ("-p", "-b", "128")),
    "crc_mono_vbr": ("mono44", ("-p", "-V", "4")),
    "silence": ("silence44", ("-V", "2")),
    "id3v1_id3v2": (
        "stereo44",
        (
            "-b",
            "128",
            "--add-id3v2",
            "--pad-id3v2-size",
            "3000",
            "--tt",
            "Ground",
            "--ta",
            "Purcell",
        ),
    ),
}

# Put together from the above; see `_assemble`.
ASSEMBLED = (
    "several_id3v2",
    "id3v2_footer",
    "ape_tags",
    "id3v1_enhanced_lyrics3",
    "xing_plain",
    "vbri",
    "garbage_middle",
    "junk_in_front",
    "truncated",
    "rate_change",
    "mono_to_stereo",
    "joined",
)

KINDS = (*ENCODED, *ASSEMBLED)

# Bytes that look like a frame's first two bytes and are none: the traps in tags and junk.
FALSE_SYNC = b"\xff\xfb\x90\x64" + b"\xff\xfb\x00\x00" + b"\xff\xff\xff\xff" + b"\xff\xe3\x18\xc4"


def make_samples(directory: Path) -> dict[str, Path]:
    """Writes every kind into `directory`; returns kind -> path of its `.mp3`.

    Raises FileNotFoundError when `lame` is not installed, CalledProcessError when it fails.
    """
    directory.mkdir(parents=True, exist_ok=True)
    sources = _write_sources(directory)
    samples = {kind: directory / f"{kind}.mp3" for kind in KINDS}
    for kind, (source, options) in ENCODED.items():
        encode(sources[source], samples[kind], *options)
    encoded = {kind: samples[kind].read_bytes() for kind in ENCODED}
    for kind, content in _assemble(encoded).items():
        samples[kind].write_bytes(content)
    return samples


def encode(source: Path, target: Path, *options: str) -> None:
    """Runs `lame` with `options` on a WAV file."""
    subprocess.run(["lame", "--quiet", *options, str(source), str(target)], check=True)


def write_wav(
    path: Path, *, rate: int = 44100, channels: int = 2, seconds: float = SECONDS, seed: int = 1
) -> None:
    """Writes 16-bit sound: two tones a channel that swell, a little noise, all from `seed`."""
    rng = random.Random(seed)
    frequencies = [(rng.uniform(200, 500), rng.uniform(900, 3000)) for _ in range(channels)]
    samples = array("h")
    for i in range(round(rate * seconds)):
        t = i / rate
        swell = 0.55 + 0.45 * sin(2 * pi * 0.7 * t)
        for low, high in frequencies:
            tones = 0.5 * sin(2 * pi * low * t) + 0.25 * sin(2 * pi * high * t)
            samples.append(int(32767 * 0.8 * (swell * tones + rng.uniform(-0.05, 0.05))))
    _write_samples(path, samples, rate, channels)


def id3v2(body: bytes, *, footer: bool = False) -> bytes:
    """An ID3v2.4 tag around `body`, which need not be made of real ID3 frames."""
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    header = b"\x04\x00" + (b"\x10" if footer else b"\x00") + size
    return b"ID3" + header + body + (b"3DI" + header if footer else b"")


def id3v1(title: bytes) -> bytes:
    """The 128 bytes of an ID3v1 tag."""
    return b"TAG" + title.ljust(124, b"\0") + b"\x0c"


def id3v1_enhanced(title: bytes) -> bytes:
    """The 227 bytes of an ID3v1 'TAG+' block, which stands before the ID3v1 tag."""
    return b"TAG+" + title.ljust(223, b"\0")


def apev2(key: bytes, value: bytes) -> bytes:
    """An APEv2 tag of one item, with header and footer."""
    items = struct.pack("<II", len(value), 0) + key + b"\0" + value

    def edge(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII8x", 2000, len(items) + 32, 1, flags)

    return edge(0xA0000000) + items + edge(0x80000000)


def apev1(key: bytes, value: bytes) -> bytes:
    """An APEv1 tag of one item: a footer, no header."""
    items = struct.pack("<II", len(value), 0) + key + b"\0" + value
    return items + b"APETAGEX" + struct.pack("<IIII8x", 1000, len(items) + 32, 1, 0)


def lyrics3v2(text: bytes) -> bytes:
    """A Lyrics3 v2 block, which stands before the ID3v1 tag."""
    body = b"LYRICSBEGIN" + b"LYR%05d" % len(text) + text
    return body + b"%06d" % len(body) + b"LYRICS200"


def _assemble(encoded: dict[str, bytes]) -> dict[str, bytes]:
    plain = encoded["no_info"]  # 44.1 kHz stereo at 128 kbit/s: frames of 417 or 418 bytes
    tagged = encoded["cbr128_joint"]
    cut = _frame_start(plain, near=len(plain) // 2)
    rng = random.Random(7)
    junk = rng.randbytes(300) + FALSE_SYNC + rng.randbytes(400) + FALSE_SYNC
    art = FALSE_SYNC * 40 + plain[:2000]  # a picture that is itself full of good frame headers
    xing = b"\xff\xfb\x90\x64" + bytes(32) + b"Xing" + bytes(4)
    vbri = b"\xff\xfb\x90\x64" + bytes(32) + b"VBRI" + struct.pack(">HHHII", 1, 0, 75, 0, 0)
    return {
        "several_id3v2": id3v2(art) + id3v2(bytes(700)) + id3v2(b"") + tagged,
        "id3v2_footer": id3v2(art, footer=True) + tagged,
        "ape_tags": apev2(b"Title", art) + tagged + apev2(b"Cover", art) + id3v1(b"Ground"),
        "id3v1_enhanced_lyrics3": tagged
        + apev1(b"Title", art)
        + lyrics3v2(art)
        + id3v1_enhanced(b"Ground")
        + id3v1(b"Ground"),
        "xing_plain": xing.ljust(417, b"\0") + encoded["vbr_no_info"],
        "vbri": vbri.ljust(417, b"\0") + encoded["vbr_no_info"],
        "garbage_middle": plain[:cut] + junk + plain[cut:],
        "junk_in_front": bytes(500) + junk + plain,
        "truncated": tagged[: len(tagged) - 150],
        "rate_change": plain + _without_first_frame(encoded["rate48"]) + plain,
        # What `cat *.mp3` makes: tags, and an Info frame that is now audio, in mid-file.
        "joined": id3v2(art) + tagged + id3v1(b"Ground") + id3v2(art) + tagged + id3v1(b"Bourree"),
        "mono_to_stereo": _without_first_frame(encoded["mono64"]) + plain,
    }


def _frame_start(content: bytes, *, near: int) -> int:
    return content.index(b"\xff\xfb\x90", near)


def _without_first_frame(content: bytes) -> bytes:
    """`content` from its second frame on: without the Info frame, which is audio in mid-file."""
    return content[content.index(content[:2], 4) :]


def _write_sources(directory: Path) -> dict[str, Path]:
    sources = {
        name: directory / f"{name}.wav" for name in ("stereo44", "stereo48", "mono44", "silence44")
    }
    write_wav(sources["stereo44"], seed=1)
    write_wav(sources["stereo48"], rate=48000, seed=2)
    write_wav(sources["mono44"], channels=1, seed=3)
    _write_samples(sources["silence44"], array("h", bytes(4 * round(44100 * SECONDS))), 44100, 2)
    return sources


def _write_samples(path: Path, samples: "array[int]", rate: int, channels: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
