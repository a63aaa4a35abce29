# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a station, one class for each thing that has to be done about it."""


class StationError(Exception):
    """The place where the station is to be kept cannot be used: tell the operator, do not start."""


class StoreAwayError(Exception):
    """The shared store does not answer now: go on alone, and ask again later."""


class ForeignScheduleError(StoreAwayError):
    """Something else is kept where the schedule belongs, and is not written over."""
