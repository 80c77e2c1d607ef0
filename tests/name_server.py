"""A name server on the loopback that answers from a table of the test, and counts what it was asked."""

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

#: Name → record type → the records as a zone file writes them.
Zone = Mapping[str, Mapping[str, Sequence[str]]]


class NameServer:
    """Serves `zone` over UDP while the `with` block runs; `silent` names get no answer, `broken` ones SERVFAIL."""

    def __init__(self, zone: Zone, *, silent: Sequence[str] = (), broken: Sequence[str] = ()) -> None:
        self._zone = {dns.name.from_text(name): records for name, records in zone.items()}
        self._silent = {dns.name.from_text(name) for name in silent}
        self._broken = {dns.name.from_text(name) for name in broken}
        self.asked: list[str] = []

    def __enter__(self) -> "NameServer":
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _serve(self) -> None:
        with suppress(OSError):
            while (received := self._socket.recvfrom(4096))[0]:  # empty once it is shut down
                query, whom = dns.message.from_wire(received[0]), received[1]
                self.asked.append(f"{query.question[0].name} {dns.rdatatype.to_text(query.question[0].rdtype)}")
                if query.question[0].name not in self._silent:
                    self._socket.sendto(self._answer(query).to_wire(max_size=65000), whom)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        name, kind = query.question[0].name, dns.rdatatype.to_text(query.question[0].rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self._broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self._zone:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif records := self._zone[name].get(kind):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        return answer
