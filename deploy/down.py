# SPDX-License-Identifier: GPL-3.0-or-later
"""`down`: removes all that `up` has made, and says how long it was there and what that cost."""

from typing import Final

from deploy.around import Around
from deploy.aws import Aws, Stack
from deploy.errors import DeployError, reason
from deploy.names import Names
from deploy.plan import HOURLY_TAG
from deploy.prices import AS_OF, dollars

REMOVAL: Final = 1200.0  # seconds
INTERVAL: Final = 5.0  # seconds between two looks
INTERRUPTED: Final = 130


def hours(stack: Stack, around: Around) -> float:
    """How long the stack has been there."""
    return max(0.0, (around.date() - stack.created).total_seconds() / 3600)


def cost(stack: Stack, around: Around) -> str:
    """What that has cost, by the rate that was told when it was made."""
    there = hours(stack, around)
    try:
        rate = float(stack.tags[HOURLY_TAG])
    except (KeyError, ValueError):
        return f"{there:.2f} hours"
    return (
        f"{there:.2f} hours, {dollars(there * rate)} (${rate:.4f} an hour by the list prices"
        f" of {AS_OF}, without what listeners heard)"
    )


def down(names: Names, aws: Aws, around: Around, *, is_sure: bool) -> int:
    """Remove it; the exit status. Raises DeployError."""
    stack = aws.stack(names.stack)
    if stack is None:
        # A stack that failed leaves these at most.
        aws.delete_parameters(names.public, names.password)
        around.say(f"There is no {names.stack} in {names.region}: nothing to remove.")
        return 0
    around.say(
        f"The stack {names.stack} in {names.region} ({stack.status}) will be removed with its"
        f" instance, its role and firewall, the bucket {names.bucket} with all that is in it, and"
        f" {names.public} and {names.password}."
    )
    if not is_sure and not around.ask("Remove it?"):
        around.say("Nothing was removed.")
        return 1
    try:
        _remove(names, stack, aws, around)
    except KeyboardInterrupt:
        around.say(
            f"\nInterrupted. What is left may go on costing: `{names.command('down')}` again"
            " removes the rest."
        )
        return INTERRUPTED
    around.say(f"Nothing is left of it. It was there for {cost(stack, around)}.")
    return 0


def _remove(names: Names, stack: Stack, aws: Aws, around: Around) -> None:
    begin = around.now()
    count = aws.empty(names.bucket)  # CloudFormation deletes no bucket that holds something
    around.say(f"{around.now() - begin:5.0f} s  {count} objects deleted")
    aws.delete(stack.id)
    seen: set[str] = set()
    while True:
        failures: list[str] = []
        for event in aws.events(stack.id):
            if event.status == "DELETE_FAILED":
                failures.append(f"{event.part}: {reason(event.why)}")
            if event.status.startswith("DELETE_") and event.id not in seen:
                around.say(f"{around.now() - begin:5.0f} s  {event.part}: {event.status}")
            seen.add(event.id)
        now = aws.stack(stack.id)
        if now is None or now.status == "DELETE_COMPLETE":
            break
        if now.status == "DELETE_FAILED":
            raise DeployError(
                f"not all of it could be removed: {'; '.join(failures)};"
                f" `{names.command('down')}` tries again"
            )
        if around.now() - begin > REMOVAL:
            raise DeployError(
                f"it is still {now.status} after {REMOVAL:.0f} s; Amazon goes on with it, and"
                f" `{names.command('status')}` tells how it stands"
            )
        around.pause(INTERVAL)
    # At the end: an instance in its first boot may have reported meanwhile.
    aws.delete_parameters(names.public, names.password)
