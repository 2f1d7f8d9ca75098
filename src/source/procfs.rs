//! What Linux says in `/proc`: one file a kind of fact.

pub mod descriptors;
pub mod facts;
pub mod files;
pub mod image;
mod situation;
pub mod stat;
pub mod status;
pub mod table;
