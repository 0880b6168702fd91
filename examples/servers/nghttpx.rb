# The answer of nghttpx in place of one of its backends, to show which generation serves.
class App
  def on_req(env)
    generation = ENV['SERVER_STARTER_GENERATION']
    env.resp.add_header 'content-type', 'text/plain'
    env.resp.return "generation #{generation}\n"
  end
end
App.new
