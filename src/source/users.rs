//! The names of users, by the system's own database: not only `/etc/passwd` (nsswitch.conf(5)).
//! Its answer may come from a network, so it is asked in a thread that nobody waits long for.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use crate::model::record::{Observation, Record};
use crate::source::clock;
use crate::source::kernel::user_name;
use crate::source::outlet::Outlet;

/// Names of users, each with the number.
type Names = Vec<(u32, Arc<str>)>;

/// Numbers without a name are asked for again that often: users are added.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Starts the thread that answers numbers with records of their names. It ends when nobody asks.
pub fn start<T: From<Record> + Send + 'static>(records: Outlet<T>) -> io::Result<Sender<Vec<u32>>> {
    serve(move |names| {
        let observation = Observation::Users(names);
        records.send(Record { at: clock::now(), observation })
    })
}

fn serve(mut tell: impl FnMut(Names) -> bool + Send + 'static) -> io::Result<Sender<Vec<u32>>> {
    let (asker, orders) = channel::<Vec<u32>>();
    Builder::new().name("users".to_owned()).spawn(move || {
        let mut known = Known::default();
        let mut again = clock::instant() + ASK_AGAIN;
        loop {
            let names = match orders.recv_timeout(again.saturating_duration_since(clock::instant()))
            {
                Ok(uids) => known.look_up(uids, user_name),
                Err(RecvTimeoutError::Timeout) => {
                    again = clock::instant() + ASK_AGAIN;
                    known.look_up_again(user_name)
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !tell(names) {
                return;
            }
        }
    })?;
    Ok(asker)
}

/// What was asked before.
#[derive(Default)]
struct Known {
    has_name: HashMap<u32, bool>,
}

impl Known {
    /// The names of those that were never asked for.
    fn look_up(&mut self, uids: Vec<u32>, ask: fn(u32) -> Option<String>) -> Names {
        let new = uids.into_iter().filter(|uid| !self.has_name.contains_key(uid));
        let new: HashSet<u32> = new.collect();
        self.ask(new, ask)
    }

    /// The names of those that had none, and have one now.
    fn look_up_again(&mut self, ask: fn(u32) -> Option<String>) -> Names {
        let nameless = self.has_name.iter().filter(|(_, has_name)| !**has_name);
        let nameless: HashSet<u32> = nameless.map(|(uid, _)| *uid).collect();
        self.ask(nameless, ask)
    }

    fn ask(&mut self, uids: HashSet<u32>, ask: fn(u32) -> Option<String>) -> Names {
        let asked = uids.into_iter().filter_map(|uid| {
            let name = ask(uid);
            self.has_name.insert(uid, name.is_some());
            Some((uid, name?.into()))
        });
        asked.collect()
    }
}

/// Asks for names where no thread takes in records; numbers stay where no answer comes in time.
pub struct Users {
    asker: Sender<Vec<u32>>,
    told: Receiver<Names>,
    asked: HashSet<u32>,
}

impl Users {
    /// Starts the thread that asks.
    pub fn new() -> io::Result<Self> {
        let (teller, told) = channel();
        let asker = serve(move |names| teller.send(names).is_ok())?;
        Ok(Self { asker, told, asked: HashSet::new() })
    }

    /// The names of those users that were not asked for before, as far as they come in time.
    pub fn names(&mut self, uids: impl Iterator<Item = u32>, limit: Duration) -> Record {
        let new: Vec<u32> = uids.filter(|uid| self.asked.insert(*uid)).collect();
        let mut names = Names::new();
        // Its thread lives as long as this does.
        if !new.is_empty() && self.asker.send(new).is_ok() {
            names.extend(self.told.recv_timeout(limit).unwrap_or_default());
        }
        names.extend(self.told.try_iter().flatten());
        Record { at: clock::now(), observation: Observation::Users(names) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_asked_for_once_and_again_while_it_has_no_name() {
        let mut known = Known::default();
        let root_only = |uid| (uid == 0).then(|| "root".to_owned());
        assert_eq!(known.look_up(vec![0, 7, 0], root_only), [(0, "root".into())]);
        assert!(known.look_up(vec![0, 7], |_| Some("again".to_owned())).is_empty());
        assert_eq!(known.look_up_again(|_| Some("new".to_owned())), [(7, "new".into())]);
        assert!(known.look_up_again(|_| Some("again".to_owned())).is_empty());
    }

    #[test]
    fn the_system_knows_root() {
        let mut users = Users::new().unwrap();
        let told = users.names(std::iter::once(0), Duration::from_secs(20));
        assert_eq!(told.observation, Observation::Users(vec![(0, "root".into())]));
    }
}
