use super::*;
use crate::record::Pid;
use crate::tests::fixture::{self, watch};
use crate::verdict::Evidence;
use crate::world::World;

const TABLE: &str = "
    1 0 1 1 - - systemd
    2 0 0 0 - k kthreadd
    30 2 0 0 - k kworker
    812 1 812 812 3 - bash
    900 812 900 812 3 - python3 | cmd=nginx: master process
    901 900 900 812 3 f python3 | cmd=nginx: worker process
    902 900 900 812 3 Z python3 | wait=256
    903 901 900 812 3 - date";

fn subject(world: &World, pid: Pid) -> Subject<'_> {
    world.subjects().find(|subject| subject.pid() == pid).unwrap()
}

fn reported(world: &World, pid: Pid) -> String {
    let story = story(subject(world, pid));
    for sentence in &story {
        let starts_well = sentence.starts_with(|first: char| first.is_uppercase());
        assert!(starts_well && sentence.ends_with('.') && !sentence.contains("  "), "{sentence:?}");
        assert!(!sentence.contains(".."), "{sentence:?}");
    }
    story.join("\n")
}

#[test]
fn a_story_says_how_it_came_to_be_and_why_it_is_what_it_is() {
    let world = fixture::world(TABLE);
    assert_eq!(
        reported(&world, 901),
        "It was forked by 900 (python3), never exec'd.\n\
         It is a nginx worker.\n\
         It is a parent: it has one living child. It is likely no orphan: \
         its parent 900 (python3) created it (no evidence against)."
    );
    assert_eq!(
        reported(&world, 903).lines().next(),
        Some("It was started by 901 (python3) and exec'd this program.")
    );
    assert_eq!(
        reported(&world, 30),
        "It was started by 2 (kthreadd).\n\
         It is a kernel thread (certain): the kernel marks it as a thread of its own (PF_KTHREAD)."
    );
    assert_eq!(
        reported(&world, 1),
        "It started before pexplore did.\n\
         It is a main (certain): it is pid 1, the init of this pid namespace."
    );
}

#[test]
fn an_end_is_reported_with_its_cause_where_that_is_known() {
    let mut world = fixture::world(TABLE);
    assert!(
        reported(&world, 902)
            .ends_with("It has ended (exit 1), and its parent has not called wait() for it.")
    );
    watch(&mut world, "1 0 1 1 - - systemd\n2 0 0 0 - k kthreadd\n30 2 0 0 - k kworker", 1_001);
    assert!(reported(&world, 902).ends_with("\nIt ended: exit 1."));
    assert!(
        reported(&world, 903).ends_with(
            "\nIt ended, and how is not known: a scan found it gone, no event reported its end."
        ),
        "{}",
        reported(&world, 903)
    );
}

#[test]
fn an_orphans_creator_is_the_one_that_ended() {
    let mut world = fixture::world(TABLE);
    watch(&mut world, "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n903 1 900 812 3 - date", 1_001);
    let orphan = subject(&world, 903);
    assert_eq!(orphan.process().creator().map(|id| id.pid), Some(901));
    assert_eq!(
        reported(&world, 903),
        "It was started by 901 (python3) and exec'd this program.\n\
         Its creator 901 (python3) ended when it was 15m 10s old, and 1 (systemd) adopted it.\n\
         It is an orphan (certain): its creator 901 (python3) ended while it lived, \
         and 1 (systemd) adopted it."
    );
}

#[test]
fn an_orphan_says_how_its_creator_ended() {
    let mut world = fixture::world(TABLE);
    let zombie =
        "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n901 812 900 812 3 Z python3 | wait=9";
    watch(&mut world, &format!("{zombie}\n903 901 900 812 3 - date"), 1_001);
    watch(&mut world, "1 0 1 1 - - systemd\n812 1 812 812 3 - bash\n903 1 900 812 3 - date", 1_002);
    let orphan = reported(&world, 903);
    assert!(orphan.contains("Its creator 901 (python3) ended (SIGKILL) when it was"), "{orphan}");
    assert_eq!(
        subject(&world, 903).process().verdict.evidence[0].to_string(),
        "its creator 901 (python3) ended (SIGKILL) while it lived, and 1 (systemd) adopted it"
    );
}

#[test]
fn who_created_an_adopted_process_is_not_made_up() {
    let world = fixture::world(
        "
        1 0 1 1 - - systemd
        600 1 599 599 3 - orphan
        601 1 598 598 - f syslog | null=3",
    );
    assert_eq!(subject(&world, 600).process().creator(), None);
    assert_eq!(subject(&world, 601).process().creator(), None);
    assert_eq!(origin(subject(&world, 600)).unwrap(), "started and exec'd this program");
}

#[test]
fn all_relations_are_listed() {
    let world = fixture::world(TABLE);
    let relations = |pid| relations(subject(&world, pid)).join(" · ");
    assert_eq!(
        relations(900),
        "child of 812 (bash) · 1 child · 2 descendants · has not waited for 1 zombie · \
         leads group 900 · in session 812 of bash"
    );
    assert_eq!(
        relations(903),
        "child of 901 (python3) · in group 900 of python3 · in session 812 of bash"
    );
    assert!(relations(1).starts_with("no parent in this pid namespace · 1 child"));
    let lone = fixture::world("1 0 1 1 - - init\n600 7 599 599 - - x");
    assert_eq!(
        self::relations(subject(&lone, 600)).join(" · "),
        "child of 7, which cannot be seen · in group 599, whose leader has ended · \
         in session 599, whose leader has ended"
    );
}

#[test]
fn a_forkservers_worker_has_both_its_parents_reported() {
    let server = "cmd=python3 -c \"from multiprocessing.forkserver import main; main(3)\"";
    let world = fixture::world(&format!(
        "1 0 1 1 - - init
        100 1 100 100 - - python3 | reads=101 writes=41,201 cmd=python3 train.py
        101 100 100 100 - - python3 | reads=41 {server}
        102 101 100 100 - f python3 | spare reads=201 writes=41,101 {server}"
    ));
    let worker = subject(&world, 102);
    assert_eq!(logical_parent(worker.process()).map(|id| id.pid), Some(100));
    assert_eq!(worker.process().creator().map(|id| id.pid), Some(101));
    assert_eq!(
        relations(worker)[..2],
        ["child of 101 (python3)", "logical child of 100 (python3)"]
    );
    assert_eq!(origin(worker).unwrap(), "forked by 101 (python3), a forkserver");
}

#[test]
fn a_living_child_is_a_fact_where_the_creator_is_not() {
    let world = fixture::world("1 0 1 1 - - init\n600 1 600 600 - - x\n601 600 600 600 - - y");
    let said = |confidence, children: &[Evidence]| {
        let mut verdict = subject(&world, 600).process().verdict.clone();
        (verdict.role, verdict.confidence) = (Role::Parent, confidence);
        verdict.evidence = children.to_vec();
        let why: Vec<String> = verdict.evidence.iter().map(ToString::to_string).collect();
        (role(&verdict), role_sentence(&verdict, &why))
    };
    let reported = |role: &str, sentence: &str| (role.to_owned(), sentence.to_owned());
    let children = [Evidence::LivingChildren { count: 2 }];
    assert_eq!(
        said(Confidence::Certain, &children),
        reported("a parent (certain)", "It is a parent (certain): it has 2 living children.")
    );
    assert_eq!(
        said(Confidence::Possible, &children),
        reported(
            "a parent (possibly an orphan)",
            "It is a parent: it has 2 living children. It is possibly an orphan."
        )
    );
}

#[test]
fn the_creator_is_no_surer_than_the_role() {
    let world = fixture::world(
        "1 0 1 1 - - systemd | exe=/usr/lib/systemd/systemd
        70 1 70 70 - f nginx | exe=/usr/bin/nginx null=3
        71 1 71 71 - - sleep
        72 1 72 72 - - sshd  | null=3 unit=ssh.service",
    );
    let creator_of = |pid| world.living(pid).unwrap().creator().map(|id| id.pid);
    assert_eq!([70, 71, 72].map(creator_of), [None, None, Some(1)]);
}
