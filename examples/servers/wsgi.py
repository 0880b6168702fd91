"""For gunicorn, with --bind=fd://3."""
import os
import time

# A release that cannot be loaded, for the test.
if os.environ.get("BROKEN"):
    raise ImportError("this release is broken")


def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.1)
    body = f"generation {os.environ['SERVER_STARTER_GENERATION']}, pid {os.getpid()}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
