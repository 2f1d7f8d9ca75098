//! One thing that is done, as the file has it.

use std::collections::HashSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::record::Signal;
use crate::scenario::MAIN;
use crate::scenario::action::{Action, Reach};
use crate::scenario::parse::{Mistake, Read, Reading};
use crate::test_process::{PythonCall, TestProcessOrder};

/// One action. Which it is says the first of its keys that is there.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileAction {
    start: Option<Spanned<String>>,
    run: Option<Spanned<String>>,
    signal: Option<Spanned<String>>,
    press: Option<Spanned<String>>,
    #[serde(rename = "type")]
    typed: Option<Spanned<String>>,
    hang_up: Option<Spanned<String>>,
    end: Option<Spanned<String>>,
    find: Option<Spanned<String>>,
    reset: Option<Spanned<String>>,
    #[serde(rename = "as")]
    part: Option<Spanned<String>>,
    under: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    on: Option<Spanned<String>>,
    reach: Option<Spanned<String>>,
    tells: Option<Vec<Spanned<String>>>,
}

impl FileAction {
    /// The keys that it has, in the order in which they are looked for.
    fn keys(&self) -> Vec<&'static str> {
        let has = [
            ("start", self.start.is_some()),
            ("run", self.run.is_some()),
            ("signal", self.signal.is_some()),
            ("press", self.press.is_some()),
            ("type", self.typed.is_some()),
            ("hang_up", self.hang_up.is_some()),
            ("end", self.end.is_some()),
            ("find", self.find.is_some()),
            ("reset", self.reset.is_some()),
            ("as", self.part.is_some()),
            ("under", self.under.is_some()),
            ("to", self.to.is_some()),
            ("on", self.on.is_some()),
            ("reach", self.reach.is_some()),
            ("tells", self.tells.is_some()),
        ];
        has.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| key).collect()
    }

    fn check_keys(&self, range: &Range<usize>) -> Read<()> {
        let keys = self.keys();
        let mistake = |sentence: String| Err(Mistake(range.clone(), sentence));
        let action = keys.first().and_then(|key| ACTIONS.iter().find(|(name, _)| name == key));
        let Some((action, allowed)) = action else {
            let names = ACTIONS.map(|(name, _)| name).join(", ");
            return mistake(format!("it says nothing to do; it needs one of {names}"));
        };
        match keys[1..].iter().find(|key| !allowed.contains(key)) {
            Some(other) => mistake(format!("{action} does not go together with {other}")),
            None => Ok(()),
        }
    }
}

/// What can be done, and what may be said of it.
const ACTIONS: [(&str, &[&str]); 9] = [
    ("start", &["as", "under"]),
    ("run", &["as", "under", "tells"]),
    ("signal", &["to", "reach"]),
    ("press", &["on"]),
    ("type", &["on"]),
    ("hang_up", &[]),
    ("end", &[]),
    ("find", &["as", "under"]),
    ("reset", &[]),
];

/// The keys that a terminal turns into signals, with what they send (`termios(3)`).
const KEYS: [(&str, &str); 4] =
    [("Ctrl-C", "\u{3}"), ("Ctrl-Z", "\u{1a}"), ("Ctrl-\\", "\u{1c}"), ("Ctrl-D", "\u{4}")];

impl Reading {
    pub(super) fn action(&mut self, action: Spanned<FileAction>) -> Read<Action> {
        let range = action.span();
        let action = action.into_inner();
        action.check_keys(&range)?;
        let FileAction { part, under, to, on, .. } = action;
        if let Some(kind) = action.start {
            let order = one_test_process(&kind)?;
            let under = self.under(under, &range)?;
            return Ok(Action::Start { order, part: self.new_part(part, &range)?, under });
        }
        if let Some(program) = action.run {
            PythonCall::parse(program.as_ref())
                .map_err(|error| Mistake(program.span(), error.to_string()))?;
            let under = self.under(under, &range)?;
            let part = self.new_part(part, &range)?;
            let tells = action.tells.unwrap_or_default();
            let tells = tells.into_iter().map(|tells| self.new_part(Some(tells), &range));
            let tells = tells.collect::<Read<_>>()?;
            return Ok(Action::Run { program: program.into_inner(), part, under, tells });
        }
        if let Some(signal) = action.signal {
            let no_signal =
                || Mistake(signal.span(), format!("{:?} is no signal", signal.as_ref()));
            let number = Signal::of_name(signal.as_ref()).ok_or_else(no_signal)?;
            let reach = action.reach.as_ref().map_or(Ok(Reach::default()), reach)?;
            return Ok(Action::Signal { signal: number, to: self.part(to, &range)?, reach });
        }
        if let Some(key) = action.press {
            let known = KEYS.iter().find(|(name, _)| name == key.as_ref());
            let no_key = || Mistake(key.span(), format!("{:?} is no key", key.as_ref()));
            let (label, text) = known.ok_or_else(no_key)?;
            let (text, label) = ((*text).to_owned(), (*label).to_owned());
            return Ok(Action::Type { text, label, on: self.part(on, &range)? });
        }
        if let Some(typed) = action.typed {
            let label = typed.as_ref().trim_end().to_owned();
            let text = typed.into_inner();
            return Ok(Action::Type { text, label, on: self.part(on, &range)? });
        }
        if let Some(recognized) = action.find {
            let under = self.under(under, &range)?;
            let part = self.new_part(part, &range)?;
            return Ok(Action::Find { recognized: recognized.into_inner(), part, under });
        }
        if action.hang_up.is_some() {
            return Ok(Action::HangUp { session: self.part(action.hang_up, &range)? });
        }
        if action.end.is_some() {
            return Ok(Action::End { part: self.part(action.end, &range)? });
        }
        if let Some(reset) = action.reset.filter(|reset| reset.as_ref() != "lab") {
            let sentence = format!("{:?} cannot be reset; \"lab\" can", reset.as_ref());
            return Err(Mistake(reset.span(), sentence));
        }
        self.parts = HashSet::from([MAIN.to_owned()]);
        Ok(Action::Reset)
    }
}

fn one_test_process(kind: &Spanned<String>) -> Read<TestProcessOrder> {
    let order = kind.as_ref().parse::<TestProcessOrder>();
    let order = order.map_err(|error| Mistake(kind.span(), error.to_string()))?;
    if order.kind.row().counts_itself() && order.number != 1 {
        let sentence = "a scenario starts one at a time, each with a part of its own";
        return Err(Mistake(kind.span(), sentence.to_owned()));
    }
    Ok(order)
}

fn reach(word: &Spanned<String>) -> Read<Reach> {
    let known = Reach::ALL.iter().find(|(_, own)| own == word.as_ref());
    let words = Reach::ALL.map(|(_, own)| own).join(", ");
    known.map(|(reach, _)| *reach).ok_or_else(|| {
        Mistake(word.span(), format!("{:?} is no reach; there are {words}", word.as_ref()))
    })
}
