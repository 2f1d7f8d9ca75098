//! The table of typical processes, row by row.

use super::*;

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
         of 4711 (python3), recognized by the pipes that it shares with its siblings"
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
