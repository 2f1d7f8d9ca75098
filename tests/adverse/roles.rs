//! Roles of processes whose families broke apart.
