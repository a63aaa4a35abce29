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
