# What Antiphon uses of pyalsaaudio 0.11, whose own stub does not type-check.
from typing import TypedDict

PCM_PLAYBACK: int
PCM_NORMAL: int
PCM_FORMAT_S16_LE: int
PCM_FORMAT_S16_BE: int
PCM_STATE_RUNNING: int

class ALSAAudioError(Exception): ...

class _Info(TypedDict):
    rate: int
    channels: int
    period_size: int
    periods: int
    buffer_size: int
    format_name: str
    can_pause: bool

class PCM:
    def __init__(
        self,
        *,
        type: int = ...,
        mode: int = ...,
        device: str = ...,
        rate: int = ...,
        channels: int = ...,
        format: int = ...,
        periodsize: int = ...,
        periods: int = ...,
    ) -> None: ...
    def info(self) -> _Info: ...
    def state(self) -> int: ...
    # Frames written; -32 after an underrun: nothing was written, the device is prepared again.
    def write(self, data: bytes | memoryview, /) -> int: ...
    # Frames that fit now, or a negative errno.
    def avail(self) -> int: ...
    def pause(self, enable: int = ..., /) -> int: ...
    def drop(self) -> int: ...
    def drain(self) -> int: ...
    # Plays what is queued first; drop() before it where that is not wanted.
    def close(self) -> None: ...

def cards() -> list[str]: ...
