//! The processes that the entries of a log are about.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::record::{BootTime, Pid, ProcessId};
use crate::world::{Entry, What};

/// A flood while it is found.
pub(super) struct Found {
    pub(super) first: usize,
    pub(super) last: usize,
    /// Some process of it: it tells name and creator.
    pub(super) life: usize,
    pub(super) processes: usize,
    pub(super) failed: usize,
    pub(super) until: BootTime,
}

/// The common parent and name of entries that may become a flood.
pub(crate) type Kind<'a> = (Option<Pid>, Option<&'a str>);

/// A process as the entries know it.
pub(crate) struct Life<'a> {
    pub(crate) name: Option<&'a Arc<str>>,
    pub(crate) creator: Option<Pid>,
    pub(crate) creator_id: Option<ProcessId>,
    /// In which flood its last birth or death is.
    pub(crate) flood: Option<usize>,
    /// The last flood that counted it.
    pub(crate) counted: Option<usize>,
    pub(crate) has_failed: bool,
}

/// Every process of the entries.
pub(crate) struct Lives<'a> {
    pub(crate) all: Vec<Life<'a>>,
    /// Of each entry, which one it is about.
    pub(crate) of: Vec<usize>,
    pub(crate) numbers: HashMap<(Pid, Option<ProcessId>), usize>,
}

impl<'a> Lives<'a> {
    pub(crate) fn new(entries: &[&'a Entry]) -> Self {
        let mut numbers = HashMap::new();
        let mut lives: Vec<Life<'_>> = Vec::new();
        let mut of = Vec::with_capacity(entries.len());
        for entry in entries {
            let life = *numbers.entry((entry.pid, entry.id)).or_insert_with(|| {
                lives.push(Life {
                    name: None,
                    creator: entry.parent,
                    creator_id: None,
                    flood: None,
                    counted: None,
                    has_failed: false,
                });
                lives.len() - 1
            });
            of.push(life);
            let known = &mut lives[life];
            known.name = match entry.what {
                // The new name is not known, and the old one does not hold any more.
                What::Exec => entry.comm.as_ref(),
                _ => entry.comm.as_ref().or(known.name),
            };
            if let Some(creator) = entry.creator {
                known.creator = Some(creator.pid);
                known.creator_id = Some(creator);
            }
        }
        Self { all: lives, of, numbers }
    }

    /// Gives what members of floods created to the creators of those floods; whether any was
    /// given.
    pub(super) fn raise(&mut self, found: &[Found]) -> bool {
        let kinds: HashSet<Kind<'_>> =
            found.iter().map(|flood| self.all[flood.life].kind()).collect();
        let mut raised = Vec::new();
        for (number, life) in self.all.iter().enumerate() {
            let creator = life.creator_id.and_then(|id| self.numbers.get(&(id.pid, Some(id))));
            if let Some(creator) = creator.filter(|creator| **creator != number)
                && kinds.contains(&self.all[*creator].kind())
            {
                let above = &self.all[*creator];
                raised.push((number, above.creator, above.creator_id));
            }
        }
        for (number, creator, creator_id) in &raised {
            self.all[*number].creator = *creator;
            self.all[*number].creator_id = *creator_id;
        }
        !raised.is_empty()
    }
}

impl<'a> Life<'a> {
    pub(crate) fn kind(&self) -> Kind<'a> {
        (self.creator, self.name.map(|name| &**name))
    }
}
