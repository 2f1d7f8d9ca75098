//! Roles of servers that start workers: nginx, gunicorn, node, tmux.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::harness::needs::need;
use crate::harness::processes::children_of;
use crate::harness::wait::wait_for;
use crate::support::shell::Shell;
use crate::support::test_processes::TestProcesses;
use crate::support::{run, settled};

/// Writes a configuration that listens on a socket in the folder, and nowhere else.
fn nginx(folder: &Path, daemon: &str) -> Vec<String> {
    // As root, its workers run as another user, who has to get at the folder.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let configuration = format!(
        "daemon {daemon}; worker_processes 2; pid {0}/pid; error_log {0}/log;
        events {{ worker_connections 16; }}
        http {{ access_log off; client_body_temp_path {0}/a; proxy_temp_path {0}/b;
        fastcgi_temp_path {0}/c; uwsgi_temp_path {0}/d; scgi_temp_path {0}/e;
        server {{ listen unix:{0}/socket; }} }}",
        folder.display()
    );
    let path = folder.join("conf");
    fs::write(&path, configuration).unwrap();
    ["-p", folder.to_str().unwrap(), "-c", path.to_str().unwrap()].map(str::to_owned).into()
}

fn workers_of(master: u32) -> Vec<u32> {
    wait_for("two workers", || Some(children_of(master)).filter(|workers| workers.len() == 2))
}

#[test]
fn nginx_as_a_daemon() {
    if !need("nginx") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("nginx");
    test_processes.start(command.args(nginx(folder.path(), "on")));
    let master = wait_for("its pid file", || {
        fs::read_to_string(folder.path().join("pid")).ok()?.trim().parse().ok()
    });
    test_processes.adopt(master);
    let workers = workers_of(master);
    settled(&[
        (master, "daemon certain fork nginx master"),
        (workers[0], "child likely fork nginx worker"),
        (workers[1], "child likely fork nginx worker"),
    ]);
}

#[test]
fn nginx_in_the_foreground() {
    if !need("nginx") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("nginx");
    let master = test_processes.start(command.args(nginx(folder.path(), "off"))).pid;
    let workers = workers_of(master);
    settled(&[
        (master, "main certain spawn nginx master"),
        (workers[0], "child likely fork nginx worker"),
    ]);
}

#[test]
fn gunicorn() {
    if !need("gunicorn") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "def app(environ, start): pass\n").unwrap();
    let folder_name = folder.path().to_str().unwrap();
    let socket = format!("unix:{folder_name}/socket");
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("gunicorn");
    command.args(["-w", "2", "-b", &socket, "--chdir", folder_name, "app:app"]);
    let master = test_processes.start(command.stderr(std::process::Stdio::null())).pid;
    let workers = workers_of(master);
    settled(&[
        (master, "main certain spawn gunicorn master"),
        (workers[0], "child likely fork gunicorn worker"),
        (workers[1], "child likely fork gunicorn worker"),
    ]);
}

#[test]
fn node_cluster_and_a_forked_script() {
    if !need("node") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rest = folder.path().join("rest.js");
    fs::write(&rest, "process.on('message', () => {}); setInterval(() => {}, 1e6)").unwrap();
    let main = folder.path().join("main.js");
    let text = format!(
        "const cluster = require('cluster');
        if (cluster.isPrimary ?? cluster.isMaster) {{
          const one = cluster.fork(), two = cluster.fork();
          const script = require('child_process').fork('{}');
          console.log(`px one ${{one.process.pid}}`);
          console.log(`px two ${{two.process.pid}}`);
          console.log(`px script ${{script.pid}}`);
        }}
        setInterval(() => {{}}, 1e6);",
        rest.display()
    );
    fs::write(&main, text).unwrap();
    let mut test_processes = TestProcesses::new();
    let mut command = test_processes.command("node");
    let primary = test_processes.start(command.arg(main));
    let [one, two, script] = ["one", "two", "script"].map(|name| primary.pid_of(name));
    settled(&[
        (primary.pid, "main certain spawn node-cluster master"),
        (one, "child likely spawn node-cluster worker"),
        (two, "child likely spawn node-cluster worker"),
        (script, "child likely spawn node-child-process worker"),
    ]);
}

#[test]
fn tmux_and_the_shell_of_its_pane() {
    if !need("tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test_processes = TestProcesses::new();
    let tmux = |arguments: &[&str]| {
        let mut command = test_processes.command("tmux");
        command.env("TMUX_TMPDIR", folder.path()).args(["-L", "live", "-f", "/dev/null"]);
        run(command.args(arguments))
    };
    tmux(&["new-session", "-d", "exec sh"]);
    let pids = tmux(&["display-message", "-p", "#{pid} #{pane_pid}"]);
    let pids: Vec<u32> = pids.text().split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    let [server, pane] = pids.as_slice() else { panic!("two pids, not {pids:?}") };
    let shot =
        settled(&[(*server, "daemon certain fork tmux server"), (*pane, "child likely spawn - -")]);
    assert_eq!(shot.of(*pane)["sid"], *pane);
    assert!(shot.of(*pane)["tty"].is_string());
    assert_eq!(shot.of(*pane)["ppid"], *server);
}

#[test]
fn nginx_in_the_foreground_of_a_terminal() {
    if !need("nginx") || !need("bash") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Shell::start();
    shell.type_line(&format!("nginx {}", nginx(folder.path(), "off").join(" ")));
    let master = wait_for("its pid file", || {
        fs::read_to_string(folder.path().join("pid")).ok()?.trim().parse().ok()
    });
    shell.test_processes.adopt(master);
    settled(&[
        (shell.pid, "parent likely spawn - -"),
        (master, "main certain spawn nginx master"),
        (workers_of(master)[0], "child likely fork nginx worker"),
    ]);
}
