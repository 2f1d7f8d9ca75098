//! Where records come from. Every source runs in a thread of its own and sends [`Record`]s.
//!
//! ```text
//!  Ticker  ── every interval: a pass over the process table, then the machine's figures
//!  Reader  ── on request: deeper facts of some processes, all details of one
//! ```
//!
//! Only this folder names sysinfo; [`procfs`] has what is read from `/proc` directly.
//!
//! [`Record`]: crate::model::record::Record

pub mod clock;
pub mod host;
pub mod machine;
mod priority;
pub mod procfs;
pub mod reader;
pub mod sysinfo_table;
pub mod ticker;
