# SPDX-License-Identifier: GPL-3.0-or-later
"""Three tracks as the server has them, and as a client must hear them."""

from tests.data.frames import MONO_64, RATE_48, STEREO_128, audio_of, frames, index_of

CONTENTS = {
    1: b"".join(frames([STEREO_128] * 30)),
    2: b"".join(frames([RATE_48] * 20)) + b"." * 40 + b"".join(frames([MONO_64] * 60)),
    3: b"".join(frames([MONO_64] * 3)),
}
INDEXES = {track: index_of(content) for track, content in CONTENTS.items()}
AUDIO = {track: audio_of(content, INDEXES[track]) for track, content in CONTENTS.items()}
NO_TRACK = 9
