//! The source of facts, as the command line chooses it or the machine allows.

use std::io::ErrorKind;

use color_eyre::eyre::{Result, bail};

use crate::cli::{Global, SourceChoice};
use crate::linux::procfs::own;
use crate::record::ScanSource;

impl Global {
    /// The source of the process table.
    pub(super) fn scan_source(&self) -> Result<ScanSource> {
        match (self.source, std::fs::read("/proc/self/stat")) {
            (SourceChoice::Sysinfo, _) => Ok(ScanSource::Sysinfo),
            (SourceChoice::Auto | SourceChoice::Stat, Ok(_)) => Ok(ScanSource::Stat),
            // It has processes, if not this one.
            (SourceChoice::Auto | SourceChoice::Stat, Err(error))
                if error.kind() == ErrorKind::NotFound && own::is_mounted() =>
            {
                Ok(ScanSource::Stat)
            }
            // Linux tells of processes nowhere else.
            (SourceChoice::Auto, Err(_)) if !cfg!(target_os = "linux") => Ok(ScanSource::Sysinfo),
            (SourceChoice::Auto | SourceChoice::Stat, Err(error)) => {
                let hint = match error.kind() {
                    ErrorKind::NotFound => "; is /proc mounted?",
                    _ => "",
                };
                bail!("/proc cannot be read: {error}{hint}")
            }
        }
    }
}
