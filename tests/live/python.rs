//! Roles of Python's multiprocessing families, by every start method, before and after the main
//! is killed.

use std::process::Command;

use rustix::process::Signal;

use crate::harness::needs::need;
use crate::harness::processes::{children_of, command_line, end, kill, stat};
use crate::harness::wait::wait_for;
use crate::support::test_processes::{Started, TestProcesses};
use crate::support::{run, settled, snapshot};

/// Every script leads a session of its own, by which its orphans are known wherever the tests run,
/// and ends by waiting; `tell` names a process.
const PRELUDE: &str = "
import multiprocessing as mp, os, sys, time
from concurrent.futures import ProcessPoolExecutor
def tell(name, pid): os.write(1, f'px {name} {pid}\\n'.encode())
def work(name='worker'):
    tell(name, os.getpid())
    time.sleep(1000)
def idle(number): return number
def nest():
    tell('outer', os.getpid())
    mp.Process(target=work, args=('inner',)).start()
    time.sleep(1000)
def take(queue):
    tell(f'taker{queue.get()}', os.getpid())
    time.sleep(1000)
";

/// Python's own executable: what is on the path may be a script that starts it.
pub(crate) fn interpreter() -> Option<String> {
    if !need("python3") {
        return None;
    }
    let path = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]));
    Some(path.text().trim().to_owned())
}

/// A script in a file, because spawned children import their main.
struct Script {
    _folder: tempfile::TempDir,
    main: Started,
}

fn start(test_processes: &mut TestProcesses, python: &str, method: &str, body: &str) -> Script {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.py");
    let body = body.trim().replace('\n', "\n    ");
    let text = format!(
        "{PRELUDE}\nif __name__ == '__main__':\n    os.setsid()\n    mp.set_start_method('{method}')\n    {body}\n    \
         time.sleep(1000)\n"
    );
    std::fs::write(&path, text).unwrap();
    let mut command = test_processes.command(python);
    let main = test_processes.start(command.arg(path));
    Script { _folder: folder, main }
}

/// The child of a process whose command line holds that.
fn child_with(parent: u32, words: &str) -> u32 {
    wait_for(words, || {
        children_of(parent).into_iter().find(|child| command_line(*child).contains(words))
    })
}

const MAIN: &str = "main certain spawn python-multiprocessing main";
const TRACKER: &str = "child likely spawn python-multiprocessing resource-tracker";
const TWO_WORKERS: &str = "
for name in ('one', 'two'):
    mp.Process(target=work, args=(name,)).start()
";

#[test]
fn forked_workers_are_children_and_orphans_after_the_main() {
    let Some(python) = interpreter() else { return };
    let mut test_processes = TestProcesses::new();
    let script = start(&mut test_processes, &python, "fork", TWO_WORKERS);
    let workers = ["one", "two"].map(|name| script.main.pid_of(name));
    let worker = "child likely fork python-multiprocessing worker";
    settled(&[(script.main.pid, MAIN), (workers[0], worker), (workers[1], worker)]);
    end(script.main.pid);
    for worker in workers {
        assert_orphan(worker, "fork");
    }
}

#[test]
fn a_plain_fork_of_python_is_no_worker() {
    let Some(python) = interpreter() else { return };
    let mut test_processes = TestProcesses::new();
    let body = "
child = os.fork()
if child: tell('child', child)
";
    let script = start(&mut test_processes, &python, "fork", body);
    let child = script.main.pid_of("child");
    settled(&[(script.main.pid, "main certain spawn - -"), (child, "child likely fork - -")]);
}

#[test]
fn spawned_workers_and_their_tracker_are_children_and_orphans_after_the_main() {
    let Some(python) = interpreter() else { return };
    let mut test_processes = TestProcesses::new();
    let script = start(&mut test_processes, &python, "spawn", TWO_WORKERS);
    let workers = ["one", "two"].map(|name| script.main.pid_of(name));
    let tracker = child_with(script.main.pid, "resource_tracker");
    let worker = "child likely spawn python-multiprocessing worker";
    settled(&[
        (script.main.pid, MAIN),
        (workers[0], worker),
        (workers[1], worker),
        (tracker, TRACKER),
    ]);
    end(script.main.pid);
    for pid in workers.into_iter().chain([tracker]) {
        assert_orphan(pid, "spawn");
    }
}

#[test]
fn a_forkservers_workers_have_a_logical_parent_and_outlive_it_as_orphans() {
    let Some(python) = interpreter() else { return };
    let mut test_processes = TestProcesses::new();
    let script = start(&mut test_processes, &python, "forkserver", TWO_WORKERS);
    let main = script.main.pid;
    let workers = ["one", "two"].map(|name| script.main.pid_of(name));
    let server = child_with(main, "forkserver");
    let tracker = child_with(main, "resource_tracker");
    let worker = "child likely forkserver python-multiprocessing worker";
    let shot = settled(&[
        (main, MAIN),
        (server, "parent likely spawn python-multiprocessing forkserver"),
        (workers[0], worker),
        (workers[1], worker),
        (tracker, TRACKER),
    ]);
    for pid in workers {
        assert_eq!(shot.of(pid)["logical_ppid"], main);
        assert_eq!(shot.of(pid)["creator_pid"], server);
    }
    end(main);
    assert_orphan(server, "spawn");
    assert_orphan(tracker, "spawn");
    let worker = "orphan certain forkserver python-multiprocessing worker";
    let shot = settled(&[(workers[0], worker), (workers[1], worker)]);
    for pid in workers {
        assert!(shot.evidence(pid).contains("its logical parent has ended"));
        assert_eq!(shot.of(pid)["creator_pid"], server, "its creator lives");
    }
}

/// One worker is busy, the other idle.
const POOL: &str = "
pool = mp.Pool(2)
pool.apply_async(work, ('busy',))
for worker in pool._pool: tell(f'worker{pool._pool.index(worker)}', worker.pid)
";

#[test]
fn pool_workers_are_daemonic_children_only_while_their_main_lives() {
    for method in ["fork", "spawn", "forkserver"] {
        let Some(python) = interpreter() else { return };
        let mut test_processes = TestProcesses::new();
        let script = start(&mut test_processes, &python, method, POOL);
        let workers = ["worker0", "worker1"].map(|name| script.main.pid_of(name));
        let busy = script.main.pid_of("busy");
        let says = format!("daemon likely {method} python-multiprocessing pool-worker");
        let shot = settled(&[(script.main.pid, MAIN), (workers[0], &says), (workers[1], &says)]);
        for pid in workers {
            let evidence = shot.evidence(pid);
            assert!(evidence.contains("daemonic child: ended by its main on a normal end"));
            let logical = (method == "forkserver").then_some(script.main.pid);
            assert_eq!(shot.of(pid)["logical_ppid"].as_u64(), logical.map(u64::from));
        }
        end(script.main.pid);
        assert_orphan(busy, method);
    }
}

#[test]
fn users_of_queues_and_executors_are_workers_and_no_daemons() {
    let Some(python) = interpreter() else { return };
    let queue = "
queue = mp.Queue()
workers = [mp.Process(target=take, args=(queue,)) for _ in range(2)]
for worker in workers: worker.start()
for number in range(2): queue.put(number)
tell('one', workers[0].pid)
tell('two', workers[1].pid)
";
    let executor = "
executor = ProcessPoolExecutor(2)
futures = [executor.submit(work, name) for name in ('one', 'two')]
";
    for method in ["fork", "spawn", "forkserver"] {
        for body in [queue, executor] {
            let mut test_processes = TestProcesses::new();
            let script = start(&mut test_processes, &python, method, body);
            let workers = ["one", "two"].map(|name| script.main.pid_of(name));
            let says = format!("child likely {method} python-multiprocessing worker");
            settled(&[(script.main.pid, MAIN), (workers[0], &says), (workers[1], &says)]);
        }
    }
}

#[test]
fn a_manager_is_recognized_by_every_start_method() {
    let Some(python) = interpreter() else { return };
    for method in ["fork", "spawn", "forkserver"] {
        let mut test_processes = TestProcesses::new();
        let body = "
manager = mp.Manager()
tell('manager', manager._process.pid)
";
        let script = start(&mut test_processes, &python, method, body);
        let manager = script.main.pid_of("manager");
        let says = format!("child likely {method} python-multiprocessing manager");
        settled(&[(script.main.pid, MAIN), (manager, &says)]);
    }
}

#[test]
fn a_nested_forkserver_has_a_family_of_its_own() {
    let Some(python) = interpreter() else { return };
    let mut test_processes = TestProcesses::new();
    let body = "mp.Process(target=nest).start()";
    let script = start(&mut test_processes, &python, "forkserver", body);
    let main = script.main;
    let [outer, inner] = ["outer", "inner"].map(|name| main.pid_of(name));
    let server = child_with(main.pid, "forkserver");
    let shot = settled(&[
        (main.pid, MAIN),
        (server, "parent likely spawn python-multiprocessing forkserver"),
        (inner, "child likely forkserver python-multiprocessing worker"),
    ]);
    assert_eq!(shot.of(outer)["part"], "worker");
    assert_eq!(shot.of(outer)["role"], "parent");
    assert_eq!(shot.of(outer)["logical_ppid"], main.pid);
    assert_eq!(shot.of(inner)["logical_ppid"], outer);
}

#[test]
fn a_stopped_main_keeps_its_family() {
    let Some(python) = interpreter() else { return };
    let mut test_processes = TestProcesses::new();
    let script = start(&mut test_processes, &python, "fork", TWO_WORKERS);
    let worker = script.main.pid_of("one");
    script.main.pid_of("two");
    kill(script.main.pid, Signal::STOP);
    wait_for("the stop", || stat(script.main.pid)?.field::<char>(3).filter(|state| *state == 'T'));
    settled(&[
        (script.main.pid, MAIN),
        (worker, "child likely fork python-multiprocessing worker"),
    ]);
}

/// Below a subreaper that leads its session, reparenting is only likely.
fn assert_orphan(pid: u32, method: &str) {
    let shot = snapshot();
    let process = shot.of(pid);
    assert_eq!(process["role"], "orphan", "{process:#}");
    assert_eq!(process["start_method"], method);
    if process["ppid"] == 1 {
        assert_eq!(process["confidence"], "certain", "{process:#}");
    }
}
