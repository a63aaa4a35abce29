# SPDX-License-Identifier: GPL-3.0-or-later
"""`up`: shows what will be made, makes it, and waits until a listener's HELLO is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from deploy import source
from deploy.around import Around
from deploy.aws import Aws, Stack
from deploy.errors import DeployError, reason
from deploy.hello import Door
from deploy.music import Piece
from deploy.plan import Plan
from deploy.reported import Reported, ReportError, read

TEMPLATE: Final = source.ROOT / "deploy" / "template.yaml"
SCRIPT: Final = source.ROOT / "deploy" / "first_boot.sh"

CREATION: Final = 900.0  # seconds until all parts are there
FIRST_BOOT: Final = 1200.0  # seconds until the instance has reported; two to four minutes mostly
ANSWER: Final = 180.0  # seconds until HELLO is answered
INTERVAL: Final = 5.0  # seconds between two looks
REMINDER: Final = 30.0  # seconds without a word while waiting
INTERRUPTED: Final = 130


class NothingMadeError(DeployError):
    """It failed, and CloudFormation has taken all of it back."""


@dataclass(frozen=True, slots=True)
class Up:
    """What is about to be done."""

    plan: Plan
    pieces: Sequence[Piece]
    archive: Callable[[], bytes]
    aws: Aws
    around: Around

    def run(self, *, is_sure: bool) -> int:
        """Do it; the exit status. Raises DeployError, which tells what is left if anything is."""
        plan, names = self.plan, self.plan.names
        parameters = plan.parameters(SCRIPT.read_text("utf-8"))
        self._refuse_second()
        image = self.aws.parameter(plan.image)
        if image is None:
            raise DeployError(
                f"region {names.region} has no public parameter {plan.image}: give another --region"
            )
        self.around.say(plan.text(image))
        if not is_sure and not self.around.ask("Make it?"):
            self.around.say("Nothing was made.")
            return 1
        left = (
            f"What there is so far goes on costing about ${plan.hourly:.4f} an hour:"
            f" `{names.command('status')}` tells of it, `{names.command('down')}` removes it"
        )
        try:
            self._make(parameters)
        except KeyboardInterrupt:
            self.around.say(f"\nInterrupted. {left}.")
            return INTERRUPTED
        except NothingMadeError:
            raise
        except (DeployError, ReportError) as error:
            raise DeployError(f"{error}. {left}") from None
        return 0

    def _refuse_second(self) -> None:
        names = self.plan.names
        stack = self.aws.stack(names.stack)
        if stack is not None:
            raise DeployError(
                f"there is a stack {names.stack} in {names.region} already ({stack.status}):"
                f" `{names.command('status')}` tells of it, `{names.command('down')}` removes it,"
                " and --name makes another beside it"
            )

    def _make(self, parameters: dict[str, str]) -> None:
        plan, names, begin = self.plan, self.plan.names, self.around.now()
        # What an earlier deployment of that name reported must not pass for this one's.
        self.aws.delete_parameters(names.public, names.password)
        template = TEMPLATE.read_text("utf-8")
        stack = self.aws.create(names.stack, template, parameters, plan.tags())
        outputs = self._created(stack, begin).outputs
        self._upload(begin)
        reported = self._reported(begin)
        password = self.aws.parameter(names.password)
        if password is None:
            raise DeployError("the instance has reported, and its password is gone")
        door = Door(outputs["Address"], plan.port, reported.fingerprint, reported.user)
        self._greeted(door, password, begin)
        self.around.say(
            f"\nIt plays. The password of {door.user}, shown this once: {password}\n\n"
            f"  {door.command()}\n\n"
            f"`{names.command('down')}` ends it; until then it costs about"
            f" ${plan.hourly:.4f} an hour."
        )
        self.aws.delete_parameters(names.password)

    def _created(self, stack_id: str, begin: float) -> Stack:
        seen: set[str] = set()
        failures: list[str] = []
        while True:
            for event in self.aws.events(stack_id):
                if event.id in seen:
                    continue
                seen.add(event.id)
                self._progress(begin, f"{event.part}: {event.status}")
                if event.status.endswith("CREATE_FAILED") and "cancelled" not in event.why:
                    failures.append(f"{event.part}: {reason(event.why)}")
            stack = self.aws.stack(stack_id)
            status = "DELETE_COMPLETE" if stack is None else stack.status
            if stack is not None and status == "CREATE_COMPLETE":
                return stack
            if status == "DELETE_COMPLETE":
                raise NothingMadeError(
                    f"it could not be made, and nothing is left of it: {'; '.join(failures)}"
                )
            if not status.endswith("_IN_PROGRESS"):
                raise DeployError(f"it could not be made ({status}): {'; '.join(failures)}")
            self._wait(begin, CREATION, f"the stack is still {status}")

    def _upload(self, begin: float) -> None:
        bucket = self.plan.names.bucket
        if not self.plan.git_address:
            content = self.archive()
            self.aws.put(bucket, "source.tar.gz", content)
            self._progress(begin, f"source uploaded, {len(content) / 1e6:.1f} MB")
        for number, piece in enumerate(self.pieces, 1):
            self.aws.upload(bucket, piece.key, piece.path)
            self._progress(
                begin,
                f"music {number} of {len(self.pieces)} uploaded: {piece.path.name},"
                f" {piece.size / 1e6:.1f} MB",
            )
        # The instance waits for this one, and then takes all there is.
        self.aws.put(bucket, "uploaded", b"")

    def _reported(self, begin: float) -> Reported:
        end = self.around.now() + FIRST_BOOT
        told = -REMINDER
        while True:
            text = self.aws.parameter(self.plan.names.public)
            if text is not None:
                return read(text)
            now = self.around.now()
            if now - told >= REMINDER:
                self._progress(begin, "the instance installs; this takes some minutes")
                told = now
            self._wait(end - FIRST_BOOT, FIRST_BOOT, "the instance has reported nothing")

    def _greeted(self, door: Door, password: str, begin: float) -> None:
        self._progress(begin, f"saying HELLO to {door.address} port {door.port}")
        since = self.around.now()
        while (said := self.around.greet(door, password)) is not None:
            self._wait(since, ANSWER, f"no HELLO was answered; the client says: {said}")
        self._progress(begin, "HELLO was answered")

    def _wait(self, since: float, most: float, why: str) -> None:
        if self.around.now() - since > most:
            raise DeployError(f"{why} after {most:.0f} s")
        self.around.pause(INTERVAL)

    def _progress(self, begin: float, what: str) -> None:
        self.around.say(f"{self.around.now() - begin:5.0f} s  {what}")
