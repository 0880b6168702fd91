# Puma takes listeners as systemd hands them over: --listen-fds.
bind_to_activated_sockets 'only'
threads 2, 2

# Otherwise Puma closes, when it is told to finish, connections that it has accepted and not yet read from.
queue_requests false

# --ready=fd. Puma says so to NOTIFY_SOCKET too, but its gem sd_notify (0.1.1) takes the `@` of an abstract address
# for a file name, and Puma does not survive that.
plugin :ready_fd
