"""Any ASGI application; nothing in it knows of ssd."""
import asyncio
import os

PAGE = f"generation {os.environ['SERVER_STARTER_GENERATION']}, pid {os.getpid()}\n".encode()
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", str(len(PAGE)).encode())]


async def application(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PAGE})
