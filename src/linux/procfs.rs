//! Parsers for `/proc`: one file a kind of fact.

pub(crate) mod descriptors;
mod executable;
pub(crate) mod facts;
pub mod files;
pub(crate) mod image;
pub(crate) mod own;
mod situation;
pub(crate) mod stat;
pub(crate) mod status;
pub(crate) mod system;
pub mod table;
pub(crate) mod threads;
