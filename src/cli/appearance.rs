//! Chooses colors and characters that fit the terminal.

use std::env;
use std::io::IsTerminal;

use color_eyre::eyre::{Result, bail};
use termini::{NumberCapability, TermInfo};

use crate::cli::{ColorChoice, Global, ThemeChoice};
use crate::runtime::terminal::size_of;
use crate::theme::{Background, Charset, ColorDepth, Theme};

/// The looks of the interactive screen.
pub(super) fn for_screen(global: &Global) -> Theme {
    theme(global, true)
}

/// Whether the terminal is asked for its background. Linux's console knows no such question, and
/// its background is dark.
pub(super) fn asks_background(global: &Global) -> bool {
    let has_color = for_screen(global).depth != ColorDepth::None;
    let term = env::var("TERM").unwrap_or_default();
    global.theme == ThemeChoice::Auto && has_color && term != "linux"
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
    size_of(output).ok().map(|size| usize::from(size.width))
}

/// Fails where the terminal cannot place text, which a screen needs.
pub(super) fn need_screen() -> Result<()> {
    let term = env::var("TERM").unwrap_or_default();
    if is_dumb(&term) {
        bail!(
            "a terminal with TERM={term:?} shows no screen; `pexplore snapshot` prints the tree without one"
        );
    }
    Ok(())
}

fn is_dumb(term: &str) -> bool {
    matches!(term, "" | "dumb" | "unknown")
}

fn theme(global: &Global, is_terminal: bool) -> Theme {
    let term = env::var("TERM").unwrap_or_default();
    let depth = match global.color {
        ColorChoice::Always => depth(&term).at_least_sixteen(),
        ColorChoice::Auto if is_terminal && !refuses_color() => depth(&term),
        ColorChoice::Auto | ColorChoice::Never => ColorDepth::None,
    };
    // NO_COLOR was decided on above; crossterm would decide on its own.
    crossterm::style::force_color_output(depth != ColorDepth::None);
    let is_ascii = global.ascii || term == "linux" || !is_utf8();
    let charset = if is_ascii { Charset::Ascii } else { Charset::Unicode };
    let background = match global.theme {
        ThemeChoice::Auto | ThemeChoice::Dark => Background::Dark,
        ThemeChoice::Light => Background::Light,
    };
    Theme { depth, background, charset }
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
    let colors = colors_by_database(term).unwrap_or_else(|| colors_by_name(term));
    let colorterm = env::var("COLORTERM").unwrap_or_default();
    depth_of(colors, &colorterm)
}

/// `COLORTERM` tells of more colors, but is left over where another terminal was named that has
/// none.
fn depth_of(colors: u32, colorterm: &str) -> ColorDepth {
    let is_true_color = matches!(colorterm, "truecolor" | "24bit");
    match colors {
        0..8 => ColorDepth::None,
        _ if is_true_color => ColorDepth::True,
        8..256 => ColorDepth::Sixteen,
        256..0x0100_0000 => ColorDepth::TwoHundredFiftySix,
        _ => ColorDepth::True,
    }
}

/// How many colors terminfo(5) knows of; `None` if it does not know the terminal.
fn colors_by_database(term: &str) -> Option<u32> {
    // A name with a slash would lead out of the database.
    let known = (!term.contains('/')).then(|| TermInfo::from_name(term).ok())??;
    // Absent and canceled numbers are negative.
    let colors = known.number_cap(NumberCapability::MaxColors).unwrap_or(0);
    Some(u32::try_from(colors).unwrap_or(0))
}

/// How many colors a terminal of such a name has, where there is no database.
fn colors_by_name(term: &str) -> u32 {
    const FAMILIES: &[&str] = &[
        "xterm",
        "screen",
        "tmux",
        "rxvt",
        "linux",
        "konsole",
        "gnome",
        "vte",
        "alacritty",
        "kitty",
        "foot",
        "wezterm",
        "iterm",
        "putty",
        "mlterm",
        "cygwin",
        "ansi",
        "st",
        "contour",
        "ghostty",
        "Eterm",
        "eterm",
        "dvtm",
        "mintty",
        "hurd",
    ];
    let family = term.split(['-', '.']).next().unwrap_or_default();
    if term.ends_with("-direct") {
        0x0100_0000
    } else if term.contains("256color") {
        256
    } else if FAMILIES.contains(&family) && !term.ends_with("-mono") && !term.ends_with("-m") {
        16
    } else {
        0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_are_known_to_have_colors_get_some() {
        for mono in ["vt100", "vt220", "xterm-mono", "dumb", "", "unread-of", "vt52"] {
            assert_eq!(depth_of(colors_by_name(mono), ""), ColorDepth::None, "{mono}");
            assert_eq!(depth_of(colors_by_name(mono), "truecolor"), ColorDepth::None, "{mono}");
        }
        for sixteen in ["xterm", "linux", "screen.linux", "xterm-16color", "rxvt-unicode"] {
            assert_eq!(depth_of(colors_by_name(sixteen), ""), ColorDepth::Sixteen, "{sixteen}");
            assert_eq!(depth_of(colors_by_name(sixteen), "24bit"), ColorDepth::True, "{sixteen}");
        }
        assert_eq!(depth_of(colors_by_name("tmux-256color"), ""), ColorDepth::TwoHundredFiftySix);
        assert_eq!(depth_of(colors_by_name("xterm-direct"), ""), ColorDepth::True);
    }

    #[test]
    fn the_database_is_asked_and_only_it() {
        assert_eq!(colors_by_database("../../../etc/passwd"), None);
        assert_eq!(colors_by_database("unread-of"), None);
        // Part of every database that there is (ncurses-base).
        let Some(xterm) = colors_by_database("xterm-256color") else {
            println!("skipped: needs the terminfo database");
            return;
        };
        assert_eq!(xterm, 256);
        assert_eq!(colors_by_database("vt100").unwrap_or(0), 0);
    }

    #[test]
    fn fuzz_terminals() {
        // Names of nine bytes, a flag, fourteen numbers, a string (term(5)).
        let header = b"\x1a\x01\x09\0\x01\0\x0e\0\x01\0\x02\0px|tests\0\x01";
        let entry = [&header[..], &[8, 0].repeat(14), b"\0\0\x07\0"].concat();
        let colors =
            |entry: &[u8]| TermInfo::parse(entry).ok()?.number_cap(NumberCapability::MaxColors);
        assert_eq!(colors(&entry), Some(8));
        crate::tests::fuzz::fuzz("terminals", |random| {
            colors(&random.bytes(&[&entry]));
            let name = random.text(&["xterm-256color", "screen.linux", "xterm-direct", "-.dumb"]);
            assert!([0, 16, 256, 0x0100_0000].contains(&colors_by_name(&name)), "{name:?}");
        });
    }

    #[test]
    fn a_terminal_that_cannot_place_text_shows_no_screen() {
        assert!(is_dumb("dumb") && is_dumb("") && !is_dumb("vt100"));
    }
}
