//! Which colors and characters fit the terminal.

use std::env;
use std::io::IsTerminal;

use crate::cli::{ColorChoice, Global};
use crate::ui::theme::{Charset, ColorDepth, Theme};

/// The looks of the interactive screen.
pub(super) fn for_screen(global: &Global) -> Theme {
    theme(global, true)
}

/// The looks of text on standard output: color only on a terminal, unless it is asked for.
pub(super) fn for_output(global: &Global) -> Theme {
    theme(global, std::io::stdout().is_terminal())
}

/// The terminal's width; `None` if the output goes elsewhere.
pub(super) fn width() -> Option<usize> {
    let output = std::io::stdout();
    if !output.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(output).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

fn theme(global: &Global, is_terminal: bool) -> Theme {
    let term = env::var("TERM").unwrap_or_default();
    let depth = match global.color {
        ColorChoice::Always => depth(&term).at_least_sixteen(),
        ColorChoice::Auto if is_terminal && !refuses_color() => depth(&term),
        ColorChoice::Auto | ColorChoice::Never => ColorDepth::None,
    };
    let is_ascii = global.ascii || term == "linux" || !is_utf8();
    let charset = if is_ascii { Charset::Ascii } else { Charset::Unicode };
    Theme { depth, background: global.theme, charset }
}

impl ColorDepth {
    /// At least sixteen colors: they were asked for, whatever the terminal says of itself.
    fn at_least_sixteen(self) -> Self {
        if self == Self::None { Self::Sixteen } else { self }
    }
}

/// `NO_COLOR` counts when it is set and not empty.
fn refuses_color() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn depth(term: &str) -> ColorDepth {
    let true_color =
        env::var("COLORTERM").is_ok_and(|value| value == "truecolor" || value == "24bit");
    if true_color || term.ends_with("-direct") {
        ColorDepth::True
    } else if term.contains("256color") {
        ColorDepth::TwoHundredFiftySix
    } else if term.is_empty() || term == "dumb" {
        ColorDepth::None
    } else {
        ColorDepth::Sixteen
    }
}

/// Whether the locale's characters are UTF-8: the first variable that is set decides (locale(7)).
fn is_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
