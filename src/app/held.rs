//! Records that come in while the picture is paused.

use crate::record::memory_limit::weight;
use crate::record::{Observation, Record};

/// Records that wait, in their order.
#[derive(Debug, Default)]
pub(super) struct Held {
    records: Vec<Record>,
    bytes: usize,
}

impl Held {
    /// Keeps a record. Where all of them take more bytes than that, what happened is dropped as
    /// lost: a scan tells the rest of it. Answers come once, so they stay.
    pub(super) fn add(&mut self, record: Record, most_bytes: usize) {
        let at = record.at;
        self.bytes += weight(&record);
        // One long record is taken in faster than many short ones.
        match (self.records.last_mut(), record) {
            (
                Some(Record { at: last, observation: Observation::Events(events) }),
                Record { at, observation: Observation::Events(newer) },
            ) => {
                *last = at;
                events.extend(newer);
            }
            (_, record) => self.records.push(record),
        }
        if self.bytes > most_bytes {
            let n_lost: usize = self.records.iter().map(count_events).sum();
            let happened = |record: &Record| {
                matches!(record.observation, Observation::Events(_) | Observation::CommandLines(_))
            };
            self.records.retain(|record| !happened(record));
            let observation = Observation::Lost(Some(n_lost as u64));
            self.records.push(Record { at, observation });
            self.bytes = self.records.iter().map(weight).sum();
        }
    }

    /// All of them, in their order.
    pub(super) fn take(&mut self) -> Vec<Record> {
        std::mem::take(self).records
    }
}

fn count_events(record: &Record) -> usize {
    match &record.observation {
        Observation::Events(events) => events.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BootTime, Change, Event, Image};

    fn record(observation: Observation) -> Record {
        Record { at: BootTime(5), observation }
    }

    fn exec(line: &str) -> Record {
        let image = Some(Image { comm: "sh".into(), command_line: Some(line.into()) });
        let change = Change::Exec { image };
        record(Observation::Events(vec![Event { at: BootTime(5), pid: 9, change }]))
    }

    #[test]
    fn what_happened_is_kept_within_its_bytes_and_what_was_asked_for_is_kept_in_any_case() {
        let mut held = Held::default();
        let answer = record(Observation::Facts(Vec::new()));
        held.add(answer.clone(), 100_000);
        for _ in 0..9 {
            held.add(exec(&"x".repeat(10_000)), 100_000);
        }
        assert_eq!(held.records.len(), 2, "events that follow each other are one record");
        assert!(held.bytes > 90_000);
        held.add(exec(&"y".repeat(10_000)), 100_000);
        held.add(exec("z"), 100_000);
        let lost = record(Observation::Lost(Some(10)));
        assert_eq!(held.take(), [answer, lost, exec("z")]);
        assert_eq!(held.bytes, 0);
    }
}
