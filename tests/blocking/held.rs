//! Processes of which nobody can read what takes the lock of their memory: it is never given back.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::harness::needs::{need, need_root, skip};

/// A file system in user space (fuse(4)) that answers everything but reads, in a mount namespace
/// of its own; and children, one after the other, that become this very program again. Each reads a
/// page of a file of its own through `/proc/self/mem`, which holds the lock of its memory, while
/// another thread of it waits to write that lock. Whoever reads its arguments waits behind that one
/// until the server is gone.
const PROGRAM: &str = r#"
import ctypes, mmap, os, signal, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
size = mmap.PAGESIZE

def need(what, failed):
    if failed:
        sys.exit(what + ": " + os.strerror(ctypes.get_errno()))

def hold(reported, number):
    file = os.open(f"/tmp/{number}", os.O_RDONLY)
    page = libc.mmap(None, size, 1, 2, file, 0)
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    place = ctypes.create_string_buffer(size)
    libc.pread.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long]
    threading.Thread(target=libc.pread, args=(memory, place, size, page)).start()
    os.read(reported, 1)
    libc.mmap(None, size, 3, 0x22, -1, 0)
    time.sleep(60)

def wait(pid):
    def state():
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
    while state() != "D":
        time.sleep(0.01)

def attributes(node):
    mode = 0o40755 if node == 1 else 0o100644
    return struct.pack("6Q10I", node, size, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, size, 0)

def answer(code, node, name):
    if code == 26:
        return struct.pack("4I2H2I2HI7I", 7, 31, 65536, 0, 8, 8, 65536, 1, 16, 0, 0, *[0] * 7)
    if code == 1:
        found = 2 + int(name)
        return struct.pack("4Q2I", found, 1, 60, 60, 0, 0) + attributes(found)
    if code == 3:
        return struct.pack("Q2I", 60, 0, 0) + attributes(node)
    return struct.pack("Q2I", 1, 0, 0) if code == 14 else None

def start(number):
    reported, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.prctl(1, 9, 0, 0, 0)
        os.close(server)
        os.set_inheritable(reported, True)
        own = [sys.executable, "-S", "-c", sys.orig_argv[3]]
        os.execv(sys.executable, own + ["hold", str(reported), str(number)])
    os.close(reported)
    return pid, tell

if sys.argv[1] == "hold":
    hold(int(sys.argv[2]), int(sys.argv[3]))
signal.alarm(60)
need("a mount namespace", libc.unshare(0x20000))
need("a private mount", libc.mount(None, b"/", None, 0x44000, None))
server = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % server
need("a FUSE mount", libc.mount(b"held", b"/tmp", b"fuse", 6, options))
held = []
pid, tell = start(0)
while True:
    request = os.read(server, 1 << 20)
    _, code, number, node = struct.unpack_from("2I2Q", request)
    if code == 15:
        os.write(tell, b"r")
        wait(pid)
        held.append(pid)
        if len(held) == int(sys.argv[2]):
            print("held", *held, flush=True)
        else:
            pid, tell = start(len(held))
    if code in (2, 15, 36, 42):
        continue
    body = answer(code, node, request[40:].rstrip(b"\0"))
    error = -38 if body is None else 0
    os.write(server, struct.pack("IiQ", 16 + len(body or b""), error, number) + (body or b""))
"#;

/// Processes that keep whoever reads their arguments waiting, until this is dropped.
pub(crate) struct Held {
    server: Child,
    pids: Vec<u32>,
    _place: Place,
}

/// Many take all the time that there is for those that do not answer, so they are there alone.
static PLACE: RwLock<()> = RwLock::new(());

struct Place {
    _beside_others: Option<RwLockReadGuard<'static, ()>>,
    _alone: Option<RwLockWriteGuard<'static, ()>>,
}

impl Place {
    fn of_one() -> Self {
        let guard = PLACE.read().unwrap_or_else(PoisonError::into_inner);
        Self { _beside_others: Some(guard), _alone: None }
    }

    fn of_many() -> Self {
        let guard = PLACE.write().unwrap_or_else(PoisonError::into_inner);
        Self { _beside_others: None, _alone: Some(guard) }
    }
}

impl Held {
    /// Starts one; `None` where it is not to be had.
    pub(crate) fn start() -> Option<Self> {
        Self::start_at(Place::of_one(), 1)
    }

    /// Starts so many, while nobody else starts any.
    pub(crate) fn start_many(count: usize) -> Option<Self> {
        Self::start_at(Place::of_many(), count)
    }

    fn start_at(place: Place, count: usize) -> Option<Self> {
        if !need("python3") || !need_root() {
            return None;
        }
        let server = Command::new("python3")
            .args(["-S", "-c", PROGRAM, "serve", &count.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut held = Self { server: server.unwrap(), pids: Vec::new(), _place: place };
        let mut line = String::new();
        BufReader::new(held.server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(pids) = line.trim().strip_prefix("held ") else {
            skip("a FUSE mount");
            return None;
        };
        held.pids = pids.split(' ').map(|pid| pid.parse().unwrap()).collect();
        Some(held)
    }

    /// The first of them.
    pub(crate) fn pid(&self) -> u32 {
        self.pids[0]
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // The end of the server lets go whoever waits for it, and ends the one that is held.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
