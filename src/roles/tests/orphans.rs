//! Orphans: each sign of one, and what proves nothing.

use super::*;

#[test]
fn a_fork_that_was_seen_outranks_every_sign() {
    let mut world = world("590 1 590 590 - - bash | ns=590,1");
    world.apply(fixture::event_source(EventSource::Connector));
    world.apply(fixture::events("1000.100 fork 700 < 590; 1000.200 exec 590 server"));
    let later = "590 1 590 590 - - server | ns=590,1\n700 590 580 580 - f bash | start=100010";
    watch(&mut world, &format!("{SYSTEMD}{later}"), 1_002);
    assert_eq!(
        verdict(&world, 700),
        "child certain\nit has no living child\nits parent 590 (server) was seen to fork it"
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
        ("its parent exec'd since", "600 590 590 590 - f x\n590 1 590 590 - - server"),
        ("its parent cannot adopt", "600 590 580 580 - - x\n590 1 590 590 - - sh"),
        ("C: exec'd", "600 590 590 590 - - x\n590 1 590 590 - - sh"),
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
        it has no living child
        its parent 1 (systemd) adopts processes whose creator ended; nothing tells whether it created this one",
    );
    // Born while it was watched, under the parent that it still has: that one created it.
    let world = history(&["", "600 1 1 1 - - x | start=100050"]);
    assert_eq!(
        verdict(&world, 600),
        "child likely\nit has no living child\n\
         its parent 1 (systemd) created it (no evidence against)"
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
