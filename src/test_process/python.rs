//! Programs that the lab can run: any, and a few in Python that it brings.

use crate::record::ProcessKey;
use crate::verdict::StartMethod;

/// A program to run, and its parent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProgramOrder {
    /// Its name or path, then its arguments; any characters but the zero byte.
    pub arguments: Vec<String>,
    /// The test process that forks it, normally a session.
    pub under: ProcessKey,
}

/// A Python program that the lab brings. Each tells who its processes are on its standard output,
/// a line `participant NAME PID` for each, and returns after a line on its standard input.
#[derive(Debug, PartialEq)]
pub struct PythonProgram {
    /// Its name, `[a-z0-9-]+`; its file has `.py` behind it.
    pub name: &'static str,
    /// Its title in a menu.
    pub(crate) title: &'static str,
    /// Its lesson, in one sentence.
    pub(crate) lesson: &'static str,
    /// Whether a start method may be named behind its name; without one it forks.
    pub(crate) takes_method: bool,
    pub(crate) text: &'static str,
}

macro_rules! program {
    ($name:literal, takes_method: $takes_method:literal, $title:literal, $lesson:literal) => {
        PythonProgram {
            name: $name,
            title: $title,
            lesson: $lesson,
            takes_method: $takes_method,
            text: include_str!(concat!("../../assets/python/", $name, ".py")),
        }
    };
}

/// Every Python program, in the order of a menu.
#[rustfmt::skip]
pub const PYTHON_PROGRAMS: [PythonProgram; 8] = [
    program!("fork", takes_method: false, "forked children",
        "an ordinary and a daemonic child, forked: copies of their main"),
    program!("spawn", takes_method: false, "spawned children",
        "an ordinary and a daemonic child, spawned: new programs, with a resource tracker"),
    program!("forkserver", takes_method: false, "children of a fork server",
        "an ordinary and a daemonic child, forked by a server that main has started"),
    program!("nested", takes_method: true, "a child with a child",
        "a child that became a parent: main knows nothing of its grandchild"),
    program!("pool", takes_method: true, "a pool of workers",
        "two daemonic workers, one busy and one idle: only the idle one sees main end"),
    program!("executor", takes_method: true, "a process pool executor",
        "two busy workers that are no daemonic children: main waits for their tasks"),
    program!("manager", takes_method: true, "a manager",
        "a server process that holds objects for others and ignores Ctrl-C"),
    program!("daemonic-parent", takes_method: false, "a daemonic child that wants a child",
        "Python refuses: daemonic processes are not allowed to have children"),
];

/// A Python program and the start method that it is given.
#[derive(Clone, Copy, Debug)]
pub struct PythonCall {
    pub(crate) program: &'static PythonProgram,
    /// The start method for its children; its own choice if none is named.
    pub(crate) method: Option<StartMethod>,
}

/// Why that is no call of a Python program of the lab.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum PythonCallError {
    #[error("there is no Python program {0:?}; there are {names}", names = program_names())]
    Program(String),
    #[error("the Python program {0} takes no start method")]
    TakesNoMethod(&'static str),
    #[error("{0:?} is no start method; there are fork, spawn and forkserver")]
    Method(String),
}

fn program_names() -> String {
    let names: Vec<&str> = PYTHON_PROGRAMS.iter().map(|program| program.name).collect();
    names.join(", ")
}

impl PythonCall {
    /// Reads `NAME` or `NAME METHOD`.
    pub(crate) fn parse(words: &str) -> Result<Self, PythonCallError> {
        let (name, method) = words.split_once(' ').map_or((words, None), |(n, m)| (n, Some(m)));
        let program = PYTHON_PROGRAMS.iter().find(|program| program.name == name);
        let program = program.ok_or_else(|| PythonCallError::Program(name.to_owned()))?;
        let Some(method) = method else { return Ok(Self { program, method: None }) };
        if !program.takes_method {
            return Err(PythonCallError::TakesNoMethod(program.name));
        }
        let method = method.parse().map_err(|_| PythonCallError::Method(method.to_owned()))?;
        Ok(Self { program, method: Some(method) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_program_has_a_plain_name_and_says_what_a_program_of_the_lab_has_to() {
        let mut names = HashSet::new();
        for program in &PYTHON_PROGRAMS {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(program.name.chars().all(is_plain) && names.insert(program.name));
            assert!(program.text.starts_with("\"\"\""), "{} has no docstring", program.name);
            assert!(
                program.text.contains("participant {name}") && program.text.contains("readline")
            );
            assert_eq!(program.text.contains("sys.argv"), program.takes_method, "{}", program.name);
        }
    }

    #[test]
    fn a_call_is_a_name_and_perhaps_a_start_method() {
        let call = PythonCall::parse("pool spawn").unwrap();
        assert_eq!((call.program.name, call.method), ("pool", Some(StartMethod::Spawn)));
        let call = PythonCall::parse("fork").unwrap();
        assert_eq!((call.program.name, call.method), ("fork", None));
        for (wrong, sentence) in [
            ("pool exec", "\"exec\" is no start method; there are fork, spawn and forkserver"),
            ("fork spawn", "the Python program fork takes no start method"),
        ] {
            assert_eq!(PythonCall::parse(wrong).unwrap_err().to_string(), sentence);
        }
        assert!(
            PythonCall::parse("dragon")
                .unwrap_err()
                .to_string()
                .contains("there are fork, spawn, forks")
        );
    }
}
