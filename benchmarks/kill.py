"""kill -9 at twenty random moments in a mailing of 20,000: who is lost, who has two copies, who is uncertain.

Run alone, `python -m benchmarks.kill [PEOPLE KILLS]`, for some minutes. The sender is a process of its own; the
server logs a message before it answers. Exits 1 when the promise does not hold.
"""

import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from newsletter.delivery.page_cache import epoch_of
from newsletter.model import DeliveryState, Mailing, MailingState
from tests.fault_server import FaultServer
from tests.mailroom import QUICK, Mailroom, address

SEED = 157


def start(mailroom: Mailroom, server: FaultServer, mailing: Mailing) -> "subprocess.Popen[bytes]":
    """The mailing, sent by a process of its own."""
    command = [sys.executable, "-m", "tests.mailroom", str(mailroom.folder), str(server.port), str(mailing.id)]
    return subprocess.Popen(command)


def strike(mailroom: Mailroom, server: FaultServer, mailing: Mailing, *, after: int) -> None:
    """Start it, and kill it once so many more messages have arrived."""
    process = start(mailroom, server, mailing)
    server.wait_for(len(server.accepted) + after, timeout=120)
    process.send_signal(signal.SIGKILL)
    process.wait()


def measure(people: int, kills: int) -> dict[str, int]:
    """Lost, doubled, uncertain after so many kills; and the most that uncertain may be."""
    dice = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder, FaultServer() as server:
        mailroom = Mailroom(Path(folder), people=people)
        # The message that had left, and the next one where a kill is like a power cut.
        most = (1 if epoch_of(mailroom.folder) else 2) * QUICK.connections * kills
        mailing = mailroom.mailing()
        for _kill in range(kills):
            strike(mailroom, server, mailing, after=dice.randrange(1, max(2, people // kills - 100)))
        while mailroom.store.load_mailing(mailing.id).state is not MailingState.FINISHED:
            start(mailroom, server, mailing).wait()
        uncertain = set(mailroom.emails(mailing, DeliveryState.UNCERTAIN))
        mailroom.close()
    copies = Counter(server.recipients)
    everybody = {address(number) for number in range(1, people + 1)}
    return {
        "people": people,
        "kills": kills,
        "lost": len(everybody - copies.keys() - uncertain),
        "doubled": sum(number > 1 for number in copies.values()),
        "uncertain": len(uncertain),
        "uncertain at most": most,
    }


def main() -> int:
    """Print the figures; 0 when they hold."""
    people, kills = (int(number) for number in sys.argv[1:3]) if len(sys.argv) > 2 else (20_000, 20)
    found = measure(people, kills)
    for name, number in found.items():
        print(f"{name:>18} {number:>7}")
    return int(found["lost"] + found["doubled"] > 0 or found["uncertain"] > found["uncertain at most"])


if __name__ == "__main__":
    sys.exit(main())
