//! Roles of processes whose families broke apart.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::harness::needs::need;
use crate::harness::wait::wait_for;
use crate::support::snapshot;

/// Starts workers that sleep, says their pids, and waits.
const WORKERS: &str = "
import multiprocessing, os, sys, time
context = multiprocessing.get_context('fork')
workers = [context.Process(target=time.sleep, args=(60,)) for _ in range(2)]
[worker.start() for worker in workers]
os.write(int(sys.argv[1]), (' '.join(str(worker.pid) for worker in workers) + '\\n').encode())
time.sleep(60)
";

/// Makes a sibling of itself by `clone(CLONE_PARENT | SIGCHLD)`, says its pid, and waits.
const SIBLING: &str = "
import ctypes, os, time
number = {'x86_64': 56, 'aarch64': 220}[os.uname().machine]
child = ctypes.CDLL(None).syscall(number, 0x8000 | 17, 0, 0, 0, 0)
if child:
    print(child, flush=True)
time.sleep(60)
";

/// Ends what a test started, also where it fails.
struct Ending(Vec<u32>, Vec<Child>);

impl Drop for Ending {
    fn drop(&mut self) {
        for pid in &self.0 {
            drop(Command::new("kill").args(["-KILL", &pid.to_string()]).status());
        }
        for child in &mut self.1 {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn pids(child: &mut Child) -> Vec<u32> {
    let mut line = String::new();
    let output = child.stdout.take().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    line.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

#[test]
fn workers_of_a_killed_main_are_orphans_wherever_their_output_goes() {
    if !need("python3") || !need("setsid") {
        return;
    }
    let log = std::env::temp_dir().join(format!("pexplore-roles-{}.log", std::process::id()));
    File::create(&log).unwrap();
    for output in ["/dev/null", log.to_str().unwrap()] {
        // The pids come by a descriptor of their own, for the workers' streams lead elsewhere.
        let script = "exec 3>&1; exec setsid python3 -c \"$0\" 3 </dev/null >\"$1\" 2>&1";
        let mut main = Command::new("sh")
            .args(["-c", script, WORKERS, output])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let workers = pids(&mut main);
        let mut ending = Ending(workers.clone(), vec![main]);
        assert_eq!(workers.len(), 2);
        let main = &mut ending.1[0];
        main.kill().unwrap();
        main.wait().unwrap();
        wait_for("their adoption", || {
            let status = std::fs::read_to_string(format!("/proc/{}/stat", workers[0])).ok()?;
            let parent = status.rsplit(')').next()?.split_whitespace().nth(1)?.to_owned();
            (parent != main.id().to_string()).then_some(())
        });
        let seen = snapshot();
        for worker in workers {
            let is_orphan = seen.of(worker)["role"] == "orphan";
            assert!(is_orphan, "{output}: {}: {}", seen.says(worker), seen.evidence(worker));
        }
    }
    drop(std::fs::remove_file(&log));
}

#[test]
fn what_an_entrypoint_forked_before_its_exec_is_no_orphan() {
    let Ok(mut server) = Command::new("bash")
        .args(["-c", "(while :; do sleep 0.2; done) & echo $!; exec sleep 60"])
        .stdout(Stdio::piped())
        .spawn()
    else {
        return;
    };
    let helper = pids(&mut server);
    let ending = Ending(helper.clone(), vec![server]);
    let server = ending.1[0].id();
    wait_for("the exec", || {
        let comm = std::fs::read_to_string(format!("/proc/{server}/comm")).ok()?;
        (comm.trim() == "sleep").then_some(())
    });
    let seen = snapshot();
    assert_ne!(seen.of(helper[0])["role"], "orphan", "{}", seen.evidence(helper[0]));
}

#[test]
fn a_sibling_made_by_clone_parent_is_no_orphan() {
    if !need("python3") {
        return;
    }
    let mut python = Command::new("python3");
    let mut creator = python.args(["-S", "-c", SIBLING]).stdout(Stdio::piped()).spawn().unwrap();
    let sibling = pids(&mut creator);
    let _ending = Ending(sibling.clone(), vec![creator]);
    let seen = snapshot();
    let process = seen.of(sibling[0]);
    assert_ne!(process["role"], "orphan", "{}", seen.evidence(sibling[0]));
    assert_ne!(process["confidence"], "certain", "{}", seen.evidence(sibling[0]));
}
