# Any Rack application; nothing in it knows of ssd.
page = "generation #{ENV.fetch('SERVER_STARTER_GENERATION')}, pid #{Process.pid}\n"

run lambda { |env|
  sleep 1 if env['PATH_INFO'] == '/slow'
  [200, { 'Content-Type' => 'text/plain', 'Content-Length' => page.bytesize.to_s }, [page]]
}
