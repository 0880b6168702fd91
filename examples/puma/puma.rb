# Puma takes listeners as systemd hands them over: --listen-fds.
bind_to_activated_sockets 'only'
threads 4, 4

# By default Puma closes, when it is told to finish, connections that it has accepted and not yet read from.
queue_requests false

$LOAD_PATH.unshift __dir__
plugin :ready_fd
