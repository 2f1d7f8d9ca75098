//! The size of the terminal, also where it reports none.

use std::{env, io};

use ratatui::layout::Size;
use rustix::fd::AsFd;
use rustix::termios::tcgetwinsize;

/// The size of a VT100, for a terminal that reports none and an environment that has none.
const USUAL: Size = Size::new(80, 24);

/// The size of a terminal. One that does not know its size tells zeros (serial lines,
/// `tty_ioctl(4)`): then `COLUMNS` and `LINES` count, as for other programs.
pub(crate) fn size_of(terminal: impl AsFd) -> io::Result<Size> {
    let reported = tcgetwinsize(terminal)?;
    let reported = Size::new(reported.ws_col, reported.ws_row);
    Ok(fitted(reported, env::var("COLUMNS").ok().as_deref(), env::var("LINES").ok().as_deref()))
}

fn fitted(reported: Size, columns: Option<&str>, lines: Option<&str>) -> Size {
    let first = |reported: u16, said: Option<&str>, usual: u16| {
        let said = said.and_then(|said| said.parse().ok());
        [Some(reported), said].into_iter().flatten().find(|count| *count > 0).unwrap_or(usual)
    };
    Size::new(
        first(reported.width, columns, USUAL.width),
        first(reported.height, lines, USUAL.height),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_terminal_tells_no_size_the_environment_counts_and_then_what_is_usual() {
        let fitted = |width, height, columns, lines| {
            let size = super::fitted(Size::new(width, height), columns, lines);
            (size.width, size.height)
        };
        assert_eq!(fitted(170, 50, Some("80"), Some("24")), (170, 50));
        assert_eq!(fitted(0, 0, Some("132"), Some("43")), (132, 43));
        assert_eq!(fitted(0, 0, None, None), (80, 24));
        assert_eq!(fitted(0, 50, None, Some("43")), (80, 50));
        assert_eq!(fitted(170, 0, Some("132"), None), (170, 24));
        assert_eq!(fitted(0, 0, Some("0"), Some("many")), (80, 24));
    }

    #[test]
    fn fuzz_sizes() {
        crate::tests::fuzz::fuzz("sizes", |random| {
            let said = random.text(&["80", "0", "65536"]);
            let size = fitted(Size::new(0, 0), Some(&said), None);
            assert!(size.width > 0 && size.height == 24, "{said:?}");
        });
    }
}
