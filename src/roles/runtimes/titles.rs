//! Runtimes whose processes are recognized by title, name, argument or environment.

use crate::record::Facts;
use crate::roles::Subject;
use crate::roles::runtimes::python::is_python;
use crate::verdict::{Part, Recognition, Runtime};

/// The mark by which a process is recognized.
enum Mark {
    /// The joined command line begins so: programs that write a title over their arguments.
    Title(&'static str),
    /// The kernel's name for it.
    Comm(&'static str),
    Argument(&'static str),
    /// A mark in the environment.
    Environment(fn(&Facts) -> bool),
    /// It runs the Python script of that name, and did (or did not) exec itself.
    Script {
        name: &'static str,
        forked: bool,
    },
}

use Mark::{Argument, Comm, Environment, Script, Title};
use Part::{Client, Forkserver, Helper, Listener, Master, Server, Session, Worker, Zygote};
use Runtime::{Chromium, Gunicorn, Nginx, NodeChildProcess, NodeCluster, PexploreLab, Sshd, Tmux};

/// Every mark; the first that fits names the part.
const MARKS: &[(Mark, Runtime, Part)] = &[
    (Title("nginx: master process"), Nginx, Master),
    (Title("nginx: worker process"), Nginx, Worker),
    (Title("nginx: cache "), Nginx, Helper),
    (Title("gunicorn: master"), Gunicorn, Master),
    (Title("gunicorn: worker"), Gunicorn, Worker),
    (Script { name: "gunicorn", forked: false }, Gunicorn, Master),
    (Script { name: "gunicorn", forked: true }, Gunicorn, Worker),
    (Comm("tmux: server"), Tmux, Server),
    (Comm("tmux: client"), Tmux, Client),
    (Title("sshd: /"), Sshd, Listener),
    (Title("sshd: "), Sshd, Session),
    (Title("sshd-session: "), Sshd, Session),
    // pm2's daemon keeps the mark of the channel to the command that started it.
    (Title("PM2 v"), NodeChildProcess, Master),
    (Environment(|facts| facts.environment_marks.node_worker), NodeCluster, Worker),
    (Environment(|facts| facts.environment_marks.node_channel), NodeChildProcess, Worker),
    (Comm("px-forkserver"), PexploreLab, Forkserver),
    (Argument("--type=zygote"), Chromium, Zygote),
    (Argument("--type=renderer"), Chromium, Worker),
    (Argument("--type=gpu-process"), Chromium, Helper),
    (Argument("--type=utility"), Chromium, Helper),
];

pub(super) fn recognize(subject: Subject<'_>) -> Option<Recognition> {
    let process = subject.process();
    let facts = process.facts.as_ref()?;
    let arguments = process.command_line()?;
    let fits = |mark: &Mark| match mark {
        Title(title) => arguments.first().is_some_and(|first| first.starts_with(title)),
        Comm(comm) => *process.stat.comm == **comm,
        Argument(argument) => arguments.iter().skip(1).any(|other| other.starts_with(argument)),
        Environment(is_marked) => is_marked(facts),
        Script { name, forked } => {
            let folder = arguments.iter().nth(1).and_then(|path| path.strip_suffix(name));
            folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
                && process.stat.never_execed() == Some(*forked)
                && is_python(subject.program_name())
        }
    };
    let row = MARKS.iter().find(|(mark, ..)| fits(mark));
    let marked = row.map(|(_, runtime, part)| Recognition::new(*runtime, *part));
    marked.or_else(|| primary_of_a_cluster(subject))
}

/// node's primary bears no mark; its workers do, and run the same program. A process that
/// adopted a worker runs another one.
fn primary_of_a_cluster(subject: Subject<'_>) -> Option<Recognition> {
    let is_worker = |child: Subject<'_>| {
        let facts = child.process().facts.as_ref();
        facts.is_some_and(|facts| facts.environment_marks.node_worker)
            && child.program_name() == subject.program_name()
    };
    subject.living_children().any(is_worker).then(|| Recognition::new(NodeCluster, Master))
}
