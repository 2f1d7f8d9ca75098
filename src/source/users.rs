//! The names of users, by the system's own database: not only `/etc/passwd` (nsswitch.conf(5)).
//! Its answer may come from a network, so it is asked in a thread that nobody waits long for.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use crate::linux::clock;
use crate::linux::kernel::user_name;
use crate::record::{Observation, Record};
use crate::source::record_sender::RecordSender;

/// Names of users, each with the number.
type Names = Vec<(u32, Arc<str>)>;

/// Numbers without a name are asked for again that often: users are added.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Starts the thread that answers numbers with records of their names. It ends when nobody asks.
pub(crate) fn start<T: From<Record> + Send + 'static>(
    records: RecordSender<T>,
) -> io::Result<Asker> {
    serve(move |names| {
        let observation = Observation::Users(names);
        records.send(Record { at: clock::now(), observation })
    })
}

/// Asks that thread. However long it takes for an answer, no number waits twice for it.
pub(crate) struct Asker {
    numbers: Sender<Vec<u32>>,
    asked: HashSet<u32>,
}

impl Asker {
    fn new(numbers: Sender<Vec<u32>>) -> Self {
        Self { numbers, asked: HashSet::new() }
    }

    /// Asks for the names of those users that were not asked for before; whether there are any.
    pub(crate) fn ask(&mut self, uids: impl IntoIterator<Item = u32>) -> bool {
        let new: Vec<u32> = uids.into_iter().filter(|uid| self.asked.insert(*uid)).collect();
        // Names that nobody can give any more are not missed.
        !new.is_empty() && self.numbers.send(new).is_ok()
    }
}

fn serve(mut tell: impl FnMut(Names) -> bool + Send + 'static) -> io::Result<Asker> {
    let (numbers, orders) = channel::<Vec<u32>>();
    Builder::new().name("users".to_owned()).spawn(move || {
        let mut nameless = Nameless::default();
        let mut again = clock::instant() + ASK_AGAIN;
        loop {
            let names = match orders.recv_timeout(again.saturating_duration_since(clock::instant()))
            {
                Ok(uids) => nameless.look_up(uids, user_name),
                Err(RecvTimeoutError::Timeout) => {
                    again = clock::instant() + ASK_AGAIN;
                    nameless.look_up_again(user_name)
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !tell(names) {
                return;
            }
        }
    })?;
    Ok(Asker::new(numbers))
}

/// The users that had no name when they were asked for.
#[derive(Default)]
struct Nameless(Vec<u32>);

impl Nameless {
    /// The names of users, as far as they have one.
    fn look_up(&mut self, uids: Vec<u32>, ask: fn(u32) -> Option<String>) -> Names {
        let mut names = Names::new();
        for uid in uids {
            match ask(uid) {
                Some(name) => names.push((uid, name.into())),
                None => self.0.push(uid),
            }
        }
        names
    }

    /// The names of those that had none, and have one now.
    fn look_up_again(&mut self, ask: fn(u32) -> Option<String>) -> Names {
        let uids = std::mem::take(&mut self.0);
        self.look_up(uids, ask)
    }
}

/// Asks for names where no thread takes in records; numbers stay where no answer comes in time.
pub(crate) struct Users {
    asker: Asker,
    reported: Receiver<Names>,
}

impl Users {
    /// Starts the thread that asks.
    pub(crate) fn new() -> io::Result<Self> {
        let (sender, reported) = channel();
        let asker = serve(move |names| sender.send(names).is_ok())?;
        Ok(Self { asker, reported })
    }

    /// The names of those users that were not asked for before, as far as they come in time.
    pub(crate) fn names(&mut self, uids: impl Iterator<Item = u32>, limit: Duration) -> Record {
        let mut names = Names::new();
        if self.asker.ask(uids) {
            names.extend(self.reported.recv_timeout(limit).unwrap_or_default());
        }
        names.extend(self.reported.try_iter().flatten());
        Record { at: clock::now(), observation: Observation::Users(names) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_waits_for_an_answer_at_most_once() {
        let (numbers, orders) = channel();
        let mut asker = Asker::new(numbers);
        assert!(asker.ask([0, 7, 0]));
        assert!(!asker.ask([7]));
        assert!(!asker.ask([]));
        assert!(asker.ask([7, 8]));
        assert_eq!(orders.try_iter().collect::<Vec<_>>(), [vec![0, 7], vec![8]]);
        drop(orders);
        assert!(!asker.ask([9]));
    }

    #[test]
    fn a_number_is_looked_up_again_while_it_has_no_name() {
        let mut nameless = Nameless::default();
        let root_only = |uid| (uid == 0).then(|| "root".to_owned());
        assert_eq!(nameless.look_up(vec![0, 7], root_only), [(0, "root".into())]);
        assert!(nameless.look_up_again(root_only).is_empty());
        assert_eq!(nameless.look_up_again(|_| Some("new".to_owned())), [(7, "new".into())]);
        assert!(nameless.look_up_again(|_| Some("again".to_owned())).is_empty());
    }

    #[test]
    fn the_system_knows_root() {
        let mut users = Users::new().unwrap();
        let reported = users.names(std::iter::once(0), Duration::from_secs(20));
        assert_eq!(reported.observation, Observation::Users(vec![(0, "root".into())]));
    }
}
