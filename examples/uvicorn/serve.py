"""Runs an ASGI application by uvicorn on the listener of ssd: python3 serve.py MODULE:NAME"""
import asyncio
import os
import sys

import uvicorn


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        # The application is loaded, its lifespan has begun, and connections are accepted.
        if self.started and "SSD_READY_FD" in os.environ:
            os.write(int(os.environ["SSD_READY_FD"]), b"\n")

    async def shutdown(self, sockets=None):
        for server in self.servers:
            server.close()
        # uvicorn closes connections from which it has not read a request yet. No more connections are accepted now,
        # and in this time uvicorn reads from those that were.
        await asyncio.sleep(0.5)
        await super().shutdown(sockets)


sys.path.insert(0, ".")
fd = int(os.environ["SERVER_STARTER_PORT"].rsplit("=", 1)[1])
# uvicorn sets the backlog of an inherited listener, to 2048 unless told otherwise.
Server(uvicorn.Config(sys.argv[1], fd=fd, backlog=4096)).run()
