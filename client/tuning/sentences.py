# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences for a person about stations that several parts of the client say."""

from typing import Final

NO_STATIONS: Final = "This server has no stations."
NOT_TUNED: Final = "No station is tuned in; `stations` shows them, `tune NAME` listens to one."
NO_PAUSE: Final = "A station plays on for everybody and cannot be paused; `stop` ends it here."
NO_SEEK: Final = "A station is heard as it comes; there is no seeking in it."
NO_SUCH_SONG: Final = "There is no such song on this station; `songs` shows what there is."
NO_SONG_YET: Final = "No song is heard yet; try again when the sound has started."
