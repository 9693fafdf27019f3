"""Refuse every connection that leaves this machine, and write it down.

Python imports a module of this name at its start; the tests put its folder on PYTHONPATH. It works
at the level of sockets, so it does not matter which library tries. What is refused is also written
to the file DEALER_NETGUARD_LOG: code that swallows the error does not escape.
"""

import ipaddress
import os
import socket
import traceback


class OutsideError(OSError):
    """A test tried to reach another machine."""


def _inside(host):
    if host is None or host in ("", b""):
        return True
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    if host in ("localhost", "localhost.localdomain", "ip6-localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(what, host):
    where = next(
        (
            f"{frame.filename}:{frame.lineno}"
            for frame in reversed(traceback.extract_stack())
            if "/addons/" in frame.filename
            or "/tests/" in frame.filename
            and "netguard" not in frame.filename
        ),
        "?",
    )
    target = os.environ.get("DEALER_NETGUARD_LOG")
    if target:
        with open(target, "a") as handle:
            handle.write(f"{what} {host} from {where}\n")
    raise OutsideError(101, f"the suite's tests may not reach {host}: nothing leaves this machine")


def _guard_address(name):
    plain = getattr(socket.socket, name)

    def guarded(self, *args):
        if self.family in (socket.AF_INET, socket.AF_INET6) and args:
            # sendto(data[, flags], address); connect(address)
            address = args[-1] if isinstance(args[-1], tuple) else None
            if address is not None and not _inside(address[0]):
                _refuse(name, address[0])
        return plain(self, *args)

    guarded.__name__ = name
    setattr(socket.socket, name, guarded)


def _guard_lookup(name):
    plain = getattr(socket, name)

    def guarded(host, *args, **kwargs):
        if not _inside(host):
            _refuse(name, host)
        return plain(host, *args, **kwargs)

    guarded.__name__ = name
    setattr(socket, name, guarded)


for _name in ("connect", "connect_ex", "sendto"):
    _guard_address(_name)
for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    _guard_lookup(_name)
