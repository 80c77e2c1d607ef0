"""A million readers × 2 KB: seconds, and whether memory stays flat."""

from benchmarks.machine import smtp_sink
from benchmarks.sending import ours

COUNT = 1_000_000


def main() -> None:
    """Measure and print."""
    with smtp_sink() as port:
        speed, memory = ours(port, COUNT, kilobytes=2)
    steady = [kilobytes / 1024 for kilobytes in memory if kilobytes]
    print(f"  the whole mailing: {COUNT / speed.rate:6.0f} s, {speed.rate:,.0f} messages a second")
    print(f"          processor: {speed.cpu:6.0f} µs a message")
    print(f"    resident memory: {steady[len(steady) // 5]:6.0f} MB at a fifth, {max(steady):.0f} MB at most")


if __name__ == "__main__":
    main()
