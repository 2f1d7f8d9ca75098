//! What Linux says in `/proc`: one file a kind of fact.

pub mod descriptors;
mod executable;
pub mod facts;
pub mod files;
pub mod image;
pub mod own;
mod situation;
pub mod stat;
pub mod status;
pub mod table;
pub mod threads;
