# For Puma and unicorn. What else they need is in puma.rb and unicorn.rb.
# A release that cannot be loaded, for the test.
raise 'this release is broken' if ENV['BROKEN']

body = "generation #{ENV.fetch('SERVER_STARTER_GENERATION')}, pid #{$$}\n"

run lambda { |env|
  sleep 0.1 if env['PATH_INFO'] == '/slow'
  [200, { 'Content-Type' => 'text/plain', 'Content-Length' => body.bytesize.to_s }, [body]]
}
