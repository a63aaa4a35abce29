# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with a library, one class for each thing that has to be done about it."""


class LibraryError(Exception):
    """The music folder or the state directory cannot be used: tell the operator, do not start."""


class StateInUseError(LibraryError):
    """Another server has the state directory: wait for its end, or do not start."""


class TrackUnavailableError(Exception):
    """A track cannot be played now: tell the one listener who asked."""


class TrackGone(TrackUnavailableError):  # noqa: N818 - a state of the track, named as peers see it
    """No such track: never named, or its file has vanished."""


class TrackChanged(TrackUnavailableError):  # noqa: N818 - the same
    """The file is not the one that was indexed; it is being read again."""
