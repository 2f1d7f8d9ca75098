//! A recording: a file of everything that went into the update, from which a session can be
//! played again. One header line, then one JSON line an input, in the order of the time.

use std::io::{BufRead, Read};

use serde::{Deserialize, Serialize};

use crate::app::input::Input;
use crate::app::{App, Options};
use crate::record::{BootTime, Host, MemoryLimit};

/// The schema in the header of a recording of this version.
pub(crate) const SCHEMA: &str = "pexplore.recording/1";
/// No header or input is longer, in bytes.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The state that a session began with.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Header {
    pub(crate) schema: String,
    /// The pexplore that wrote it.
    pub(crate) version: String,
    pub(crate) host: Host,
    pub(crate) options: Options,
    /// Columns and lines of the terminal.
    pub(crate) size: (u16, u16),
    pub(crate) memory_limit: MemoryLimit,
}

/// An input with the time at which it was taken in.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Line {
    pub(crate) at: BootTime,
    pub(crate) input: Input,
}

/// Why a file cannot be played, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    #[error("it is no recording of pexplore")]
    Foreign,
    #[error("it is a recording of another version ({0}); this pexplore plays {SCHEMA}")]
    OtherSchema(String),
    #[error("line {0} is damaged; nothing after it is played")]
    Damaged(usize),
    #[error("line {0} was cut off; everything before it was played")]
    Truncated(usize),
    #[error("it could not be read: {0}")]
    Unreadable(#[from] std::io::Error),
}

impl Header {
    pub(crate) fn new(host: Host, options: Options, size: (u16, u16), memory: MemoryLimit) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host,
            options,
            size,
            memory_limit: memory,
        }
    }

    /// The state that the session began with.
    pub(crate) fn app(&self) -> App {
        let (width, height) = self.size;
        let size = ratatui::layout::Size { width, height };
        let mut app = App::new(self.host.clone(), self.options.clone(), size);
        app.world.set_memory_limit(self.memory_limit);
        app
    }
}

/// The lines of a recording, read one by one.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    /// How many were read, the header among them.
    count: usize,
}

/// Reads the header of a recording; its lines follow.
///
/// # Errors
///
/// What is no recording, or one that this version cannot play.
pub(crate) fn read<R: BufRead>(reader: R) -> Result<(Header, Lines<R>), RecordingError> {
    #[derive(Deserialize)]
    struct Schema {
        schema: String,
    }
    let mut lines = Lines { reader, count: 0 };
    let Some(line) = lines.next_line()? else { return Err(RecordingError::Foreign) };
    let schema: Schema = serde_json::from_slice(&line).map_err(|_| RecordingError::Foreign)?;
    match schema.schema.as_str() {
        SCHEMA => {}
        other if other.starts_with("pexplore.recording/") => {
            return Err(RecordingError::OtherSchema(other.to_owned()));
        }
        _ => return Err(RecordingError::Foreign),
    }
    let header = serde_json::from_slice(&line).map_err(|_| RecordingError::Damaged(1))?;
    Ok((header, lines))
}

impl<R: BufRead> Lines<R> {
    /// The bytes of the next line with its end, which the last one lacks if it was cut off.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, RecordingError> {
        let mut line = Vec::new();
        let length = self.reader.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line)?;
        self.count += 1;
        Ok((length > 0).then_some(line))
    }

    fn parse(&mut self) -> Result<Option<Line>, RecordingError> {
        let Some(line) = self.next_line()? else { return Ok(None) };
        match serde_json::from_slice(&line) {
            Ok(line) => Ok(Some(line)),
            Err(_) if line.last() != Some(&b'\n') => Err(RecordingError::Truncated(self.count)),
            Err(_) => Err(RecordingError::Damaged(self.count)),
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Line, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.parse().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::keymap::Key;
    use crate::tests::fixture::{host, lines as fixture_lines, scan};
    use crate::tests::journey::Journey;

    const TABLE: &str =
        "1 0 1 1 - - systemd |\n800 1 800 800 1 - bash |\n900 800 900 800 1 f sleep |";

    /// A recording of a session, and the screen that it came to.
    fn recorded() -> (String, String) {
        let mut journey = Journey::new(100, 24);
        let options = journey.app.options.clone();
        let header = Header::new(host(), options, (100, 24), MemoryLimit::default());
        let mut text = serde_json::to_string(&header).unwrap() + "\n";
        let keys = "/sleep\r".chars().map(|c| match c {
            '\r' => Key::plain(crate::keymap::KeyCode::Enter),
            c => Key::char(c),
        });
        let inputs = std::iter::once(Input::Record(scan(&fixture_lines(TABLE), 1_000)));
        for (at, input) in inputs.chain(keys.map(Input::Key)).enumerate() {
            let line = Line { at: BootTime(at as u64), input: input.clone() };
            writeln!(text, "{}", serde_json::to_string(&line).unwrap()).unwrap();
            journey.send(input);
        }
        (text, journey.screen())
    }

    fn replayed(text: &str) -> (Journey, Vec<RecordingError>) {
        let (header, lines) = read(text.as_bytes()).unwrap();
        let mut journey = Journey { app: header.app(), ..Journey::new(100, 24) };
        let mut errors = Vec::new();
        for line in lines {
            match line {
                Ok(line) => {
                    journey.send(line.input);
                }
                Err(error) => {
                    errors.push(error);
                    break;
                }
            }
        }
        (journey, errors)
    }

    #[test]
    fn a_recording_comes_to_the_same_screen() {
        let (text, screen) = recorded();
        let (journey, errors) = replayed(&text);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(journey.screen(), screen);
        assert_eq!(journey.cursor_pid(), Some(900));
    }

    #[test]
    fn recordings_of_earlier_versions_are_played() {
        let (text, screen) = recorded();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/1.jsonl");
        if std::env::var_os("PEXPLORE_UPDATE_RECORDING").is_some() {
            std::fs::write(path, text).unwrap();
        }
        let (journey, errors) = replayed(&std::fs::read_to_string(path).unwrap());
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(journey.screen(), screen);
    }

    #[test]
    fn what_is_cut_off_damaged_or_foreign_is_one_sentence() {
        let (text, _) = recorded();
        let (cut, errors) = replayed(&text[..text.len() - 9]);
        assert_eq!(errors[0].to_string(), "line 9 was cut off; everything before it was played");
        assert_eq!(cut.cursor_pid(), Some(900));
        let (_, errors) = replayed(&text.replacen("\"at\":3", "\"at\":x", 1));
        assert_eq!(errors[0].to_string(), "line 5 is damaged; nothing after it is played");
        let error = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error(""), "it is no recording of pexplore");
        assert_eq!(
            error("{\"schema\":\"pexplore.snapshot/1\"}\n"),
            "it is no recording of pexplore"
        );
        assert_eq!(
            error("{\"schema\":\"pexplore.recording/2\"}\n"),
            "it is a recording of another version (pexplore.recording/2); this pexplore plays \
             pexplore.recording/1"
        );
        assert_eq!(
            error("{\"schema\":\"pexplore.recording/1\"}\n"),
            "line 1 is damaged; nothing after it is played"
        );
    }

    #[test]
    fn fuzz_recordings() {
        let (text, _) = recorded();
        let samples: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        crate::tests::fuzz::fuzz("recordings", |random| {
            let bytes = random.bytes(&samples);
            if let Ok((_, lines)) = read(bytes.as_slice()) {
                lines.take_while(Result::is_ok).count();
            }
        });
    }
}
