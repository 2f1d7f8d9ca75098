//! What a process becomes while it lives: programs, names, sessions, users, threads.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::needs::need_root;
use crate::harness::processes::{end, kill};
use crate::lifecycle::{assert_lived_between, cause};
use crate::python::interpreter;
use crate::support::events::{Listening, Lost, need_connector, one, only, with_all_events};
use crate::support::test_processes::TestProcesses;

#[test]
fn execs_are_distinguished_from_forks_and_name_what_it_became() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let mut command = test_processes.command("sh");
        command.args(["-c", r#"exec sh -c "exec sleep 1000""#]);
        let pid = test_processes.start(&mut command).pid;
        let own = std::process::id();
        listening.until_received(|received| {
            only(received, "exec").iter().filter(|event| event["pid"] == pid).count() >= 3
        })?;
        end(pid);
        let life = listening.until_end(pid, own)?;
        let kinds: Vec<&Value> = life.iter().map(|event| &event["event"]).collect();
        assert_eq!(kinds, ["fork", "exec", "exec", "exec", "exit"]);
        let last = only(&life, "exec")[2];
        if last["comm"].is_null() {
            // Others exec so much that names are not read any more.
            return Err(Lost);
        }
        let expected = (json!("sleep"), json!(["sleep", "1000"]));
        assert_eq!((&last["comm"], &last["cmdline"]), (&expected.0, &expected.1));
        // It is born as a copy of its creator, and not as what it will be.
        assert_ne!(one(&life, "fork")["comm"], "sleep");
        assert!(life.iter().all(|event| event["creator_pid"] == own && event["ppid"] == own));
        let ticks = &life[0]["start_ticks"];
        assert!(
            ticks.is_u64() && life.iter().all(|event| event["start_ticks"] == *ticks),
            "{life:#?}"
        );
        Ok(())
    });
}

fn start_python(test_processes: &mut TestProcesses, interpreter: &str, script: &str) -> u32 {
    let mut command = test_processes.command(interpreter);
    test_processes.start(command.args(["-c", script])).pid
}

#[test]
fn a_new_session_name_and_user_are_reported() {
    let Some(interpreter) = interpreter() else { return };
    if !need_root() || !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let script = "
import ctypes, os
os.setsid()
ctypes.CDLL(None).prctl(15, b'px renamed')
os.setuid(65534)
os._exit(9)
";
        let pid = start_python(&mut test_processes, &interpreter, script);
        let life = listening.until_end(pid, std::process::id())?;
        one(&life, "session");
        assert_eq!(one(&life, "rename")["comm"], "px renamed");
        assert_eq!(one(&life, "user")["uid"], 65534);
        assert_eq!(one(&life, "exit")["comm"], "px renamed");
        assert_eq!(cause(&life), json!([9, null, false]));
        Ok(())
    });
}

/// A python of that many threads, of which the last ends the process in that way.
fn threads(count: usize, last: &str) -> String {
    format!(
        "
import os, threading, time
go = threading.Event()
def work(number):
    go.wait()
    if number == {count} - 1:
        {last}
    time.sleep(1000)
threads = [threading.Thread(target=work, args=(number,)) for number in range({count})]
[thread.start() for thread in threads]
go.set()
threads[0].join()
"
    )
}

#[test]
fn a_process_of_many_threads_is_born_once_and_ends_once() {
    let Some(interpreter) = interpreter() else { return };
    if !need_connector() {
        return;
    }
    let cases = [
        (2, "os._exit(3)", json!([3, null, false])),
        (200, "os._exit(4)", json!([4, null, false])),
        (200, "os.kill(os.getpid(), 9)", json!([null, "SIGKILL", false])),
        (8, "os.execvp('sh', ['sh', '-c', 'exit 5'])", json!([5, null, false])),
    ];
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        for (count, last, ended) in &cases {
            let script = threads(*count, last);
            let pid = start_python(&mut test_processes, &interpreter, &script);
            listening.until_end(pid, std::process::id())?;
            // A second end would come meanwhile.
            listening.until_now(&mut test_processes)?;
            let life = listening.life(pid, std::process::id());
            assert_eq!(cause(&life), *ended, "{last}");
            assert_lived_between(&life);
            assert_eq!(only(&life, "fork").len(), 1, "{life:#?}");
            assert_eq!(life.last(), only(&life, "exit").last().copied(), "{life:#?}");
            let execs = 1 + usize::from(last.contains("exec"));
            assert_eq!(only(&life, "exec").len(), execs, "{life:#?}");
        }
        Ok(())
    });
}

#[test]
fn a_listener_that_was_killed_leaves_the_others_their_events() {
    if !need_connector() {
        return;
    }
    with_all_events(|| {
        let mut test_processes = TestProcesses::new();
        let mut listening = Listening::to_all(&mut test_processes)?;
        let killed = Listening::to_all(&mut test_processes)?;
        kill(killed.lines.pid(), Signal::KILL);
        assert_eq!(killed.lines.end().0.code(), None);
        listening.until_now(&mut test_processes)?;
        // Neither do those that come after it miss any.
        Listening::to_all(&mut test_processes)?.until_now(&mut test_processes)
    });
}
