//! Writes JSON with everything escaped that could act on a terminal, or hide.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::text::is_hidden;

/// Writes a value as one line of JSON. Characters that act on a terminal, or hide, are written as
/// `\\uXXXX` (RFC 8259 section 7); what is read back is the same.
pub(crate) fn write_line(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Escaping))?;
    out.push(b'\n');
    Ok(())
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let mut rest = fragment;
        while let Some(start) = rest.find(is_hidden) {
            writer.write_all(&rest.as_bytes()[..start])?;
            let mut characters = rest[start..].chars();
            let mut units = [0; 2];
            for unit in characters
                .next()
                .into_iter()
                .flat_map(|hidden| hidden.encode_utf16(&mut units).to_vec())
            {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write_line(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_acts_on_a_terminal_or_hides_is_escaped_and_read_back_as_it_was() {
        let ranges = [
            '\u{7f}'..='\u{9f}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2066}'..='\u{2069}',
            '\u{feff}'..='\u{feff}',
        ];
        for hidden in ranges.into_iter().flatten() {
            let text = format!("a{hidden}é\n");
            let line = written(&text);
            assert_eq!(line, format!("\"a\\u{:04x}é\\n\"\n", u32::from(hidden)));
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
        let line = written(&"\u{e0001}x");
        assert_eq!(line, "\"\\udb40\\udc01x\"\n");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), "\u{e0001}x");
    }
}
