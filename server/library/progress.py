# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a library is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """For people who wonder what the server is doing."""

    tracks: int  # in the list
    indexed: int  # files read since the start
    refused: int  # files that are no MP3
    unreadable: int  # files and folders that cannot be looked at
    outside: int  # links that lead out of the folder and are not followed
