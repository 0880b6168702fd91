"""Any WSGI application; nothing in it knows of ssd."""
import os
import time


def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    page = f"generation {os.environ['SERVER_STARTER_GENERATION']}, pid {os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(page)))])
    return [page]
