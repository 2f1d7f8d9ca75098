//! The report about the current step, line by line: on the screen and without one.

use std::fmt::Write;

use crate::scenario::play::{Phase, Play};
use crate::scenario::{Question, Step};
use crate::text::units::count;

/// One thing that is reported. It may be longer than a line of the screen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    pub(crate) kind: Kind,
    /// The text, with processes in the place of parts.
    pub(crate) text: String,
}

/// The kind of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Say,
    /// A question for the viewer.
    Question,
    /// An answer that can be given, with the number of its key.
    Answer(usize, Mark),
    Done,
    /// A prediction, and whether it was seen to be true.
    Seen(bool),
    /// How it went, and whether that was as predicted.
    Verdict(bool),
    /// Whether the viewer was right.
    Right(bool),
    Why,
    Waiting,
}

/// The mark before an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mark {
    Open,
    Chosen,
    Right,
    Wrong,
}

/// Everything that is to be reported now.
pub(crate) fn lines(play: &Play) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |kind, text: String| lines.push(Line { kind, text });
    match &play.phase {
        Phase::Opening => add(Kind::Waiting, "A lab is started for it …".to_owned()),
        Phase::Over => {
            add(Kind::Say, format!("That was: {}.", play.scenario.title));
            let is_good = play.score.contradicted == 0;
            add(Kind::Verdict(is_good), score(play));
        }
        phase => {
            let step = play.step();
            add(Kind::Say, play.participants.named(&step.say));
            if let Some(question) = &step.ask {
                add(Kind::Question, play.participants.named(&question.text));
                lines.extend(answers(play, question));
            }
            lines.extend(play.done().map(|text| Line { kind: Kind::Done, text }));
            lines.extend(outcome(play, step, phase));
        }
    }
    lines
}

/// The answers; once it is decided, the right one and the viewer's own only.
fn answers(play: &Play, question: &Question) -> impl Iterator<Item = Line> {
    let is_decided = play.phase == Phase::Finished && play.is_as_predicted();
    question.answers.iter().enumerate().filter_map(move |(place, answer)| {
        let is_chosen = play.answer.as_ref() == Some(answer);
        let mark = match (is_decided, is_chosen) {
            (true, _) if *answer == question.right => Mark::Right,
            (true, true) => Mark::Wrong,
            (true, false) => return None,
            (false, true) => Mark::Chosen,
            (false, false) => Mark::Open,
        };
        let text = play.participants.named(answer);
        Some(Line { kind: Kind::Answer(place + 1, mark), text })
    })
}

fn outcome(play: &Play, step: &Step, phase: &Phase) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |kind, text: String| lines.push(Line { kind, text });
    match phase {
        Phase::Doing => add(Kind::Waiting, "working …".to_owned()),
        Phase::Watching if step.predicts() => {
            add(Kind::Waiting, "watching what comes of it …".to_owned());
        }
        Phase::Finished => {
            for seen in &play.seen {
                let text = if seen.holds {
                    seen.seen.clone()
                } else {
                    format!("{}; predicted was: {}", seen.seen, seen.predicted)
                };
                add(Kind::Seen(seen.holds), text);
            }
            if step.predicts() {
                let is_good = play.is_as_predicted();
                let verdict = if is_good { "Observed as expected." } else { "Not as expected." };
                add(Kind::Verdict(is_good), verdict.to_owned());
            }
            lines.extend(own_answer(play, step));
            let mut add = |kind, text: String| lines.push(Line { kind, text });
            // It says why things are as they were predicted.
            if let Some(why) = step.why.as_ref().filter(|_| play.is_as_predicted()) {
                add(Kind::Why, play.participants.named(why));
            }
        }
        Phase::Broken(sentence) => {
            add(Kind::Verdict(false), format!("It cannot go on: {sentence}."));
        }
        Phase::Opening | Phase::Narrating | Phase::Watching | Phase::Over => {}
    }
    lines
}

/// The viewer's own answer.
fn own_answer(play: &Play, step: &Step) -> Option<Line> {
    let is_right = play.is_answer_right()?;
    let question = step.ask.as_ref()?;
    let place = |answer: &String| question.answers.iter().position(|own| own == answer);
    let number = |answer: &String| place(answer).map(|place| place + 1);
    let text = if is_right {
        format!("You chose {}, which is right.", number(&question.right)?)
    } else {
        format!("You chose {}; it is {}.", number(play.answer.as_ref()?)?, number(&question.right)?)
    };
    Some(Line { kind: Kind::Right(is_right), text })
}

/// How a play went: `As predicted: 4 of 4 predictions. Your answers: 2 of 3 right.`
pub(crate) fn score(play: &Play) -> String {
    let score = play.score;
    let all = score.as_predicted + score.contradicted;
    let steps = count(all, "prediction", "predictions");
    let mut text = format!("As predicted: {} of {steps}.", score.as_predicted);
    if score.answered > 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, " Your answers: {} of {} right.", score.right, score.answered);
    }
    text
}
