# Writes the newline of --ready=fd once Puma accepts.
Puma::Plugin.create do
  def start(launcher)
    fd = ENV['SSD_READY_FD'] or return
    launcher.events.on_booted { IO.for_fd(Integer(fd)).syswrite("\n") }
  end
end
