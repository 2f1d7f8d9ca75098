mod python;

use super::*;
use crate::tests::fixture::{self, trimmed, watch};

/// Every recognized process, one a line: pid, runtime, part, start method, logical parent.
fn families(world: &World) -> String {
    let mut living: Vec<_> =
        world.subjects().filter(|subject| subject.process().ended.is_none()).collect();
    living.sort_by_key(|subject| subject.pid());
    let line = |subject: Subject<'_>| {
        let known = subject.process().recognition.as_ref()?;
        let logical = match known.logical_parent {
            Some(id) => format!(" of {}", id.pid),
            None if known.logical_parent_ended => " of none".to_owned(),
            None => String::new(),
        };
        let method = start_method(subject).map_or("-", |method| method.into_str());
        let (runtime, part) = (known.runtime.into_str(), known.part.into_str());
        Some(format!("{} {runtime} {part} {method}{logical}\n", subject.pid()))
    };
    living.into_iter().filter_map(line).collect()
}

#[track_caller]
fn check(table: &str, expected: &str) {
    assert_eq!(families(&fixture::world(table)), trimmed(expected));
}

#[test]
fn servers_are_recognized_by_their_titles() {
    check(
        "
        200 1 200 200 - f nginx | cmd=nginx: master process /usr/sbin/nginx
        201 200 200 200 - f nginx | cmd=nginx: worker process
        202 200 200 200 - f nginx | cmd=nginx: cache manager process
        300 1 300 300 - - gunicorn:_master | exe=/usr/bin/python3 cmd=gunicorn: master [app]
        301 300 300 300 - f gunicorn:_worker | exe=/usr/bin/python3 cmd=gunicorn: worker [app]
        310 1 310 310 - - gunicorn | exe=/usr/bin/python3 cmd=python3 /usr/bin/gunicorn app
        311 310 310 310 - f gunicorn | exe=/usr/bin/python3 cmd=python3 /usr/bin/gunicorn app
        400 1 400 400 - f tmux:_server | exe=/usr/bin/tmux cmd=tmux new
        401 1 401 401 1 - tmux:_client | exe=/usr/bin/tmux cmd=tmux new
        500 1 500 500 - - sshd | cmd=sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups
        501 500 501 501 - f sshd | cmd=sshd: ana [priv]
        502 500 502 502 - - sshd-session | cmd=sshd-session: ana@pts/0",
        "
        200 nginx master fork
        201 nginx worker fork
        202 nginx helper fork
        300 gunicorn master spawn
        301 gunicorn worker fork
        310 gunicorn master spawn
        311 gunicorn worker fork
        400 tmux server fork
        401 tmux client spawn
        500 sshd listener spawn
        501 sshd session fork
        502 sshd session spawn",
    );
}

#[test]
fn a_title_counts_only_at_the_start_of_the_first_argument() {
    check(
        "
        200 1 200 200 - - grep | cmd=grep \"nginx: master process\"
        201 1 201 201 - - vim | cmd=vim gunicorn
        202 1 202 202 - - echo | cmd=echo sshd: /usr",
        "",
    );
}

#[test]
fn nodes_children_are_recognized_by_their_environment_and_primaries_by_their_workers() {
    check(
        "
        1 0 1 1 - - systemd
        600 1 600 600 - - node | cmd=node server.js
        601 600 600 600 - - node | node=worker cmd=node server.js
        602 600 600 600 - - node | node=channel cmd=node job.js
        610 1 610 610 - - node | cmd=node plain.js
        611 1 611 611 - - node | node=worker cmd=node left-behind.js",
        "
        600 node-cluster master spawn
        601 node-cluster worker spawn
        602 node-child-process worker spawn
        611 node-cluster worker spawn",
    );
}

#[test]
fn browsers_fork_renderers_from_a_zygote() {
    check(
        "
        700 1 700 700 - - chrome | cmd=chrome
        701 700 700 700 - - chrome | cmd=chrome --type=zygote
        702 701 700 700 - f chrome | cmd=chrome --type=renderer --lang=en
        703 700 700 700 - - chrome | cmd=chrome --type=gpu-process",
        "
        701 chromium zygote spawn
        702 chromium worker forkserver
        703 chromium helper spawn",
    );
}

#[test]
fn there_is_no_start_method_for_pid_1_and_kernel_threads() {
    let world = fixture::world("1 0 1 1 - - systemd\n2 0 0 0 - k kthreadd\n3 1 3 3 - - sh");
    let methods: Vec<_> = world.subjects().map(start_method).collect();
    assert_eq!(methods, [None, None, Some(StartMethod::Spawn)]);
}

#[test]
fn every_name_is_one_word_and_unlike_the_others() {
    use Part::{
        Client, Forkserver, Helper, Listener, Main, Manager, Master, PoolWorker, ResourceTracker,
        Server, Session, Worker, Zygote,
    };
    let parts = [
        Client,
        Forkserver,
        Helper,
        Listener,
        Main,
        Manager,
        Master,
        PoolWorker,
        ResourceTracker,
        Server,
        Session,
        Worker,
        Zygote,
    ];
    let names: std::collections::HashSet<&str> = parts.map(|part| part.into_str()).into();
    assert_eq!(names.len(), parts.len());
    assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
}
