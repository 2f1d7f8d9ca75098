//! Colors and glyphs: by meaning, degraded to what the terminal can show.
//!
//! The hues of the roles differ for people with any of the usual kinds of color blindness,
//! and read on dark and light backgrounds: tests compute both. Each role has a glyph and a word as
//! well.

pub(crate) mod sgr;

use crossterm::style::SetForegroundColor;
use ratatui::backend::IntoCrossterm;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use serde::{Deserialize, Serialize};

use crate::describe::event::Glyphs;
use crate::text::{visible, visible_ascii};
use crate::verdict::Role;
use crate::world::What;

/// How many colors the terminal has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColorDepth {
    None,
    Sixteen,
    TwoHundredFiftySix,
    True,
}

/// The background of the colors.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum Background {
    Dark,
    Light,
}

/// The characters that the terminal can show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Charset {
    Unicode,
    Ascii,
}

/// The purpose of a style.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Meaning {
    Role(Role),
    /// An orphan that leads its session or unit.
    CalmOrphan,
    New,
    Ended,
    Quiet,
    Title,
    Key,
    Warning,
    Match,
    Busy,
}

/// One meaning's color on each background, and its nearest of the sixteen.
struct Hue {
    dark: (u8, u8, u8),
    light: (u8, u8, u8),
    sixteen: Color,
}

const fn hue(dark: (u8, u8, u8), light: (u8, u8, u8), sixteen: Color) -> Hue {
    Hue { dark, light, sixteen }
}

impl Meaning {
    fn hue(self) -> Hue {
        match self {
            Self::Role(Role::Main) => hue((235, 195, 50), (99, 109, 22), Color::Yellow),
            Self::Role(Role::Parent) => hue((95, 165, 245), (14, 69, 167), Color::Cyan),
            Self::Role(Role::Child) => hue((60, 210, 140), (0, 122, 67), Color::Green),
            Self::Role(Role::Daemon) => hue((220, 125, 195), (119, 56, 76), Color::Magenta),
            Self::Role(Role::Orphan) => hue((240, 112, 60), (212, 33, 24), Color::Red),
            Self::CalmOrphan => hue((200, 160, 120), (130, 90, 50), Color::Yellow),
            Self::Role(Role::Kernel) | Self::Quiet => {
                hue((146, 152, 162), (104, 108, 116), Color::DarkGray)
            }
            Self::New => hue((150, 220, 90), (50, 120, 0), Color::LightGreen),
            Self::Ended => hue((160, 160, 160), (108, 108, 108), Color::DarkGray),
            Self::Title => hue((190, 196, 206), (70, 74, 82), Color::Gray),
            Self::Key => hue((120, 170, 255), (20, 80, 190), Color::LightBlue),
            Self::Warning => hue((255, 120, 90), (200, 40, 10), Color::LightRed),
            Self::Match => hue((255, 220, 90), (150, 100, 0), Color::LightYellow),
            Self::Busy => hue((255, 170, 80), (180, 80, 0), Color::Yellow),
        }
    }

    /// The meaning of a line of the log.
    pub(crate) fn of_event(what: Option<What>, is_failure: bool) -> Self {
        match what {
            None => Self::Busy,
            _ if is_failure => Self::Warning,
            Some(What::Start | What::Fork | What::Compared(_)) => Self::New,
            Some(What::Exec) => Self::Key,
            Some(What::Exit { .. }) => Self::Ended,
            Some(What::Orphan { .. }) => Self::Role(Role::Orphan),
            Some(What::Lost(_) | What::Mismatch) => Self::Warning,
            Some(What::Rename | What::Session | What::User(_)) => Self::Title,
        }
    }

    /// The modifier that distinguishes it without any color.
    fn modifier(self) -> Modifier {
        match self {
            Self::Role(Role::Main) | Self::Key | Self::Warning => Modifier::BOLD,
            Self::Role(Role::Orphan) | Self::Match => Modifier::UNDERLINED,
            Self::New => Modifier::ITALIC,
            Self::Ended | Self::Quiet | Self::Role(Role::Kernel) => Modifier::DIM,
            _ => Modifier::empty(),
        }
    }
}

/// How things look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// How many colors there are.
    pub depth: ColorDepth,
    pub background: Background,
    pub charset: Charset,
}

impl Theme {
    /// The style for a meaning.
    pub(crate) fn style(self, meaning: Meaning) -> Style {
        let hue = meaning.hue();
        let rgb = match self.background {
            Background::Dark => hue.dark,
            Background::Light => hue.light,
        };
        match self.depth {
            ColorDepth::None => Style::new().add_modifier(meaning.modifier()),
            ColorDepth::Sixteen => Style::new().fg(hue.sixteen),
            ColorDepth::TwoHundredFiftySix => Style::new().fg(Color::Indexed(indexed(rgb))),
            ColorDepth::True => Style::new().fg(Color::Rgb(rgb.0, rgb.1, rgb.2)),
        }
    }

    /// A bar that is so full, from 0 to 1.
    pub(crate) fn bar(self, share: f64) -> &'static str {
        const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        const ASCII: [&str; 8] = ["_", "_", ".", ".", "-", "=", "#", "#"];
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float cast saturates, and the result is clamped"
        )]
        let step = ((share * 8.0) as usize).min(7);
        self.pick(BARS[step], ASCII[step])
    }

    /// The style of a share, from calm to hot: plain below the first bound, hot from the second on.
    pub(crate) fn heat(self, share: f64, [warm, hot]: [f64; 2]) -> Style {
        if share >= hot {
            self.style(Meaning::Warning)
        } else if share >= warm {
            self.style(Meaning::Busy)
        } else {
            Style::new()
        }
    }

    /// The style of a role.
    pub(crate) fn role(self, role: Role) -> Style {
        let style = self.style(Meaning::Role(role));
        if role == Role::Main { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// The escape sequences before and after text in a style's color; empty without color.
    pub(crate) fn escapes(style: Style) -> (String, &'static str) {
        let Some(color) = style.fg else { return (String::new(), "") };
        let sequence = SetForegroundColor(color.into_crossterm()).to_string();
        let mut plain = Vec::new();
        sgr::plain(sequence.as_bytes(), &mut plain);
        (String::from_utf8(plain).unwrap_or(sequence), "\x1b[0m")
    }

    /// Whether the selected row is reversed: no background of sixteen colors suits all texts.
    pub(crate) fn selects_by_reverse(self) -> bool {
        matches!(self.depth, ColorDepth::None | ColorDepth::Sixteen)
    }

    /// The style over the selected row, the pane's or a list's.
    pub(crate) fn selected(self) -> Style {
        match (self.depth, self.background) {
            (ColorDepth::None, _) => Style::new().add_modifier(Modifier::REVERSED),
            // One color for all of the row: each text's own would make patches.
            (ColorDepth::Sixteen, _) => {
                Style::new().fg(Color::Reset).bg(Color::Reset).add_modifier(Modifier::REVERSED)
            }
            (ColorDepth::TwoHundredFiftySix, Background::Dark) => {
                Style::new().bg(Color::Indexed(237))
            }
            (ColorDepth::TwoHundredFiftySix, Background::Light) => {
                Style::new().bg(Color::Indexed(254))
            }
            (ColorDepth::True, Background::Dark) => Style::new().bg(Color::Rgb(48, 54, 66)),
            (ColorDepth::True, Background::Light) => Style::new().bg(Color::Rgb(222, 228, 238)),
        }
    }

    /// Whether only ASCII may be drawn.
    pub(crate) fn is_ascii(self) -> bool {
        self.charset == Charset::Ascii
    }

    /// One of two texts, by what the terminal can show.
    pub(crate) fn pick<'a>(self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.is_ascii() { ascii } else { unicode }
    }

    /// Foreign text, harmless and within the terminal's characters.
    pub(crate) fn foreign(self, text: &str) -> std::borrow::Cow<'_, str> {
        if self.is_ascii() { visible_ascii(text) } else { visible(text) }
    }

    /// The glyph of a role.
    pub(crate) fn glyph(self, role: Role) -> &'static str {
        match role {
            Role::Main => self.pick("◆", "M"),
            Role::Parent => self.pick("●", "P"),
            Role::Child => self.pick("○", "c"),
            Role::Daemon => self.pick("◇", "D"),
            Role::Orphan => self.pick("⚑", "O"),
            Role::Kernel => self.pick("·", "k"),
        }
    }

    /// The glyph of a process that has ended.
    pub(crate) fn ghost(self) -> &'static str {
        self.pick("†", "+")
    }

    /// The lines of frames.
    pub(crate) fn borders(self) -> border::Set<'static> {
        const ASCII: border::Set<'static> = border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        match self.charset {
            Charset::Unicode => border::ROUNDED,
            Charset::Ascii => ASCII,
        }
    }

    /// The meaning of a pane's frame: the pane that has the keys stands out.
    pub(crate) fn frame(has_keys: bool) -> Meaning {
        if has_keys { Meaning::Key } else { Meaning::Quiet }
    }

    /// The sign for text that was cut off.
    pub(crate) fn ellipsis(self) -> &'static str {
        self.pick("…", "~")
    }

    /// The characters of the log.
    pub(crate) fn log_glyphs(self) -> Glyphs {
        Glyphs { separator: self.separator(), ended: self.ghost(), times: self.pick("×", "x") }
    }

    /// The separator between parts of a line.
    pub(crate) fn separator(self) -> &'static str {
        self.pick(" · ", " | ")
    }
}

/// The nearest color of the 6×6×6 cube of 256-color terminals.
fn indexed((red, green, blue): (u8, u8, u8)) -> u8 {
    let level = |value: u8| match value {
        0..48 => 0,
        48..115 => 1,
        _ => (value - 35) / 40,
    };
    16 + 36 * level(red) + 6 * level(green) + level(blue)
}

#[cfg(test)]
mod tests;
