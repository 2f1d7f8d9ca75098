//! Mains, parents and children.

use super::*;

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
fn a_program_is_main_once_a_forked_child_of_it_has_lived_for_a_second() {
    let family = |program: &str, child: &str| {
        format!("600 590 590 590 - - {program}\n 590 1 590 590 - - agent\n {child}")
    };
    let first = |table: &str| verdict(&world(table), 600).lines().next().unwrap().to_owned();
    let settled = "601 600 590 590 - f postgres | start=99900 exe=/usr/bin/postgres";
    let child = "601 600 590 590 - f postgres | start=99950 exe=/usr/bin/postgres";
    assert_eq!(first(&family("postgres", settled)), "main certain");
    assert_eq!(first(&family("postgres", child)), "parent likely");
    assert_eq!(first(&family("postgres", "601 600 590 590 - - psql")), "parent likely");
    assert_eq!(first(&family("bash", "601 600 590 590 - f bash")), "parent likely");
    let part = "postgres | cmd=gunicorn: worker [app]";
    assert_eq!(first(&family(part, settled)), "parent likely");
    // It grows into a main by age alone.
    let mut world = history(&[&family("postgres", child)]);
    watch(&mut world, &format!("{SYSTEMD}{}", family("postgres", child)), 1_001);
    assert_eq!(
        verdict(&world, 600),
        "main certain\nit exec'd this program and has a forked child that never exec'd"
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
    // Whether it is the top of its unit cannot be reported before its parent's unit is known.
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
