//! Double clicks: terminals report single ones only.

use std::time::{Duration, Instant};

use ratatui::layout::Position;

use crate::app::input::{Input, Pointer};

/// Two clicks within that time are a double click.
const DOUBLE_CLICK_LIMIT: Duration = Duration::from_millis(400);

/// The clicks so far.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    /// The last one, and when it was.
    last: Option<(Position, Instant)>,
}

impl Clicks {
    /// The input; a click that follows another on the same spot as a double click.
    pub(super) fn with_double(&mut self, input: Input, at: Instant) -> Input {
        let Input::Pointer(Pointer::Click(position)) = input else { return input };
        let is_second = self.last.take().is_some_and(|(before, since)| {
            before == position && at.duration_since(since) <= DOUBLE_CLICK_LIMIT
        });
        if is_second {
            return Input::Pointer(Pointer::DoubleClick(position));
        }
        self.last = Some((position, at));
        input
    }
}
