//! The arguments of a process: kept as the kernel keeps them, one string for all.

use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A view of arguments that each end with a NUL byte. One string for all of them costs a fraction
/// of one string for each, and no argument can hold a NUL (execve(2)).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Arguments<'a>(&'a str);

impl<'a> Arguments<'a> {
    /// Views a string made by [`Arguments::joined`].
    pub(crate) fn new(joined: &'a str) -> Self {
        Self(joined)
    }

    /// Makes the string that can be viewed.
    pub(crate) fn joined<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Arc<str> {
        let mut joined = String::new();
        for argument in arguments {
            joined.push_str(argument.as_ref());
            joined.push('\0');
        }
        joined.into()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Each argument.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        self.0.split_terminator('\0')
    }

    /// The first argument: usually the program's name.
    pub(crate) fn first(self) -> Option<&'a str> {
        self.iter().next()
    }

    /// All arguments on one line, with spaces between them.
    pub(crate) fn line(self) -> String {
        self.0.strip_suffix('\0').unwrap_or(self.0).replace('\0', " ")
    }
}

/// Stands where something is missing.
const ELLIPSIS: &str = "\u{2026}\0";

/// The beginning of a command line, so that it has no more bytes than that; where something is
/// missing, its last argument ends with an ellipsis.
pub(crate) fn cut(joined: &Arc<str>, most: usize) -> Arc<str> {
    if joined.len() <= most {
        return joined.clone();
    }
    let room = most.saturating_sub(ELLIPSIS.len());
    let kept = &joined[..joined.floor_char_boundary(room)];
    format!("{}{ELLIPSIS}", kept.strip_suffix('\0').unwrap_or(kept)).into()
}

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so_and_is_cut_between_characters() {
        let joined = Arguments::joined(["echo", "äöü", "x"]);
        assert_eq!(*cut(&joined, joined.len()), *joined);
        for most in ELLIPSIS.len()..joined.len() {
            let line = cut(&joined, most);
            assert!(line.ends_with(ELLIPSIS) && line.len() <= most, "{line:?}");
            assert!(joined.starts_with(line.strip_suffix(ELLIPSIS).unwrap()));
        }
        assert_eq!(&*cut(&joined, 9), "echo\u{2026}\0");
    }

    #[test]
    fn empty_arguments_are_arguments_too() {
        for arguments in [vec![], vec![""], vec!["cat", ""], vec!["a", "", "b c"]] {
            let joined = Arguments::joined(&arguments);
            let view = Arguments::new(&joined);
            assert_eq!(view.iter().collect::<Vec<_>>(), arguments);
            assert_eq!(view.line(), arguments.join(" "));
            assert_eq!(
                (view.is_empty(), view.first()),
                (arguments.is_empty(), arguments.first().copied())
            );
        }
    }
}
