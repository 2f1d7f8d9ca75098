//! Any events and scans leave a world that agrees with itself.

use super::*;

fn any_event() -> impl Strategy<Value = (u64, Pid, u8, Pid)> {
    (0_u64..40, 1_u32..9, 0_u8..7, 1_u32..9)
}

fn event((at, pid, kind, other): (u64, Pid, u8, Pid), from: u64) -> Event {
    let change = match kind {
        0 | 1 => Change::Fork { parent: other },
        2 => Change::Exec { image: None },
        3 | 4 => Change::Exit { parent: Some(other), wait_status: Some(0) },
        5 => Change::Session,
        _ => Change::Rename { comm: "other".into() },
    };
    Event { at: BootTime(from + at * 3_000_000), pid, change }
}

proptest! {
    #[test]
    fn any_events_and_scans_leave_a_world_that_agrees_with_itself(
        rounds in prop::collection::vec(
            (
                crate::world::tests::any_table(),
                prop::collection::vec(any_event(), 0..30),
                0_u8..4,
            ),
            1..6,
        ),
        creators in prop::bool::ANY,
    ) {
        let mut world = World::new(fixture::host(), 3.0);
        world.apply(event_source(EventSource::Connector));
        let mut at = 1_000_000_000_000_u64;
        for (processes, happened, kind) in rounds {
            world.keep_creators(creators);
            let began = BootTime(at);
            match kind {
                0 => {
                    let lost = Observation::Lost(None);
                    world.apply(Record { at: began, observation: lost });
                }
                1 => {
                    let stats = crate::record::Stats { began, processes, gone: vec![3, 4] };
                    world.apply(Record { at: began, observation: Observation::Stats(stats) });
                }
                _ => {
                    let scan = crate::record::Scan { began, ended: began, processes, hidden: Vec::new() };
                    world.apply(Record { at: began, observation: Observation::Scan(scan) });
                }
            }
            let happened: Vec<Event> =
                happened.into_iter().map(|drawn| event(drawn, at)).collect();
            at += 130_000_000;
            let record = Record { at: BootTime(at), observation: Observation::Events(happened) };
            world.apply(record);
            for slot in world.slots() {
                let process = world.at(slot);
                prop_assert_eq!(world.slot_of(process.id()), Some(slot));
                let is_living = world.living_slot(process.id().pid) == Some(slot);
                prop_assert_eq!(process.ended.is_none(), is_living);
                if process.ended.is_some() {
                    prop_assert!(world.processes.ghosts().any(|ghost| ghost == slot));
                }
            }
            prop_assert_eq!(world.processes().len(), world.processes.n_living() + world.processes.ghosts().count());
            let count: usize = Role::ALL.map(|role| world.count(role)).iter().sum();
            prop_assert_eq!(count, world.processes.n_living());
            for subject in world.subjects() {
                story::story(subject);
                let process = subject.process();
                let parent = process.parent.and_then(|parent| world.slot_of(parent));
                let above = world.tree().parent(subject.slot());
                prop_assert!(above.is_none() || above == parent, "the tree is of now");
            }
            world.take_wanted_stats(4);
        }
    }
}
