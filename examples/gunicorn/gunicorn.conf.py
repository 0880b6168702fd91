"""gunicorn reads this file from its working directory."""
import os

bind = ["fd://" + entry.rsplit("=", 1)[1] for entry in os.environ["SERVER_STARTER_PORT"].split(";")]

# gunicorn says that it is ready (READY=1) before its workers load the application, unless it has loaded it first. Without
# this line a release that cannot be imported would replace one that works.
preload_app = True

# gunicorn sets the backlog of an inherited listener, to 2048 unless told otherwise.
backlog = 4096
workers = 2
