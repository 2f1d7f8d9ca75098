//! What is known and what follows from it: processes, their families, roles, rows. Pure.

pub mod arguments;
pub mod details;
pub mod evidence;
pub mod facts;
pub mod host;
pub mod key;
pub mod machine;
pub mod preview;
pub mod process;
pub mod programs;
pub mod record;
pub mod role;
pub mod rows;
pub mod runtime;
pub mod signal;
pub mod specimen;
pub mod story;
pub mod subject;
pub mod text;
pub mod time;
pub mod tree;
pub mod units;
pub mod world;
