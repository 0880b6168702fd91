#!/usr/bin/env python3
"""A UDP server that remembers its clients: each keeps the generation with which it began.

All generations read from the one socket of ssd, so that the next datagram of a client can come to any of them. A socket that
is connected to the client is preferred by the kernel. Hence each client gets one, bound to the same address.
"""
import os
import selectors
import signal
import socket
import sys

generation = os.environ["SERVER_STARTER_GENERATION"]
listener = socket.socket(fileno=int(os.environ["SERVER_STARTER_PORT"].rsplit("=", 1)[1]))
# Another generation may be quicker. Both options are those of the socket, and hold for all generations.
listener.setblocking(False)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
selector = selectors.DefaultSelector()
counts = {}


def begin(client):
    own = socket.socket(listener.family, socket.SOCK_DGRAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind(listener.getsockname())
    # What came to it before this line may be from anybody; take() looks who it was.
    own.connect(client)
    own.setblocking(False)
    selector.register(own, selectors.EVENT_READ)
    counts[client] = (own, 0)


def take(data, client):
    if client not in counts:
        begin(client)
    own, count = counts[client]
    counts[client] = (own, count + 1)
    own.send(b"generation %s, datagram %d" % (generation.encode(), count + 1))
    if data == b"bye":
        selector.unregister(own)
        own.close()
        del counts[client]


def finish(*_):
    """The sessions that have begun go on; the process ends with the last one."""
    selector.unregister(listener)
    print("no new sessions", file=sys.stderr, flush=True)


signal.signal(signal.SIGTERM, finish)
selector.register(listener, selectors.EVENT_READ)
if "SSD_READY_FD" in os.environ:
    os.write(int(os.environ["SSD_READY_FD"]), b"\n")
while selector.get_map():
    for key, _ in selector.select(1):
        try:
            take(*key.fileobj.recvfrom(65536))
        except BlockingIOError:
            pass
