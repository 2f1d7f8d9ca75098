//! The one type in which facts arrive: live, from a file, or over a pipe.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::details::Details;
use crate::model::facts::Facts;
use crate::model::key::ProcessKey;
use crate::model::machine::Machine;
use crate::model::process::{Specimen, Stat};
use crate::model::time::BootTime;

/// One observation with its time.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Record {
    /// When it was observed.
    pub at: BootTime,
    /// What was observed.
    pub observation: Observation,
}

/// What can be observed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// The table of processes was read.
    Scan(Scan),
    /// Deeper facts were read; `None` if the process was gone by then.
    Facts(Vec<(ProcessKey, Option<Facts>)>),
    /// Everything about one process was read.
    Details(Box<Details>),
    /// The machine's own figures were read.
    Machine(Machine),
    /// The names of users were read.
    Users(Vec<(u32, Arc<str>)>),
    /// The lab started a process.
    Specimen(ProcessKey, Specimen),
    /// Something could not be observed: one sentence for a person.
    Problem(Arc<str>),
}

/// One pass over the table of processes.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Scan {
    /// When the pass began: what happened after it may be missing.
    pub began: BootTime,
    /// When the pass ended.
    pub ended: BootTime,
    /// Every process that was found, in no order.
    pub processes: Vec<Stat>,
}
