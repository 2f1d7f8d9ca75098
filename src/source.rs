//! Sources of records. Each runs in a thread of its own and sends [`Record`]s.
//!
//! ```text
//!  Ticker  ── every interval: a pass over the process table, then the machine's figures
//!  Connector ─ at once: what the kernel tells of births, ends and their causes
//!  Watch   ── in its place: new pids every 50 ms, ends at once by pidfds
//!  Reader  ── on request: deeper facts of some processes, all details of one
//! ```
//!
//! Only this folder names sysinfo; [`linux`](crate::linux) has what is read from `/proc` directly.
//!
//! [`Record`]: crate::record::Record

pub mod background;
pub mod blocking_reads;
pub mod command_lines;
pub mod connector;
pub(crate) mod events;
mod hidden;
pub mod host;
pub mod machine;
pub mod memory;
mod rate_limiter;
pub mod reader;
mod reading;
pub mod record_sender;
pub(crate) mod stats;
pub(crate) mod sysinfo_table;
pub mod ticker;
pub(crate) mod users;
pub mod watch;
