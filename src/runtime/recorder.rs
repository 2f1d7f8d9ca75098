//! Writes the inputs of a session into a file, from a thread of its own: a slow disk holds
//! nothing up.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use serde::Serialize;
use tracing::info;

use crate::app::input::Input;
use crate::app::{MouseUser, Options};
use crate::keymap::Keymap;
use crate::linux::clock;
use crate::panes::scenario::Pace;
use crate::record::{Host, MemoryLimit};
use crate::recording::{Header, Line};
use crate::runtime::services::spawn;

/// So many inputs wait for the disk; with more, the recording ends.
const MOST_WAITING: usize = 4096;
/// Columns and lines, and how long ghosts stay, where records alone are played.
const SCREEN: (u16, u16) = (140, 40);
const LINGER: Duration = Duration::from_secs(3);

/// A recording that is being written; it is complete when this is dropped.
pub(crate) struct Recorder {
    path: PathBuf,
    lines: Option<SyncSender<Line>>,
    writer: Option<JoinHandle<std::io::Result<()>>>,
}

impl Recorder {
    /// Creates the file, and writes the header.
    ///
    /// # Errors
    ///
    /// A file that cannot be created or written.
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self> {
        let unwritten = || format!("could not write {}", path.display());
        let mut file = BufWriter::new(File::create(path).wrap_err_with(unwritten)?);
        write_line(&mut file, header).and_then(|()| file.flush()).wrap_err_with(unwritten)?;
        let (lines, received) = sync_channel::<Line>(MOST_WAITING);
        let writer = spawn("recorder", move || {
            while let Ok(line) = received.recv() {
                write_line(&mut file, &line)?;
                for line in received.try_iter() {
                    write_line(&mut file, &line)?;
                }
                file.flush()?;
            }
            Ok(())
        })?;
        info!(path = %path.display(), "a recording begins");
        Ok(Self { path: path.to_owned(), lines: Some(lines), writer: Some(writer) })
    }

    /// Creates the file for the records of a session without a screen: they are played on one of
    /// usual size, with everything at its default.
    ///
    /// # Errors
    ///
    /// A file that cannot be created or written.
    pub(crate) fn of_records(
        path: &Path,
        host: &Host,
        interval: Duration,
        memory: MemoryLimit,
    ) -> Result<Self> {
        let options = Options {
            interval,
            read_only: true,
            linger: LINGER,
            target: None,
            scenario: None,
            pace: Pace::default(),
            mouse: MouseUser::Terminal,
            keymap: Keymap::default(),
        };
        Self::create(path, &Header::new(host.clone(), options, SCREEN, memory))
    }

    /// Writes an input. Once it cannot be written, the recording ends; the sentence that says so
    /// comes back once.
    pub(crate) fn write(&mut self, input: &Input) -> Option<String> {
        let line = Line { at: clock::now(), input: input.clone() };
        let sent = self.lines.as_ref()?.try_send(line);
        let path = self.path.display();
        let why = match sent {
            Ok(()) => return None,
            Err(TrySendError::Full(_)) => "the disk is too slow".to_owned(),
            Err(TrySendError::Disconnected(_)) => match self.writer.take().map(JoinHandle::join) {
                Some(Ok(Err(error))) => error.to_string(),
                _ => "its thread has ended".to_owned(),
            },
        };
        self.lines = None;
        Some(format!("the recording ends here: could not write {path}: {why}"))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn write_line(file: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}
