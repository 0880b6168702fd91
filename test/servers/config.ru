# For Puma. What else it needs is in puma.rb.
# A release that cannot be loaded, for the test.
raise 'this release is broken' if ENV['BROKEN']

body = "generation #{ENV.fetch('SERVER_STARTER_GENERATION')}, pid #{$$}\n"

run lambda { |env|
  sleep 0.1 if env['PATH_INFO'] == '/slow'
  [200, { 'Content-Type' => 'text/plain' }, [body]]
}
