//! Programs that the rules know by name: each list is the only place that has it.

const SHELLS: &[&str] = &[
    "ash", "bash", "busybox", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu",
    "pwsh", "rbash", "sh", "tcsh", "xonsh", "yash", "zsh",
];

/// Programs that start services and adopt processes whose creator ended.
const SERVICE_MANAGERS: &[&str] = &[
    "dinit",
    "finit",
    "init",
    "launchd",
    "openrc-init",
    "procd",
    "runit",
    "runsvdir",
    "s6-svscan",
    "systemd",
    "upstart",
];

/// Programs that start others and keep them alive; what they start is a main.
const SUPERVISORS: &[&str] = &[
    "PM2",
    "circusd",
    "god",
    "monit",
    "perpd",
    "pm2",
    "runsv",
    "s6-supervise",
    "supervise",
    "supervise-daemon",
    "supervisord",
];

/// Programs that detach themselves by design, and watch over what they start.
const ADOPTED_BY_DESIGN: &[&str] =
    &["conmon", "containerd-shim", "containerd-shim-runc-v1", "containerd-shim-runc-v2"];

/// Inits of containers that start one child and only reap the others.
const SINGLE_CHILD_INITS: &[&str] =
    &["catatonit", "docker-init", "dumb-init", "podman-init", "tini", "tini-static"];

/// Whether a program of that name is a shell; a login shell's leading dash is no part of it.
pub(crate) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name.trim_start_matches('-'))
}

/// Whether a program of that name starts services and adopts.
pub(crate) fn is_service_manager(name: &str) -> bool {
    SERVICE_MANAGERS.contains(&name)
}

/// Whether a program of that name keeps others alive. Names may be cut to 15 bytes, and
/// pm2 and its kind show a title instead of a name.
pub(crate) fn is_supervisor(name: &str) -> bool {
    let rest = |known| name.strip_prefix(known);
    let is_meant = |rest: &str| rest.is_empty() || rest.starts_with([' ', ':']);
    SUPERVISORS.iter().any(|known| rest(*known).is_some_and(is_meant))
}

/// Whether a program of that name lets itself be adopted by design.
pub(crate) fn is_adopted_by_design(name: &str) -> bool {
    // The kernel cuts names to 15 bytes (`TASK_COMM_LEN`, linux/sched.h).
    let is_cut = |known: &str| name.len() == 15 && known.starts_with(name);
    ADOPTED_BY_DESIGN.iter().any(|known| *known == name || is_cut(known))
}

/// Whether a program of that name is an init that starts one child only.
pub(crate) fn is_single_child_init(name: &str) -> bool {
    SINGLE_CHILD_INITS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_shells_and_cut_names_are_known() {
        assert!(is_shell("-bash") && is_shell("zsh") && !is_shell("bashful"));
        assert!(is_adopted_by_design("containerd-shim"));
        assert!(!is_adopted_by_design("containerd-shi"));
        assert!(is_supervisor("PM2 v5.3.0: God") && !is_supervisor("pm20"));
    }
}
