# SPDX-License-Identifier: GPL-3.0-or-later
"""The refusal of a file that is no MP3, and the sentence that tells a person why."""

from data.mpeg import is_free_format, layer_of

HEAD_SIZE = 16384  # bytes that `describe` wants to see

# What other files begin with: (offset, bytes, what it is).
_SIGNATURES = (
    (0, b"RIFF", "it is a RIFF (WAV) file without MP3 sound"),
    (0, b"OggS", "it is an Ogg file"),
    (0, b"fLaC", "it is a FLAC file"),
    (4, b"ftyp", "it is an MPEG-4 (M4A, MP4) file"),
    (0, b"\x1a\x45\xdf\xa3", "it is a Matroska or WebM file"),
    (0, b"FORM", "it is an AIFF file"),
    (0, b"PK\x03\x04", "it is a ZIP archive"),
    (0, b"\x1f\x8b", "it is a gzip archive"),
    (0, b"%PDF", "it is a PDF document"),
    (0, b"\x89PNG", "it is a picture"),
    (0, b"\xff\xd8\xff", "it is a picture"),
)


class NotMp3(Exception):  # noqa: N818 - a finding about a file, not an error of ours
    """The file holds no MPEG Layer III audio that can be streamed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason  # a clause without a full stop, to stand behind the file's name


def describe(head: bytes) -> str:
    """Why a file is no MP3 whose first `HEAD_SIZE` bytes behind any tags are `head`."""
    for at, mark, reason in _SIGNATURES:
        if head.startswith(mark, at):
            return reason
    if not head.strip(b"\0"):
        return "it begins with nothing but zeros, and no MPEG audio follows"
    if is_free_format(head):
        return "its frames are in free format, without a bit rate, which is not supported"
    layer = layer_of(head)
    if layer in (1, 2):
        return f"it is MPEG audio of Layer {layer}, not Layer 3"
    if _is_text(head):
        return "it is text"
    return "it has no two MPEG Layer 3 frames in a row"


def _is_text(head: bytes) -> bool:
    try:
        # A character may be cut in two at the end of the head.
        text = head[: HEAD_SIZE - 4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\n\r\f\ufeff" for character in text)
