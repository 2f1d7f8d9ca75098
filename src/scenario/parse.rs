//! Reads a scenario from TOML. Every mistake is reported with the line that it is on.

pub(crate) mod action;

use std::collections::HashSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::scenario::fact::Fact;
use crate::scenario::parse::action::FileAction;
use crate::scenario::participants::parts_in;
use crate::scenario::{MAIN, Need, Question, Scenario, Step};

/// A mistake in a scenario's text, with its line.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {sentence}")]
pub(crate) struct ParseError {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The mistake, in one sentence.
    pub(crate) sentence: String,
}

/// Reads a scenario. `name` is that of its file, without the extension.
pub(crate) fn parse(name: &str, text: &str) -> Result<Scenario, ParseError> {
    let line_of = |range: Range<usize>| {
        text.get(..range.start).map_or(1, |before| before.matches('\n').count() + 1)
    };
    if !is_name(name) {
        let sentence = format!("{name:?} is no name for a scenario; use a-z, 0-9 and -");
        return Err(ParseError { line: 1, sentence });
    }
    let file: File = toml::from_str(text).map_err(|error| {
        // A message may have several lines; the first says what is wrong.
        let sentence = error.message().lines().next().unwrap_or_default().to_owned();
        ParseError { line: error.span().map_or(1, &line_of), sentence }
    })?;
    Reading::default()
        .scenario(name, file)
        .map_err(|Mistake(range, sentence)| ParseError { line: line_of(range), sentence })
}

/// Whether that can be the name of a scenario or of a part.
pub(crate) fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(is_plain)
}

/// A mistake, and the bytes that it is about.
struct Mistake(Range<usize>, String);

type Read<T> = Result<T, Mistake>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Spanned<String>,
    summary: Spanned<String>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    #[serde(default)]
    steps: Vec<Spanned<FileStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    say: Spanned<String>,
    ask: Option<FileQuestion>,
    #[serde(default, rename = "do")]
    actions: Vec<Spanned<FileAction>>,
    watch: Option<Spanned<f64>>,
    #[serde(default)]
    observe: Vec<Spanned<String>>,
    why: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileQuestion {
    question: Spanned<String>,
    right: Spanned<String>,
    wrong: Vec<Spanned<String>>,
}

/// Seconds that are watched where a step does not say.
const WATCH_S: f64 = 1.5;
/// The most that a step may ask for.
const MOST_WATCH_S: f64 = 30.0;
/// The most steps of a scenario.
const MOST_STEPS: usize = 100;
/// The most wrong answers, so that each has a key of its own.
const MOST_WRONG: usize = 3;

/// The state of reading: the parts that there are so far.
struct Reading {
    parts: HashSet<String>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { parts: HashSet::from([MAIN.to_owned()]) }
    }
}

impl Reading {
    fn scenario(&mut self, name: &str, file: File) -> Read<Scenario> {
        let title = line_of_text(file.title, "title")?;
        let summary = line_of_text(file.summary, "summary")?;
        let needs = file.needs.iter().map(need).collect::<Read<_>>()?;
        if file.steps.len() > MOST_STEPS {
            let sentence = format!("it has {} steps, and may have {MOST_STEPS}", file.steps.len());
            return Err(Mistake(0..0, sentence));
        }
        if file.steps.is_empty() {
            return Err(Mistake(0..0, "it has no [[steps]]".to_owned()));
        }
        let steps = file.steps.into_iter().map(|step| self.step(step)).collect::<Read<_>>()?;
        Ok(Scenario { name: name.to_owned(), title, summary, needs, steps })
    }

    fn step(&mut self, step: Spanned<FileStep>) -> Read<Step> {
        let range = step.span();
        let step = step.into_inner();
        let say = self.text(step.say)?;
        let ask = step.ask.map(|ask| self.question(ask)).transpose()?;
        let actions =
            step.actions.into_iter().map(|action| self.action(action)).collect::<Read<_>>()?;
        let observe: Vec<Fact> =
            step.observe.into_iter().map(|fact| self.fact(fact)).collect::<Read<_>>()?;
        let why = step.why.map(|why| self.text(why)).transpose()?;
        if ask.is_some() && observe.is_empty() {
            let sentence = "a step that asks must observe something that decides the answer";
            return Err(Mistake(range, sentence.to_owned()));
        }
        Ok(Step { say, ask, actions, watch_s: watch(step.watch)?, observe, why })
    }

    /// A text that names only parts that somebody plays by then.
    fn text(&self, text: Spanned<String>) -> Read<String> {
        let range = text.span();
        let text = text.into_inner();
        if text.trim().is_empty() {
            return Err(Mistake(range, "this text is empty".to_owned()));
        }
        for part in parts_in(&text) {
            self.check_part(part, range.clone())?;
        }
        // Line breaks of the file are no line breaks of the screen.
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn question(&self, question: FileQuestion) -> Read<Question> {
        let n_wrong = question.wrong.len();
        if !(1..=MOST_WRONG).contains(&n_wrong) {
            let sentence = format!("a question has 1 to {MOST_WRONG} wrong answers");
            return Err(Mistake(question.question.span(), sentence));
        }
        let range = question.right.span();
        let right = self.text(question.right)?;
        let wrong = question.wrong.into_iter().map(|wrong| self.text(wrong));
        let mut answers: Vec<String> = wrong.collect::<Read<_>>()?;
        answers.push(right.clone());
        // An order that tells nothing of which is right.
        answers.sort();
        let n_answers = answers.len();
        answers.dedup();
        if answers.len() < n_answers {
            return Err(Mistake(range, "two answers are the same".to_owned()));
        }
        Ok(Question { text: self.text(question.question)?, right, answers })
    }

    fn fact(&self, fact: Spanned<String>) -> Read<Fact> {
        let range = fact.span();
        let fact = fact.into_inner().parse::<Fact>();
        let fact = fact.map_err(|error| Mistake(range.clone(), error.to_string()))?;
        self.check_part(&fact.part, range.clone())?;
        if let Some(other) = fact.claim.other_part() {
            self.check_part(other, range)?;
        }
        Ok(fact)
    }

    fn check_part(&self, part: &str, range: Range<usize>) -> Read<()> {
        // `parent.2` is the second of those that came with `parent`.
        let (own, number) = part.split_once('.').unwrap_or((part, "1"));
        if self.parts.contains(own) && number.parse::<u8>().is_ok() {
            return Ok(());
        }
        let sentence = format!("nobody plays {part:?} yet; start it with `as = {part:?}` before");
        Err(Mistake(range, sentence))
    }

    fn part(&self, part: Option<Spanned<String>>, range: &Range<usize>) -> Read<String> {
        let part = part.ok_or_else(|| Mistake(range.clone(), "it names no part".to_owned()))?;
        self.check_part(part.as_ref(), part.span())?;
        Ok(part.into_inner())
    }

    /// Its parent: the lab's main where none is named.
    fn under(&self, under: Option<Spanned<String>>, range: &Range<usize>) -> Read<String> {
        under.map_or_else(|| Ok(MAIN.to_owned()), |under| self.part(Some(under), range))
    }

    /// The part that somebody plays from here on.
    fn new_part(&mut self, part: Option<Spanned<String>>, range: &Range<usize>) -> Read<String> {
        let sentence = "it needs `as`, a name for the part that it plays";
        let part = part.ok_or_else(|| Mistake(range.clone(), sentence.to_owned()))?;
        let range = part.span();
        let part = part.into_inner();
        if ["init", "helper", MAIN].contains(&part.as_str()) {
            let sentence = format!("{part:?} is somebody already; take another name");
            return Err(Mistake(range, sentence));
        }
        if !is_name(&part) {
            let sentence = format!("{part:?} is no name for a part; use a-z, 0-9 and -");
            return Err(Mistake(range, sentence));
        }
        self.parts.insert(part.clone());
        Ok(part)
    }
}

fn line_of_text(text: Spanned<String>, field: &str) -> Read<String> {
    let range = text.span();
    let text = text.into_inner();
    if text.trim().is_empty() || text.contains('\n') {
        return Err(Mistake(range, format!("{field} must be one line of text")));
    }
    Ok(text.trim().to_owned())
}

fn need(word: &Spanned<String>) -> Read<Need> {
    let known = Need::ALL.iter().find(|(_, own)| own == word.as_ref());
    let words = Need::ALL.map(|(_, own)| own).join(" or ");
    known.map(|(need, _)| *need).ok_or_else(|| {
        Mistake(
            word.span(),
            format!("{:?} is nothing that can be needed; {words} is", word.as_ref()),
        )
    })
}

fn watch(seconds: Option<Spanned<f64>>) -> Read<f64> {
    let Some(seconds) = seconds else { return Ok(WATCH_S) };
    if (0.0..=MOST_WATCH_S).contains(seconds.as_ref()) {
        return Ok(*seconds.as_ref());
    }
    let sentence = format!("watch takes 0 to {MOST_WATCH_S} seconds");
    Err(Mistake(seconds.span(), sentence))
}

#[cfg(test)]
mod tests;
