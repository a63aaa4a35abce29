# What tests/fuzz uses of atheris 3.0, whose own types leave out what is native.
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

def instrument_imports(
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    enable_loader_override: bool = True,
) -> AbstractContextManager[None]: ...

# Returns the arguments that libFuzzer does not know.
def Setup(args: Sequence[str], test_one_input: Callable[[bytes], None]) -> list[str]: ...

# Never returns: libFuzzer ends the process.
def Fuzz() -> None: ...
