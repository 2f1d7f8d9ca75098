//! Reads one action of a step.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::record::Signal;
use crate::scenario::MAIN;
use crate::scenario::action::{Action, Reach};
use crate::scenario::parse::{Mistake, Read, Reading};
use crate::test_process::{PythonCall, TestProcessOrder};

/// One action, by its keys. Which it is says the first of [`ACTIONS`] that is there.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct FileAction(BTreeMap<String, Spanned<Value>>);

impl FileAction {
    /// The key that says what is done, and its value; no other key may be there than go with it.
    fn take_action(&mut self, range: &Range<usize>) -> Read<(&'static str, Spanned<String>)> {
        let mistake = |sentence: String| Err(Mistake(range.clone(), sentence));
        let Some((action, allowed)) = ACTIONS.iter().find(|(name, _)| self.0.contains_key(*name))
        else {
            let names = ACTIONS.map(|(name, _)| name).join(", ");
            return mistake(format!("it says nothing to do; it needs one of {names}"));
        };
        let is_wrong = |key: &&String| *key != action && !allowed.contains(&key.as_str());
        match self.0.keys().find(is_wrong) {
            Some(other) => mistake(format!("{action} does not go together with {other}")),
            None => Ok((action, self.take(action)?.expect("it is there"))),
        }
    }

    fn take(&mut self, key: &str) -> Read<Option<Spanned<String>>> {
        self.0.remove(key).map(|value| text(key, value)).transpose()
    }

    fn take_list(&mut self, key: &str) -> Read<Vec<Spanned<String>>> {
        let Some(value) = self.0.remove(key) else { return Ok(Vec::new()) };
        let range = value.span();
        let Value::Array(all) = value.into_inner() else {
            return Err(Mistake(range, format!("{key} takes a list of texts")));
        };
        all.into_iter().map(|value| text(key, Spanned::new(range.clone(), value))).collect()
    }
}

fn text(key: &str, value: Spanned<Value>) -> Read<Spanned<String>> {
    let range = value.span();
    match value.into_inner() {
        Value::String(text) => Ok(Spanned::new(range, text)),
        _ => Err(Mistake(range, format!("{key} takes a text"))),
    }
}

/// The actions, and the words that each takes.
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
        let mut action = action.into_inner();
        let (name, value) = action.take_action(&range)?;
        Ok(match name {
            "start" => {
                let order = one_test_process(&value)?;
                let under = self.under(action.take("under")?, &range)?;
                Action::Start { order, part: self.new_part(action.take("as")?, &range)?, under }
            }
            "run" => {
                PythonCall::parse(value.as_ref())
                    .map_err(|error| Mistake(value.span(), error.to_string()))?;
                let under = self.under(action.take("under")?, &range)?;
                let part = self.new_part(action.take("as")?, &range)?;
                let tells = action.take_list("tells")?.into_iter();
                let tells = tells.map(|part| self.new_part(Some(part), &range));
                let tells = tells.collect::<Read<_>>()?;
                Action::Run { program: value.into_inner(), part, under, tells }
            }
            "signal" => {
                let no_signal =
                    || Mistake(value.span(), format!("{:?} is no signal", value.as_ref()));
                let signal = Signal::of_name(value.as_ref()).ok_or_else(no_signal)?;
                let reach = action.take("reach")?.map_or(Ok(Reach::default()), |it| reach(&it))?;
                Action::Signal { signal, to: self.part(action.take("to")?, &range)?, reach }
            }
            "press" => {
                let known = KEYS.iter().find(|(name, _)| name == value.as_ref());
                let no_key = || Mistake(value.span(), format!("{:?} is no key", value.as_ref()));
                let (label, text) = known.ok_or_else(no_key)?;
                let on = self.part(action.take("on")?, &range)?;
                Action::Type { text: (*text).to_owned(), label: (*label).to_owned(), on }
            }
            "type" => {
                let label = value.as_ref().trim_end().to_owned();
                let on = self.part(action.take("on")?, &range)?;
                Action::Type { text: value.into_inner(), label, on }
            }
            "find" => {
                let under = self.under(action.take("under")?, &range)?;
                let part = self.new_part(action.take("as")?, &range)?;
                Action::Find { recognized: value.into_inner(), part, under }
            }
            "hang_up" => Action::HangUp { session: self.part(Some(value), &range)? },
            "end" => Action::End { part: self.part(Some(value), &range)? },
            _ if value.as_ref() == "lab" => {
                self.parts = HashSet::from([MAIN.to_owned()]);
                Action::Reset
            }
            _ => {
                let sentence = format!("{:?} cannot be reset; \"lab\" can", value.as_ref());
                return Err(Mistake(value.span(), sentence));
            }
        })
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
