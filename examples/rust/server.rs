//! An HTTP server for ssd on Linux, with nothing but the standard library: a thread for every connection.

use std::fs::File;
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::io::{AsRawFd, FromRawFd, IntoRawFd, RawFd};
use std::os::raw::{c_int, c_short, c_ulong, c_void};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;
use std::{env, process, thread};

// The standard library has no signals. These three are in the C library, which it is linked with.
extern "C" {
    fn signal(number: c_int, handler: extern "C" fn(c_int)) -> usize;
    fn poll(entries: *mut PollEntry, count: c_ulong, timeout: c_int) -> c_int;
    fn write(fd: c_int, bytes: *const c_void, count: usize) -> isize;
}

#[repr(C)]
struct PollEntry {
    fd: RawFd,
    events: c_short,
    returned: c_short,
}

const SIGINT: c_int = 2;
const SIGTERM: c_int = 15;
const POLLIN: c_short = 1;
const MAX_HEAD: usize = 16 * 1024;

/// The end of a socket pair to which the signal handler writes, so that `poll` sees the signal whenever it comes.
static STOP: AtomicI32 = AtomicI32::new(-1);

extern "C" fn on_stop(_number: c_int) {
    unsafe { write(STOP.load(Ordering::Relaxed), b"\n".as_ptr().cast(), 1) };
}

fn main() -> Result<()> {
    let listener = inherited_listener();
    // Another generation may take the connection that `poll` has seen. All of them share this flag.
    listener.set_nonblocking(true)?;
    let (stop, sender) = UnixStream::pair()?;
    STOP.store(sender.into_raw_fd(), Ordering::Relaxed);
    // SIGINT too: Ctrl-C in a terminal reaches ssd and its workers alike.
    for number in [SIGTERM, SIGINT] {
        unsafe { signal(number, on_stop) };
    }
    say_ready()?;

    // The scope ends when every thread has ended, which is when every request has its answer.
    thread::scope(|scope| {
        while wait(&listener, &stop)? {
            match listener.accept() {
                Ok((connection, _)) => {
                    scope.spawn(move || answer(connection));
                }
                Err(error) if passes(error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })
}

/// Waits for a connection; false once a signal has come.
fn wait(listener: &TcpListener, stop: &UnixStream) -> Result<bool> {
    let entry = |fd| PollEntry { fd, events: POLLIN, returned: 0 };
    let mut entries = [entry(listener.as_raw_fd()), entry(stop.as_raw_fd())];
    // Interrupted by the signal, it leaves `returned` as it is. The loop then waits again, and does not wait long.
    unsafe { poll(entries.as_mut_ptr(), entries.len() as c_ulong, -1) };
    Ok(entries[1].returned == 0)
}

/// The client or another generation was faster; nothing is wrong with the listener.
fn passes(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::ConnectionAborted)
}

/// One request a connection. A client that fails or is silent for long gets no answer.
fn answer(mut connection: TcpStream) -> Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    connection.set_write_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = connection.read(&mut buffer)?;
        if count == 0 || head.len() > MAX_HEAD {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..count]);
    }
    if head.starts_with(b"GET /slow ") {
        thread::sleep(Duration::from_secs(1));
    }
    let generation = env::var("SERVER_STARTER_GENERATION").unwrap_or_default();
    let page = format!("generation {generation}, pid {}\n", process::id());
    let length = page.len();
    write!(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}")
}

/// The first of the listeners in SERVER_STARTER_PORT, which is like `8080=3;8081=4`.
fn inherited_listener() -> TcpListener {
    let ports = env::var("SERVER_STARTER_PORT").unwrap_or_default();
    let first = ports.split(';').next().and_then(|entry| entry.rsplit('=').next());
    let fd: RawFd = first.and_then(|fd| fd.parse().ok()).unwrap_or_else(|| {
        eprintln!("no listener in SERVER_STARTER_PORT: run this server by ssd");
        process::exit(2)
    });
    unsafe { TcpListener::from_raw_fd(fd) }
}

/// Writes the newline that --ready=fd waits for, where it is asked for.
fn say_ready() -> Result<()> {
    let fd = env::var("SSD_READY_FD").ok().and_then(|fd| fd.parse().ok());
    fd.map_or(Ok(()), |fd| unsafe { File::from_raw_fd(fd) }.write_all(b"\n"))
}
