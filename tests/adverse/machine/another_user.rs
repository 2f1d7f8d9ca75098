//! pexplore as a user who may send signals to nobody else's processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::copy::copy_program;
use crate::harness::needs::{need, need_root};

/// Nobody's id on most systems; any but root's would do.
const USER: &str = "65534";

/// A copy of the program where every user can get at it.
pub(crate) struct AnotherUser {
    folder: tempfile::TempDir,
}

impl AnotherUser {
    /// `None` where a test cannot become another user.
    pub(crate) fn new() -> Option<Self> {
        if !need_root() || !need("setpriv") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        copy_program(env!("CARGO_BIN_EXE_pexplore"), folder.path().join("pexplore"));
        Some(Self { folder })
    }

    /// A copy of a program that root's rights come with, whoever runs it (execve(2)).
    pub(crate) fn set_user_id_copy(&self, program: &str) -> String {
        let copy = self.folder.path().join("set-user-id");
        copy_program(program, &copy);
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o4755)).unwrap();
        copy.display().to_string()
    }

    /// The arguments of setpriv(1) that run pexplore so.
    pub(crate) fn arguments(&self, more: &[&str]) -> Vec<String> {
        let program = self.folder.path().join("pexplore").display().to_string();
        let user = format!("--reuid={USER}");
        let group = format!("--regid={USER}");
        let first = [user, group, "--clear-groups".into(), "--inh-caps=-all".into(), program];
        first.into_iter().chain(more.iter().map(|word| (*word).to_owned())).collect()
    }
}
