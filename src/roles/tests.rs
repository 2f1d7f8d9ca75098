use super::*;
use crate::record::{BootTime, EventSource, Fact, Facts, Observation, Pid, ProcessKey, Record};
use crate::roles::{Confidence, Who};
use crate::test_process::TestProcessKind;
use crate::tests::fixture::{self, key_of, trimmed, watch};
use crate::world::World;

/// The init that most fixtures stand under.
const SYSTEMD: &str = "1 0 1 1 - - systemd | exe=/usr/lib/systemd/systemd unit=init.scope\n";
/// A login over SSH: the shell 815 leads the session of terminal 0.
const LOGIN: &str = "
    812 1 812 812 - - sshd | null=1 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener]
    813 812 813 813 - f sshd | unit=session-3.scope cmd=sshd: ana [priv]
    814 813 813 813 - f sshd | unit=session-3.scope cmd=sshd: ana@pts/0
    815 814 815 815 0 - bash | unit=session-3.scope cmd=-bash\n";

fn world(text: &str) -> World {
    fixture::world(&format!("{SYSTEMD}{text}"))
}

/// The world after it saw each of these tables, a second apart.
fn history(tables: &[&str]) -> World {
    let mut world = World::new(fixture::host(), 3.0);
    for (table, second) in tables.iter().zip(1_000..) {
        watch(&mut world, &format!("{SYSTEMD}{table}"), second);
    }
    world
}

/// Every living process but pid 1, one a line: pid, name, role, confidence.
fn roles(world: &World) -> String {
    let mut living: Vec<_> =
        world.processes().iter().filter(|process| process.ended.is_none()).collect();
    living.sort_by_key(|process| process.key().pid);
    let line = |process: &&crate::world::process::Process| {
        let Verdict { role, confidence, .. } = &process.verdict;
        let (pid, comm) = (process.key().pid, &process.stat.comm);
        format!("{pid} {comm} {} {}\n", role.word(), confidence.word())
    };
    living.iter().filter(|process| process.key().pid != 1).map(line).collect()
}

#[track_caller]
fn check_world(world: &World, expected: &str) {
    assert_eq!(roles(world), trimmed(expected));
}

#[track_caller]
fn check(table: &str, expected: &str) {
    check_world(&world(table), expected);
}

/// One process's verdict: `orphan likely`, and below it the evidence, one sentence a line.
fn verdict(world: &World, pid: Pid) -> String {
    let Verdict { role, confidence, evidence } = &world.living(pid).unwrap().verdict;
    let evidence = evidence.iter().map(|evidence| format!("\n{evidence}"));
    format!("{} {}{}", role.word(), confidence.word(), evidence.collect::<String>())
}

#[track_caller]
fn check_verdict(table: &str, pid: Pid, expected: &str) {
    assert_eq!(verdict(&world(table), pid) + "\n", trimmed(expected));
}

// The table of processes in the contract, row by row.

#[test]
fn pid_one_is_main() {
    assert_eq!(verdict(&world(""), 1), "main certain\nit is pid 1, the init of this pid namespace");
}

#[test]
fn servers_that_detached_are_daemons_and_their_workers_children() {
    check(
        "
        812 1 812 812 - - sshd | null=1 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener]
        900 1 900 900 - f nginx | fds=nnf unit=nginx.service cmd=nginx: master process nginx
        901 900 900 900 - f nginx | null=2 unit=nginx.service cmd=nginx: worker process
        950 1 950 950 - f tmux:_server | null=3 unit=session-3.scope exe=/usr/bin/tmux cmd=tmux
        960 950 960 960 4 - bash | unit=session-3.scope cmd=-bash",
        "
        812 sshd daemon certain
        900 nginx daemon certain
        901 nginx child likely
        950 tmux: server daemon certain
        960 bash child likely",
    );
}

#[test]
fn sessions_and_cron_jobs_are_parents_and_children() {
    check(
        &format!(
            "{LOGIN}
            840 1 840 840 - - cron | null=1 unit=cron.service
            841 840 840 840 - f cron | null=1 unit=cron.service
            842 841 842 842 - - sh | unit=cron.service cmd=/bin/sh -c backup
            843 842 842 842 - - backup | unit=cron.service"
        ),
        "
        812 sshd daemon certain
        813 sshd parent likely
        814 sshd parent likely
        815 bash child likely
        840 cron daemon certain
        841 cron parent likely
        842 sh parent likely
        843 backup child likely",
    );
}

#[test]
fn shells_of_logins_and_panes_are_parents_or_children() {
    check(
        "
        950 1 950 950 - f tmux:_server | null=3 exe=/usr/bin/tmux cmd=tmux
        960 950 960 960 4 - bash | cmd=-bash
        961 960 961 960 4 - vim
        970 950 970 970 5 - fish",
        "
        950 tmux: server daemon certain
        960 bash parent likely
        961 vim main certain
        970 fish child likely",
    );
}

#[test]
fn a_pipeline_is_led_by_its_first_member_and_then_by_its_oldest() {
    let after = format!("{LOGIN} 1002 815 1001 815 0 - b\n 1003 815 1001 815 0 - c");
    let before = format!("{after}\n 1001 815 1001 815 0 - a");
    let expected = |first: &str, second: &str| {
        format!(
            "812 sshd daemon certain\n813 sshd parent likely\n814 sshd parent likely\n\
             815 bash parent likely\n{first}1002 b {second}\n1003 c child likely"
        )
    };
    check(&before, &expected("1001 a main certain\n", "child likely"));
    check_world(&history(&[&before, &after]), &expected("", "main certain"));
    let unwaited = format!("{after}\n 1001 815 1001 815 0 Z a");
    let zombie = history(&[&before, &unwaited]);
    assert_eq!(verdict(&zombie, 1002).lines().next(), Some("main certain"));
}

#[test]
fn a_background_job_is_main_under_a_shell_and_child_in_a_script() {
    check(
        "
        815 1 815 815 0 - bash | unit=tty.service
        1000 815 1000 815 0 - sleep
        1001 815 1001 815 0 - bash | cmd=bash build.sh
        1002 1001 1001 815 0 - sleep",
        "
        815 bash parent possible
        1000 sleep main certain
        1001 bash main certain
        1002 sleep child likely",
    );
}

#[test]
fn nginx_in_the_foreground_is_main_and_its_worker_child() {
    check(
        "
        815 814 815 815 0 - bash
        900 815 900 815 0 - nginx | cmd=nginx: master process nginx -g daemon off;
        901 900 900 815 0 f nginx | cmd=nginx: worker process",
        "
        815 bash parent possible
        900 nginx main certain
        901 nginx child likely",
    );
}

#[test]
fn a_service_of_one_process_is_daemon() {
    check_verdict(
        "700 1 700 700 - - api | unit=api.service",
        700,
        "
        daemon certain
        1 (systemd) started it as the service api.service
        it leads its own session
        it has no controlling terminal
        its parent is 1 (systemd), which adopts processes whose creator ended",
    );
}

#[test]
fn what_a_supervisor_runs_is_main() {
    check(
        "
        600 1 600 600 - - supervisord | exe=/usr/bin/python3.11 unit=supervisor.service cmd=/usr/bin/python3 /usr/bin/supervisord -n
        601 600 601 600 - - api | unit=supervisor.service
        610 1 610 610 - - PM2_v5.3.0:_God | exe=/usr/bin/node null=3 cmd=PM2 v5.3.0: God Daemon (/home/ana/.pm2)
        611 610 610 610 - - node | node=channel cmd=node /srv/app.js",
        "
        600 supervisord daemon certain
        601 api main likely
        610 PM2 v5.3.0: God daemon certain
        611 node main likely",
    );
}

/// The family of a main that used fork, spawn and forkserver; `main` stands for its parent line.
const PYTHON: &str = "
    4712 4711 4711 815 0 f python3 | spare reads=201 writes=101 cmd=python3 train.py
    4713 4711 4711 815 0 - python3 | reads=40 cmd=python3 -c \"from multiprocessing.resource_tracker import main;main(3)\"
    4714 4711 4711 815 0 - python3 | reads=41 writes=42 cmd=python3 -c \"from multiprocessing.forkserver import main; main(3, 5, ['__main__'])\"
    4715 4714 4711 815 0 f python3 | spare reads=202 writes=41,102 cmd=python3 -c \"from multiprocessing.forkserver import main; main(3, 5, ['__main__'])\"";
const PYTHON_MAIN: &str = "
    4711 815 4711 815 0 - python3 | reads=101,102 writes=40,41,201,202 cmd=python3 train.py";

#[test]
fn a_python_family_has_a_main_and_falls_into_orphans_when_that_is_killed() {
    let before = format!("{LOGIN}{PYTHON_MAIN}{PYTHON}");
    let orphaned: String = PYTHON.replace(" 4711 4711 815", " 1 4711 815");
    let shell = "812 sshd daemon certain\n813 sshd parent likely\n814 sshd parent likely\n";
    check(
        &before,
        &format!(
            "{shell}815 bash parent likely\n4711 python3 main certain\n\
             4712 python3 child likely\n4713 python3 child likely\n\
             4714 python3 parent likely\n4715 python3 child likely"
        ),
    );
    let world = history(&[&before, &format!("{LOGIN}{orphaned}")]);
    check_world(
        &world,
        &format!(
            "{shell}815 bash child likely\n4712 python3 orphan certain\n\
             4713 python3 orphan certain\n4714 python3 orphan certain\n\
             4715 python3 orphan certain"
        ),
    );
    assert_eq!(
        verdict(&world, 4712),
        "orphan certain\nits creator 4711 (python3) ended while it lived, \
         and 1 (systemd) adopted it"
    );
    assert_eq!(
        verdict(&world, 4715),
        "orphan certain\nits logical parent 4711 (python3) has ended: no older process holds the \
         other end of its parent pipe; its creator 4714 (python3) lives"
    );
    let dead = format!("{LOGIN}{orphaned}\n 4711 815 4711 815 0 Z python3 | wait=9");
    let world = history(&[&before, &dead, &format!("{LOGIN}{orphaned}")]);
    let said = "its logical parent 4711 (python3) has ended (SIGKILL): no older process";
    assert!(verdict(&world, 4715).contains(said), "{}", verdict(&world, 4715));
}

const POOL: &str = "
    4712 4711 4711 815 0 f python3 | spare reads=30,201 writes=31,101 cmd=python3 pool.py
    4713 4711 4711 815 0 f python3 | spare reads=30,101,202 writes=31,102,201 cmd=python3 pool.py";
const POOL_MAIN: &str = "
    4711 815 4711 815 0 - python3 | reads=31,101,102 writes=30,201,202 cmd=python3 pool.py";

#[test]
fn a_pool_worker_is_daemon_while_its_main_lives_and_orphan_after() {
    let before = format!("{LOGIN}{POOL_MAIN}{POOL}");
    let orphaned = POOL.replace(" 4711 4711 815", " 1 4711 815");
    let killed = format!("{LOGIN}{orphaned}\n 4711 815 4711 815 0 Z python3 | wait=9");
    let reaped = format!("{LOGIN}{orphaned}");
    assert_eq!(
        verdict(&world(&before), 4712),
        "daemon likely\ndaemonic child: ended by its main on a normal end; it is a Pool worker \
         of 4711 (python3), told by the pipes that it shares with its siblings"
    );
    let world = history(&[&before, &killed, &reaped]);
    for pid in [4712, 4713] {
        assert_eq!(
            verdict(&world, pid),
            "orphan certain\nits creator 4711 (python3) ended while it lived, and 1 (systemd) \
             adopted it\nwas a daemonic child; its main ended by SIGKILL and could not end it"
        );
    }
}

#[test]
fn a_pool_that_was_first_seen_after_its_main_ended_has_no_daemons() {
    // Spawned workers show by their command line what they are, whoever their parent is.
    let spawned = "--multiprocessing-fork";
    let world = world(&format!(
        "{LOGIN}
        4712 1 4711 815 0 - python3 | reads=30 writes=31 cmd=python3 {spawned}
        4713 1 4711 815 0 - python3 | reads=30 writes=31 cmd=python3 {spawned}"
    ));
    assert_eq!(verdict(&world, 4712).lines().next(), Some("orphan certain"));
    assert_eq!(verdict(&world, 4713).lines().next(), Some("orphan certain"));
}

#[test]
fn chromiums_zygote_is_parent_and_its_renderer_child() {
    for leader in ["1500 1 1500 1500 - - gnome-shell | unit=session-2.scope\n", ""] {
        let world = world(&format!(
            "{leader}
            2000 1500 1500 1500 - - chrome | null=1 unit=app-chrome-2000.scope cmd=chrome
            2001 2000 1500 1500 - - chrome | null=3 unit=app-chrome-2000.scope ns=2001,1 cmd=chrome --type=zygote
            2010 2001 1500 1500 - f chrome | null=3 unit=app-chrome-2000.scope ns=2010,5 cmd=chrome --type=renderer"
        ));
        assert_eq!(verdict(&world, 2001).lines().next(), Some("parent likely"));
        assert_eq!(verdict(&world, 2010).lines().next(), Some("child possible"));
    }
}

#[test]
fn make_is_main_under_a_shell_and_parent_under_an_agent() {
    check(
        "
        600 1 600 600 - - Runner.Listener | unit=actions.service
        601 600 600 600 - - make | unit=actions.service cmd=make -j8
        602 601 600 600 - - cc1 | unit=actions.service
        815 600 815 815 0 - bash
        901 815 901 815 0 - make | cmd=make -j8
        902 901 901 815 0 - cc1",
        "
        600 Runner.Listener daemon certain
        601 make parent likely
        602 cc1 child likely
        815 bash parent likely
        901 make main certain
        902 cc1 child likely",
    );
}

#[test]
fn a_containers_first_process_is_main_and_its_shim_daemon() {
    check(
        "
        500 1 500 500 - - containerd | unit=containerd.service
        510 1 510 500 - - containerd-shim | exe=/usr/bin/containerd-shim-runc-v2 null=1 unit=containerd.service
        511 510 511 511 - - redis-server | ns=511,1",
        "
        500 containerd daemon certain
        510 containerd-shim daemon likely
        511 redis-server main certain",
    );
}

#[test]
fn a_job_that_outlived_its_login_is_orphan_wherever_its_output_goes() {
    check(
        "
        1000 1 1000 815 - - train | null=1 unit=session-3.scope
        1001 1 1001 815 - - train | null=3 unit=session-3.scope",
        "
        1000 train orphan certain
        1001 train orphan certain",
    );
}

#[test]
fn what_the_kernel_starts_is_child_and_its_threads_are_kernel() {
    check(
        "
        2 0 0 0 - k kthreadd
        50 2 0 0 - k kworker/u4:1
        51 50 0 0 - - modprobe
        52 2 0 0 - - modprobe",
        "
        2 kthreadd kernel certain
        50 kworker/u4:1 kernel certain
        51 modprobe child certain
        52 modprobe child certain",
    );
}

// The rules one by one, with what they must not take in.

#[test]
fn pid_two_and_its_children_are_no_kernel_threads_for_their_pid_alone() {
    check_world(
        &fixture::world("1 0 1 1 - - sh\n 2 1 1 1 - - sh\n 3 2 1 1 - - sleep"),
        "2 sh parent possible\n3 sleep child likely",
    );
}

#[test]
fn without_flags_kthreadd_is_told_by_what_it_lacks() {
    let lines = fixture::lines("1 0 1 1 - - systemd\n2 0 0 0 - - kthreadd\n30 2 0 0 - - kworker");
    let mut record = fixture::scan(&lines, 1_000);
    let Observation::Scan(scan) = &mut record.observation else { panic!("it is a scan") };
    scan.processes.iter_mut().for_each(|stat| stat.flags = None);
    let mut world = World::new(fixture::host(), 3.0);
    world.apply(record);
    assert!(verdict(&world, 30).starts_with(
        "kernel likely\nit hangs under kthreadd (2) and has neither an executable nor a command \
         line"
    ));
    world.apply(fixture::facts_of(&lines, 1_000));
    assert_eq!(verdict(&world, 30).lines().next(), Some("child likely"));
}

#[test]
fn a_process_from_outside_the_namespace_is_likely_a_main() {
    check_verdict(
        "300 0 300 300 1 - bash",
        300,
        "
        main likely
        its parent is outside this pid namespace, so it was brought in from there",
    );
}

#[test]
fn a_daemon_needs_all_of_its_signs() {
    let double_forked = "600 1 599 599 - f syslog | null=3";
    check_verdict(
        double_forked,
        600,
        "
        daemon likely
        no terminal is at its standard streams (/dev/null, /dev/null, /dev/null)
        its session's leader 599 has ended
        it has no controlling terminal
        its parent is 1 (systemd), which adopts processes whose creator ended",
    );
    let counterexamples = [
        ("a terminal", "600 1 599 599 7 f syslog | null=3", "orphan certain"),
        ("one stream", "600 1 599 599 - f syslog | null=1", "orphan certain"),
        ("a living leader", "600 1 600 599 - - x | null=3\n599 1 599 599 - - y", "orphan likely"),
        ("a parent", "600 590 600 600 - - x | null=3\n590 1 590 590 - - y", "child likely"),
    ];
    for (what, table, expected) in counterexamples {
        assert_eq!(verdict(&world(table), 600).lines().next(), Some(expected), "{what}");
    }
}

#[test]
fn what_was_inherited_makes_no_daemon() {
    // Workers of servers whose main was killed: null streams and a session without a leader.
    check(
        "
        601 1 599 599 - f nginx | null=3 unit=nginx.service cmd=nginx: worker process
        602 1 590 590 - - python3.11 | null=3 cmd=python3 -c from_multiprocessing.spawn --multiprocessing-fork
        603 1 591 591 - - python3.11 | fds=nff cmd=python3 -m joblib.externals.loky.backend.popen_loky_posix --pipe 22
        604 1 592 592 - - python3.11 | null=3 cmd=python3 -c \"from multiprocessing.resource_tracker import main;main(3)\"
        605 1 593 593 - f python3.11 | null=3 spare reads=7 writes=8 cmd=python3 serve.py
        606 1 606 606 - f nginx | null=3 cmd=nginx: worker process",
        "
        601 nginx orphan certain
        602 python3.11 orphan certain
        603 python3.11 orphan certain
        604 python3.11 orphan certain
        605 python3.11 orphan certain
        606 nginx orphan likely",
    );
    for streams in ["null=3", "fds=nff"] {
        let family =
            |parent: u32, main: &str| format!("{main}601 {parent} 600 600 - f api | {streams}");
        let main = format!("600 1 600 600 - - api | {streams}\n");
        let world = history(&[&family(600, &main), &family(600, &main), &family(1, "")]);
        assert_eq!(verdict(&world, 601).lines().next(), Some("orphan certain"), "{streams}");
    }
}

#[test]
fn the_middle_process_of_a_double_fork_leaves_a_daemon() {
    let mut world = world("590 1 590 590 - - sh");
    world.apply(fixture::event_source(EventSource::Connector));
    world.apply(fixture::events(
        "1000.100 fork 700 < 590; 1000.101 session 700; 1000.102 fork 701 < 700; 1000.103 exit 700",
    ));
    let later = "590 1 590 590 - - sh\n701 1 700 700 - f syslog | start=100010 fds=nff";
    watch(&mut world, &format!("{SYSTEMD}{later}"), 1_002);
    assert_eq!(verdict(&world, 701).lines().next(), Some("daemon certain"));
}

#[test]
fn a_daemons_streams_lead_where_no_person_sits() {
    let first = |fds: &str, session: u32| {
        let world = world(&format!("600 1 {session} {session} - - x | fds={fds}"));
        verdict(&world, 600).lines().next().unwrap().to_owned()
    };
    // PostgreSQL by pg_ctl, and `setsid prog </dev/null >log 2>&1`.
    assert_eq!(first("nff", 600), "daemon certain");
    assert_eq!(first("cjj", 600), "daemon certain");
    assert_eq!(first("sff", 600), "daemon likely");
    assert_eq!(first("npp", 600), "child possible", "who reads the pipes is not known");
    assert_eq!(first("ntf", 600), "child possible");
    assert_eq!(first("noo", 600), "child possible");
    // What does not lead its session may have inherited what it has.
    assert_eq!(first("nff", 599), "daemon likely");
    assert_eq!(first("sff", 599), "orphan certain");
}

#[test]
fn a_fork_that_was_seen_outranks_every_sign() {
    let mut world = world("590 1 590 590 - - bash | ns=590,1");
    world.apply(fixture::event_source(EventSource::Connector));
    world.apply(fixture::events("1000.100 fork 700 < 590; 1000.200 exec 590 server"));
    let later = "590 1 590 590 - - server | ns=590,1\n700 590 580 580 - f bash | start=100010";
    watch(&mut world, &format!("{SYSTEMD}{later}"), 1_002);
    assert_eq!(
        verdict(&world, 700),
        "child certain\nno child of it lives\nits parent 590 (server) was seen to fork it"
    );
}

#[test]
fn a_child_that_bears_its_siblings_name_may_be_of_that_sibling() {
    let mut world = world("590 1 590 590 - - sh\n600 590 590 590 - - app");
    world.apply(fixture::event_source(EventSource::Connector));
    world.apply(fixture::events("1000.100 fork 700 < 590; 1000.200 fork 701 < 590"));
    let later = "590 1 590 590 - - sh\n600 590 590 590 - - app
        700 590 590 590 - f app | start=100010\n701 590 590 590 - f sh | start=100020";
    watch(&mut world, &format!("{SYSTEMD}{later}"), 1_002);
    assert_eq!(verdict(&world, 700).lines().next(), Some("child likely"));
    assert_eq!(verdict(&world, 701).lines().next(), Some("child certain"));
}

#[test]
fn what_bwrap_adopted_is_no_child_of_its_own_for_sure() {
    check(
        "
        590 1 590 590 - - agent
        600 590 590 590 - - bwrap
        601 600 590 590 - f bwrap | ns=601,1
        602 601 590 590 - - x
        603 601 580 590 - - y",
        "
        590 agent parent possible
        600 bwrap main certain
        601 bwrap parent likely
        602 x child possible
        603 y orphan likely",
    );
}

/// A fact, and how it is lost.
type Forget = (&'static str, fn(&mut Facts));

/// Whoever knows less is no surer of the same role.
#[test]
fn knowing_less_never_makes_a_verdict_surer() {
    let tables = [
        "600 1 600 600 - - x | fds=nff unit=x.service",
        "600 1 599 599 - f nginx | null=3 cmd=nginx: worker process",
        "600 1 600 600 - - x | fds=sff",
        "590 1 590 590 - - sh | ns=590,1\n600 590 590 590 - f x",
        "590 1 590 590 - - sh\n600 590 580 580 - f x",
        "590 1 590 590 - - bwrap\n599 590 590 590 - - bwrap | ns=599,1\n600 599 590 590 - - x",
        "815 1 815 815 0 - bash\n600 815 600 815 0 - x",
        "600 1 600 600 - - containerd-shim | null=3",
        "590 1 590 590 - - x | null=3\n600 590 590 590 - f x",
    ];
    let forget: [Forget; 6] = [
        ("executable", |facts| facts.executable = Fact::Refused),
        ("streams", |facts| facts.standard_streams = Fact::Refused),
        ("command line", |facts| facts.command_line = Fact::Refused),
        ("cgroup", |facts| facts.cgroup = None),
        ("pid in its namespace", |facts| facts.innermost_pid = None),
        ("pipes", |facts| facts.pipes = None),
    ];
    for table in tables {
        let table = format!("{SYSTEMD}{table}");
        let known = fixture::world(&table).living(600).unwrap().verdict.clone();
        let check = |what: &str, forget: &dyn Fn(&mut fixture::Line)| {
            let mut lines = fixture::lines(&table);
            lines.iter_mut().for_each(forget);
            let mut world = World::new(fixture::host(), 3.0);
            world.apply(fixture::scan(&lines, 1_000));
            world.apply(fixture::facts_of(&lines, 1_000));
            let less = &world.living(600).unwrap().verdict;
            let is_surer = less.role == known.role && less.confidence > known.confidence;
            assert!(!is_surer, "without {what}: {less:?} instead of {known:?}\n{table}");
        };
        for (what, forget) in forget {
            check(what, &|line| line.facts.iter_mut().for_each(forget));
        }
        check("any", &|line| line.facts = None);
        check("flags", &|line| line.stat.flags = None);
    }
}

#[test]
fn application_units_and_scopes_are_no_services() {
    let first = |table: &str| verdict(&world(table), 700).lines().next().unwrap().to_owned();
    assert_eq!(first("700 1 700 700 - - firefox | unit=app-firefox@1.service"), "main likely");
    assert_eq!(first("700 1 700 700 - - keyring | unit=session-2.scope"), "orphan likely");
    assert_eq!(first("700 1 700 700 - - firefox | unit=app-gnome-700.scope"), "orphan likely");
    // What was forked and never exec'ed was not started by systemd, which always execs.
    let forked = verdict(&world("700 1 700 700 - f nginx | fds=nnf unit=nginx.service"), 700);
    assert!(forked.starts_with("daemon certain\nno terminal is at its standard"), "{forked}");
}

#[test]
fn the_users_own_service_manager_starts_daemons_too() {
    check(
        "
        1400 1 1400 1400 - - systemd | exe=/usr/lib/systemd/systemd cgroup=/user.slice/user@1000.service/init.scope
        1401 1400 1400 1400 - f (sd-pam) | exe=/usr/lib/systemd/systemd cgroup=/user.slice/user@1000.service/init.scope
        1410 1400 1410 1410 - - pipewire | cgroup=/user.slice/user@1000.service/session.slice/pipewire.service",
        "
        1400 systemd daemon certain
        1401 (sd-pam) child possible
        1410 pipewire daemon certain",
    );
}

#[test]
fn refused_streams_give_a_likely_daemon_that_says_so() {
    check_verdict(
        "600 1 600 600 - - polkitd | null=refused",
        600,
        "
        daemon likely
        it leads its own session
        it has no controlling terminal
        its parent is 1 (systemd), which adopts processes whose creator ended
        its standard streams could not be read: permission was refused",
    );
    let led = verdict(&world("600 1 599 599 - - x | null=refused"), 600);
    assert_eq!(led.lines().next(), Some("orphan certain"));
}

#[test]
fn before_its_facts_are_read_nothing_that_needs_them_is_certain() {
    check(
        &format!(
            "{LOGIN}
            700 1 700 700 - - api | unread
            1000 815 1000 815 0 - sleep | unread
            1001 815 1001 815 0 - bash | unread
            1002 1001 1001 815 0 - sleep | unread
            1003 1 1003 700 - - sleep | unread"
        ),
        "
        700 api child possible
        812 sshd daemon certain
        813 sshd parent likely
        814 sshd parent likely
        815 bash parent likely
        1000 sleep main likely
        1001 bash main likely
        1002 sleep child possible
        1003 sleep orphan likely",
    );
    let unread = verdict(&world("700 1 700 700 - - api | unread"), 700);
    assert!(unread.ends_with("\nits command line and its standard streams are not read yet"));
}

#[test]
fn a_daemonic_test_process_is_daemon_only_while_its_main_lives() {
    let both = "8000 1 8000 8000 - - pexplore\n8001 8000 8000 8000 - f px-daemonic";
    let mut world = world(both);
    let test_process = crate::record::TestProcess {
        kind: TestProcessKind::Daemonic.row().name.into(),
        daemonic_main: Some(key_of(&world, 8000)),
    };
    let told = Observation::TestProcess(key_of(&world, 8001), test_process);
    world.apply(Record { at: BootTime::from_secs(1_000), observation: told });
    assert_eq!(
        verdict(&world, 8001),
        "daemon certain\ndaemonic child: ended by its main on a normal end; \
         known because the lab started it so"
    );
    for (second, table) in [
        (1_001, "8000 1 8000 8000 - Z pexplore | wait=9\n8001 1 8000 8000 - f px-daemonic"),
        (1_002, "8001 1 8000 8000 - f px-daemonic"),
    ] {
        watch(&mut world, &format!("{SYSTEMD}{table}"), second);
    }
    assert_eq!(
        verdict(&world, 8001),
        "orphan certain\nits creator 8000 (pexplore) ended while it lived, and 1 (systemd) adopted \
         it\nwas a daemonic child; its main ended by SIGKILL and could not end it"
    );
}

#[test]
fn a_main_that_exits_is_not_said_to_be_killed() {
    let exited = |cause: &str| Evidence::WasDaemonic { cause: Some(cause.into()) }.to_string();
    assert_eq!(
        exited("exit 1"),
        "was a daemonic child; its main ended with exit 1 and did not end it"
    );
}

#[test]
fn each_sign_of_reparenting_gives_an_orphan_with_its_sentence() {
    let signs = [
        (
            "A",
            "600 590 590 590 - - x\n590 1 590 590 - - sh | start=7000",
            "certain\nits parent 590 (sh) is younger than it, so it adopted it and did not create \
             it",
        ),
        (
            "B under init",
            "600 1 600 590 3 - x",
            "certain\nits session 590, which it does not lead, is not that of its parent \
             1 (systemd): a child inherits its creator's session, so another process created it",
        ),
        (
            "B under a session's leader",
            "600 580 600 590 - - x\n580 1 580 580 - - sh | ns=580,1\n590 1 590 590 - - y",
            "likely\nits session 590, which it does not lead, is not that of its parent \
             580 (sh): a child inherits its creator's session, so another process created it",
        ),
        (
            "D",
            "600 580 590 580 - - x\n580 1 580 580 - - sh | ns=580,1",
            "likely\nits process group's leader 590 has ended, and its parent is in another group",
        ),
        (
            "E",
            "600 580 590 580 - - x\n580 1 580 580 - - sh | ns=580,1\n590 585 590 580 - - y\n\
             585 580 580 580 - - z",
            "likely\nits process group 590 is led by a process that is neither its parent \
             nor its sibling",
        ),
        (
            "I in a session's scope",
            "600 1 600 600 - - x | unit=session-3.scope",
            "likely\nit belongs to session-3.scope, which its parent 1 (systemd) started for \
             another process",
        ),
    ];
    for (sign, table, expected) in signs {
        assert_eq!(verdict(&world(table), 600), format!("orphan {expected}"), "sign {sign}");
    }
}

#[test]
fn a_container_init_created_only_its_oldest_child() {
    check_world(
        &fixture::world(
            "
            1 0 1 1 - - tini | exe=/sbin/tini
            7 1 7 1 - - app
            9 1 7 1 - - worker",
        ),
        "7 app child possible\n9 worker orphan likely",
    );
}

#[test]
fn the_signs_do_not_take_in_what_only_looks_alike() {
    let innocent = [
        ("A: born in the same tick", "600 590 590 590 - - x | start=5900\n590 1 590 590 - - sh"),
        ("B: leads its own session", "600 590 600 600 - - x\n590 1 590 590 - - sh"),
        ("its parent exec'ed since", "600 590 590 590 - f x\n590 1 590 590 - - server"),
        ("its parent cannot adopt", "600 590 580 580 - - x\n590 1 590 590 - - sh"),
        ("C: exec'ed", "600 590 590 590 - - x\n590 1 590 590 - - sh"),
        ("C: unreadable", "600 590 590 590 - f x\n590 1 590 590 - - sh | exe=refused"),
        ("D: a shell's pipeline", "600 590 595 590 3 - x\n590 1 590 590 3 - zsh"),
        (
            "D: a pipeline of a shell within a shell",
            "600 592 595 590 3 - x\n592 590 592 590 3 - bash\n590 1 590 590 3 - bash",
        ),
        (
            "E: in a sibling's group",
            "600 590 595 590 - - x\n595 590 595 590 - - y\n590 1 590 590 - - sh",
        ),
        ("I: of init's own unit", "600 1 1 1 - - x | unit=init.scope"),
        ("I: a login on the console", "600 1 600 600 3 - login | unit=session-1.scope"),
        ("none: shares init's session", "600 1 1 1 - - x"),
    ];
    for (what, table) in innocent {
        let verdict = verdict(&world(table), 600);
        assert!(!verdict.starts_with("orphan"), "{what}: {verdict}");
    }
}

#[test]
fn a_parent_of_one_proves_nothing() {
    check_verdict(
        "600 1 1 1 - - x",
        600,
        "
        child possible
        no child of it lives
        its parent 1 (systemd) adopts processes whose creator ended; nothing tells whether it created this one",
    );
    // Born while it was watched, under the parent that it still has: that one created it.
    let world = history(&["", "600 1 1 1 - - x | start=100050"]);
    assert_eq!(
        verdict(&world, 600),
        "child likely\nno child of it lives\n\
         its parent 1 (systemd) created it (nothing speaks against that)"
    );
}

#[test]
fn where_pid_1_is_hidden_no_leader_is_said_to_have_ended() {
    check_world(
        &fixture::world(
            "
            815 814 815 815 0 - bash
            1000 815 1001 815 0 - b
            1002 1 1002 700 - - train | null=3
            1003 815 1003 815 0 - sh
            1004 1003 990 815 0 - x",
        ),
        "
        815 bash parent possible
        1000 b child likely
        1002 train child possible
        1003 sh main certain
        1004 x child likely",
    );
}

#[test]
fn an_adopter_that_was_seen_is_a_reaper_from_then_on() {
    let before = "
        500 1 500 500 - - runner
        510 500 510 510 - - sh
        511 510 511 511 - - x | null=3";
    let after = "500 1 500 500 - - runner\n511 500 511 511 - - x | null=3";
    let later = format!("{after}\n512 500 512 512 - - y | null=3");
    let world = history(&[before, after, &later]);
    // Its creator had lived with it: what it inherited says nothing.
    assert_eq!(verdict(&world, 511).lines().next(), Some("orphan certain"));
    assert_eq!(
        verdict(&world, 512),
        "daemon likely\nno terminal is at its standard streams (/dev/null, /dev/null, /dev/null)\n\
         it leads its own session\nit has no controlling terminal\n\
         its parent is 500 (runner), which adopts processes whose creator ended"
    );
}

#[test]
fn an_orphan_stays_one_when_its_adopter_ends_too() {
    let inferred = "
        500 1 500 500 - - runner | start=7000
        600 500 590 500 - - x";
    let world = history(&[inferred, "600 1 590 500 - - x"]);
    assert!(
        verdict(&world, 600).starts_with(
            "orphan certain\nits parent runner ended while it lived, and was itself not its \
             creator; 1 (systemd) adopted it"
        ),
        "{}",
        verdict(&world, 600)
    );
}

#[test]
fn a_program_is_main_once_a_forked_child_of_it_has_lived_for_a_second() {
    let family = |program: &str, child: &str| {
        format!("600 590 590 590 - - {program}\n 590 1 590 590 - - agent\n {child}")
    };
    let first = |table: &str| verdict(&world(table), 600).lines().next().unwrap().to_owned();
    let settled = "601 600 590 590 - f postgres | start=99900 exe=/usr/bin/postgres";
    let newborn = "601 600 590 590 - f postgres | start=99950 exe=/usr/bin/postgres";
    assert_eq!(first(&family("postgres", settled)), "main certain");
    assert_eq!(first(&family("postgres", newborn)), "parent likely");
    assert_eq!(first(&family("postgres", "601 600 590 590 - - psql")), "parent likely");
    assert_eq!(first(&family("bash", "601 600 590 590 - f bash")), "parent likely");
    let part = "postgres | cmd=gunicorn: worker [app]";
    assert_eq!(first(&family(part, settled)), "parent likely");
    // It grows into a main by age alone.
    let mut world = history(&[&family("postgres", newborn)]);
    watch(&mut world, &format!("{SYSTEMD}{}", family("postgres", newborn)), 1_001);
    assert_eq!(
        verdict(&world, 600),
        "main certain\nit became this program by exec and has a forked child that never exec'ed"
    );
}

#[test]
fn what_a_program_adopted_does_not_make_it_a_main() {
    let reaper = "590 1 590 590 - - agent\n 600 590 600 600 - - reaper";
    let before = format!("{reaper}\n 601 600 601 600 - - job\n 602 601 601 600 - f job");
    let after = format!("{reaper}\n 602 600 601 600 - f job");
    let mut world = history(&[&before, &after]);
    watch(&mut world, &format!("{SYSTEMD}{after}"), 1_005);
    let first = |pid| verdict(&world, pid).lines().next().unwrap().to_owned();
    assert_eq!((first(602), first(600)), ("orphan certain".into(), "parent likely".into()));
}

#[test]
fn a_server_that_is_no_daemon_is_main_of_what_it_forks() {
    let world = world(
        "
        590 1 590 590 - - agent
        600 590 590 590 - - sshd | cmd=sshd: /usr/sbin/sshd -D [listener]
        601 600 601 601 - f sshd | cmd=sshd: ana [priv]",
    );
    assert_eq!(verdict(&world, 600).lines().next(), Some("main certain"));
    assert_eq!(verdict(&world, 601).lines().next(), Some("child likely"));
}

#[test]
fn a_service_with_a_terminal_and_an_application_have_mains() {
    check(
        "
        400 1 400 400 5 - cage | unit=kiosk.service
        401 400 400 400 5 - browser | unit=kiosk.service
        1500 1 1500 1500 - - gnome-shell | unit=gnome.service
        2000 1500 1500 1500 - - gedit | unit=app-gnome-gedit-2000.scope
        2001 2000 1500 1500 - - helper | unit=app-gnome-gedit-2000.scope",
        "
        400 cage main likely
        401 browser child likely
        1500 gnome-shell daemon certain
        2000 gedit main likely
        2001 helper child likely",
    );
    // Whether it is the top of its unit cannot be told before its parent's unit is known.
    let unread =
        world("1500 1 1500 1500 - - gedit | unread\n2001 1500 1500 1500 - - x | unit=app-1.scope");
    assert_eq!(verdict(&unread, 2001).lines().next(), Some("child possible"));
}

#[test]
fn a_job_is_one_only_within_its_shells_session() {
    check(
        "
        815 590 815 815 0 - script
        590 1 590 590 - - agent
        900 815 900 900 1 - bash
        901 900 900 900 1 - x
        902 815 815 815 0 - y",
        "
        590 agent parent possible
        815 script parent likely
        900 bash parent likely
        901 x child likely
        902 y child likely",
    );
}

#[test]
fn zombies_do_not_make_a_parent() {
    check(
        "
        590 1 590 590 - - agent
        600 590 590 590 - - x
        601 600 590 590 - Z y",
        "
        590 agent parent possible
        600 x child likely
        601 y child likely",
    );
}

#[test]
fn every_sentence_of_evidence_reads_well() {
    let who = |pid, name: &str| Who { pid, name: name.into() };
    let someone = || who(812, "sshd");
    let all = [
        Evidence::KernelThread,
        Evidence::UnderKernelThreads,
        Evidence::HeadsNamespace,
        Evidence::ParentOutside,
        Evidence::StreamsRefused,
        Evidence::MainEnded { runtime: "nginx", part: "worker" },
        Evidence::AdoptedByDesign { name: "conmon".into() },
        Evidence::DaemonicPoolWorker { main: someone() },
        Evidence::WasDaemonic { cause: None },
        Evidence::Reparented { creator: someone(), cause: None, adopter: None },
        Evidence::ReparentedAgain { parent: "a".into(), adopter: None },
        Evidence::NotFirstChildOfInit { init: who(1, "tini") },
        Evidence::LeadsJob { shell: who(900, "bash") },
        Evidence::OldestOfJob { group: 901, shell: who(900, "bash") },
        Evidence::RuntimeMain { runtime: "nginx" },
        Evidence::ForkedChildren { count: 3 },
        Evidence::ServiceWithTerminal { unit: "kiosk.service".into() },
        Evidence::TopOfApplication { unit: "app-x.scope".into() },
        Evidence::Supervised { supervisor: who(9, "runsv") },
        Evidence::LivingChildren { count: 1 },
        Evidence::LivingChildren { count: 2 },
    ];
    for sentence in all.iter().map(ToString::to_string) {
        assert!(!sentence.contains("  ") && sentence.trim() == sentence, "{sentence:?}");
        assert!(!sentence.ends_with(['.', ',', ';', ':']), "{sentence:?}");
    }
    let hostile = Evidence::Supervised { supervisor: who(9, "a\u{1b}[31m\nb") };
    assert_eq!(
        hostile.to_string(),
        "the supervisor 9 (a\\e[31m\\nb) runs it as a program of its own"
    );
}

#[test]
fn confidences_are_ordered_and_rules_follow_the_contract() {
    use Role::{Child, Daemon, Kernel, Main, Orphan, Parent};
    assert!(Confidence::Possible < Confidence::Likely && Confidence::Likely < Confidence::Certain);
    let mut roles: Vec<Role> = RULES.iter().map(|(role, _)| *role).collect();
    roles.dedup();
    assert_eq!(roles, [Kernel, Main, Daemon, Orphan, Main, Parent, Child]);
}

#[test]
fn a_key_of_another_birth_is_another_process_for_a_daemonic_child() {
    let mut world = world(
        "8000 1 8000 8000 - - pexplore\n\
         8001 8000 8000 8000 - f px-daemonic | exe=/usr/bin/pexplore",
    );
    let earlier = ProcessKey::at_ticks(8000, 5);
    let test_process =
        crate::record::TestProcess { kind: "daemonic".into(), daemonic_main: Some(earlier) };
    let told = Observation::TestProcess(key_of(&world, 8001), test_process);
    world.apply(Record { at: BootTime::from_secs(1_000), observation: told });
    assert_eq!(verdict(&world, 8001).lines().next(), Some("child likely"));
}
