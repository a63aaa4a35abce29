# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame in front of the sound that is none: Xing, Info and VBRI, with LAME's delay and padding.

Sources: the Xing VBR header SDK, "Mp3 Info Tag rev 1" by LAME, Fraunhofer's VBRI description.
"""

from dataclasses import dataclass
from enum import StrEnum

from data.mpeg import HEADER_SIZE, FrameHeader

_CRC_SIZE = 2  # bytes
_VBRI_AT = HEADER_SIZE + 32  # whatever the side information's size
_FRAMES, _BYTES, _TOC, _QUALITY = 1, 2, 4, 8  # Xing flags: which fields follow, in this order
_TOC_SIZE = 100  # bytes
_ENCODER_SIZE = 9  # bytes, such as "LAME3.100"
_DELAYS_AT = 21  # bytes from the encoder's name to the three bytes of delay and padding


class InfoKind(StrEnum):
    """The four letters that mark such a frame."""

    XING = "Xing"
    INFO = "Info"
    VBRI = "VBRI"


@dataclass(frozen=True, slots=True)
class InfoFrame:
    """What an encoder wrote about the whole file into a frame that carries no sound."""

    kind: InfoKind
    frames: int | None = None  # audio frames, this one not counted
    size: int | None = None  # bytes, this frame counted
    encoder: str | None = None  # where LAME's extension is there
    delay: int | None = None  # samples the encoder put in front (the decoder's 529 not counted)
    padding: int | None = None  # samples the encoder put behind


def parse_info_frame(frame: bytes, header: FrameHeader) -> InfoFrame | None:
    """Reads a whole first frame; None when it is sound. Never raises on a frame cut short."""
    if frame.startswith(b"VBRI", _VBRI_AT):
        return _parse_vbri(frame[_VBRI_AT:])
    at = HEADER_SIZE + header.side_info
    # With a CRC the mark belongs two bytes further back, but LAME leaves it where it was.
    places = (at, at + _CRC_SIZE) if header.protected else (at,)
    for place in places:
        for kind in (InfoKind.XING, InfoKind.INFO):
            if frame.startswith(kind.encode(), place):
                return _parse_xing(kind, frame[place + 4 :])
    return None


def _parse_vbri(body: bytes) -> InfoFrame:
    # Mark 4, version 2, delay 2, quality 2, bytes 4, frames 4. Its delay is not LAME's.
    if len(body) < 18:
        return InfoFrame(InfoKind.VBRI)
    size, frames = int.from_bytes(body[10:14], "big"), int.from_bytes(body[14:18], "big")
    return InfoFrame(InfoKind.VBRI, frames=frames or None, size=size or None)


def _parse_xing(kind: InfoKind, body: bytes) -> InfoFrame:
    flags = int.from_bytes(body[:4], "big")
    at = 4
    frames = size = None
    if flags & _FRAMES:
        frames = int.from_bytes(body[at : at + 4], "big") or None
        at += 4
    if flags & _BYTES:
        size = int.from_bytes(body[at : at + 4], "big") or None
        at += 4
    at += _TOC_SIZE if flags & _TOC else 0
    at += 4 if flags & _QUALITY else 0

    encoder = body[at : at + _ENCODER_SIZE]
    delays = body[at + _DELAYS_AT : at + _DELAYS_AT + 3]
    if len(delays) < 3 or not _is_name(encoder[:4]):
        return InfoFrame(kind, frames=frames, size=size)
    both = int.from_bytes(delays, "big")
    return InfoFrame(
        kind,
        frames=frames,
        size=size,
        encoder=encoder.decode("ascii", "replace").rstrip("\0 "),
        delay=both >> 12,
        padding=both & 0xFFF,
    )


def _is_name(start: bytes) -> bool:
    """Whether LAME's extension is there; nothing marks it but a name: LAME, Lavf, L3.99, GOGO."""
    # Four times the same byte is what encoders fill up frames with: zeros, or LAME's 0x55.
    return all(0x20 < byte < 0x7F for byte in start) and len(set(start)) > 1
