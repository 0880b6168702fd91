# For unicorn, which takes the descriptors of --fds-as=unicorn and binds nothing then. QUIT is its graceful signal.
worker_processes 2

# Otherwise a release that cannot be loaded replaces one that works: its workers end again and again, its master lives.
preload_app true

# --ready=fd: the first worker that has loaded the application says so for all.
after_worker_ready do |_server, worker|
  fd = ENV['SSD_READY_FD']
  IO.for_fd(Integer(fd), autoclose: false).syswrite("\n") if fd && worker.nr.zero?
end
