import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Java takes one listener, at descriptor 0: System.inheritedChannel(). */
public class Hello {
  public static void main(String[] args) throws Exception {
    // A release that cannot be loaded, for the test.
    if (System.getenv("BROKEN") != null) throw new IllegalStateException("this release is broken");

    ServerSocketChannel listener = (ServerSocketChannel) System.inheritedChannel();
    listener.configureBlocking(true);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    // SIGTERM runs it. The virtual machine ends when it returns.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(listener, threads)));

    String ready = System.getenv("SSD_READY_FD");
    if (ready != null) Files.write(Path.of("/proc/self/fd/" + ready), new byte[] {'\n'});
    try {
      while (true) {
        SocketChannel connection = listener.accept();
        threads.execute(() -> answer(connection));
      }
    } catch (ClosedChannelException end) {
      // It has been told to finish.
    }
  }

  static void finish(ServerSocketChannel listener, ExecutorService threads) {
    try {
      listener.close();
      threads.shutdown();
      threads.awaitTermination(30, TimeUnit.SECONDS);
    } catch (IOException | InterruptedException failure) {
      failure.printStackTrace();
    }
  }

  static void answer(SocketChannel connection) {
    try (connection) {
      InputStream in = Channels.newInputStream(connection);
      StringBuilder request = new StringBuilder();
      for (int next = in.read(); next != -1; next = in.read()) {
        request.append((char) next);
        if (request.toString().endsWith("\r\n\r\n")) break;
      }
      if (request.indexOf("GET /slow ") == 0) Thread.sleep(100);
      String generation = System.getenv("SERVER_STARTER_GENERATION");
      String body = "generation " + generation + ", pid " + ProcessHandle.current().pid() + "\n";
      String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n";
      connection.write(ByteBuffer.wrap((head + body).getBytes()));
    } catch (IOException | InterruptedException gone) {
      // The client has hung up.
    }
  }
}
