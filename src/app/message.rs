//! The line for the user at the bottom of the screen.

use crate::app::App;
use crate::record::BootTime;

/// A line for the user, until something newer comes or its time is over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) is_error: bool,
    /// The end of the message, which is shown however little room there is for the rest.
    pub(crate) tail: Tail,
    /// The signal that it is about, if it is about one.
    pub(super) about: Option<About>,
    /// When it goes; known from the first record after it.
    pub(super) until: Option<BootTime>,
}

impl Message {
    pub(super) fn is_about(&self, signal: u64) -> bool {
        self.about.is_some_and(|(About::Sent(number) | About::Result(number))| number == signal)
    }
}

/// The signal that a message is about, by the number of its order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum About {
    /// The message names the receivers.
    Sent(u64),
    /// The message names the result.
    Result(u64),
}

/// The key that leads on from a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tail {
    None,
    Log,
    /// The signal dialog offers KILL.
    Kill,
}

impl App {
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.show(text.into(), false);
    }

    pub(super) fn say_error(&mut self, text: impl Into<String>) {
        self.show(text.into(), true);
    }

    pub(super) fn show(&mut self, text: String, is_error: bool) {
        self.message = Some(Message { text, is_error, tail: Tail::None, about: None, until: None });
    }
}
