#!/usr/bin/env python3
"""A server made for systemd's socket activation: descriptors from 3 on, and only if they are meant for this process."""
import os
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST = 3

# A release that cannot be loaded, for the test.
if os.environ.get("BROKEN"):
    raise ImportError("this release is broken")


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.1)
        body = f"generation {os.environ['SERVER_STARTER_GENERATION']}, pid {os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def activated():
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        raise SystemExit("no socket was passed to this process")
    listener = socket.socket(fileno=FIRST)
    # All generations share this flag. Without it, accept() waits where another one was quicker, and hears no stop.
    listener.setblocking(False)
    return listener


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for the answers that are under way

    def __init__(self):
        super().__init__(("", 0), Answer, bind_and_activate=False)
        self.socket.close()
        self.socket = activated()


def notify(text):
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(text, address.replace("@", "\0", 1))


# A handler of the signal would run in the midst of other code, and could wait for ever for a lock that this code has. So the
# main thread takes the signal when it comes, and another one serves. Threads that it starts have the signal blocked, too.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
with Server() as server:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    notify(b"READY=1")
    signal.sigwait([signal.SIGTERM])
    server.shutdown()
