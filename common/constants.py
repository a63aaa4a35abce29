# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of RFC.md, "Timers and Constants", under the names they have there."""

from typing import Final

DEFAULT_PORT: Final = 55353
MAGIC: Final = 0x414E5449
VERSION: Final = 1
MAY_IGNORE: Final = 0x8000

MAX_BODY: Final = 16384  # bytes
MAX_PAYLOAD: Final = 16384  # bytes
MAX_TEXT: Final = 255  # bytes of UTF-8
MAX_AGENT: Final = 64  # bytes of UTF-8
MAX_USER: Final = 64  # bytes of UTF-8
MAX_PASSWORD: Final = 255  # bytes of UTF-8
MAX_MAP: Final = 1024  # entries
SECRET_SIZE: Final = 16  # bytes
TICKET_SIZE: Final = 16  # bytes
DIGEST_SIZE: Final = 32  # bytes
DECODER_DELAY: Final = 529  # samples per channel
FIRST_WINDOW: Final = 32768  # bytes
MIN_WINDOW: Final = 8192  # bytes
MAX_STATION: Final = 64  # bytes of UTF-8
MAX_STATIONS: Final = 24
MAX_STRETCH: Final = 8192  # bytes
STATION_ID_SIZE: Final = 16  # bytes
KEY_SIZE: Final = 32  # bytes
SIGNATURE_SIZE: Final = 64  # bytes
JOIN_TICKET_SIZE: Final = 32  # bytes
MAX_ADDRESS: Final = 64  # bytes of UTF-8
MAX_PARENTS: Final = 4
MAX_DEPTH: Final = 64  # nodes
SPARE: Final = 4  # children
MAX_BELIEVED: Final = 2  # accusations

# Default values of the timers, in seconds.
HELLO_TIMEOUT: Final = 10
TICKET_LIFETIME: Final = 15
HEARTBEAT: Final = 3
DEAD_AFTER: Final = 9
GRACE: Final = 60
IDLE_TIMEOUT: Final = 3600
STALL_TIMEOUT: Final = 60
BYE_TIMEOUT: Final = 2
LINGER: Final = 2
DRAIN_TIMEOUT: Final = 600
STRETCH_TIME: Final = 0.5
START_BACK: Final = 6
RING: Final = 30
MAX_BEHIND: Final = 20
PARENT_SILENT: Final = 2
REPORT_EVERY: Final = 5
JOIN_TIMEOUT: Final = 5
JOIN_LIFETIME: Final = 60
LEAVE_TIME: Final = 5
