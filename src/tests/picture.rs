//! The picture in the README: the program's own screen, drawn from records.

use std::fmt::Write;
use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::record::SignalMasks;
use crate::tests::journey::Journey;

/// A screen as text with escape sequences.
fn ansi(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut text = String::new();
    for line in buffer.content().chunks(width) {
        for cell in line {
            let mut codes = vec!["0".to_owned()];
            if cell.modifier.contains(Modifier::BOLD) {
                codes.push("1".to_owned());
            }
            if cell.modifier.contains(Modifier::UNDERLINED) {
                codes.push("4".to_owned());
            }
            for (color, layer) in [(cell.fg, 38), (cell.bg, 48)] {
                if let Color::Rgb(red, green, blue) = color {
                    codes.push(format!("{layer};2;{red};{green};{blue}"));
                }
            }
            write!(text, "\x1b[{}m{}", codes.join("m\x1b["), cell.symbol()).unwrap();
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

/// Fails if a picture in `assets/` is not what is drawn now.
fn check(name: &str, journey: &Journey) {
    let drawn = anstyle_svg::Term::new()
        .bg_color(anstyle::RgbColor(24, 27, 33).into())
        .fg_color(anstyle::RgbColor(222, 225, 230).into())
        .render_svg(&ansi(&journey.buffer()));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    if std::env::var_os("PEXPLORE_UPDATE_PICTURE").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        "assets/{name} is stale: PEXPLORE_UPDATE_PICTURE=1 cargo test picture renews it"
    );
}

#[test]
fn the_picture_in_the_readme_is_what_the_program_draws() {
    let mut journey = Journey::new(124, 30);
    crate::tests::journeys::demonstrate(&mut journey, SignalMasks::default());
    check("screen.svg", &journey);
}

#[test]
fn the_picture_of_a_scenario_is_what_the_program_draws() {
    check("scenario.svg", &crate::tests::scenarios::demonstrate());
}
