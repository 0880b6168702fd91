"""For uvicorn, with --fd 3. It says that it is ready where it is asked to (--ready=notify)."""
import asyncio
import os
import socket

# A release that cannot be loaded, for the test.
if os.environ.get("BROKEN"):
    raise ImportError("this release is broken")

BODY = f"generation {os.environ['SERVER_STARTER_GENERATION']}, pid {os.getpid()}\n".encode()
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", str(len(BODY)).encode())]


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await answer(scope, send)


async def lifespan(receive, send):
    await receive()
    # uvicorn accepts as soon as this is done; what comes meanwhile waits in the listener's queue.
    await send({"type": "lifespan.startup.complete"})
    notify_ready()
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def notify_ready():
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", address.replace("@", "\0", 1))


async def answer(scope, send):
    if scope["path"] == "/slow":
        await asyncio.sleep(0.1)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
