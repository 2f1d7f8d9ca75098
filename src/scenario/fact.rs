//! Facts that a scenario can predict of a process: one sentence each, in a small closed language.

use std::str::FromStr;

use derive_more::Display;
use serde::{Deserialize, Serialize};

use crate::record::{Signal, State};
use crate::text::units::{count, with_article};
use crate::verdict::{Role, StartMethod};

/// Something that is true of a part, or not.
#[derive(Clone, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[display("{part} {claim}")]
pub(crate) struct Fact {
    pub(crate) part: String,
    /// The claim about it.
    pub(crate) claim: Claim,
}

/// A claim about a part.
#[derive(Clone, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Claim {
    /// `lives`: it runs code still, stopped or not.
    #[display("lives")]
    Lives,
    /// `has ended`: it is gone or a zombie.
    #[display("has ended")]
    HasEnded,
    /// `is gone`: it has ended, and nothing of it is left, not even a zombie.
    #[display("is gone")]
    IsGone,
    /// `ended by SIGNAL`.
    #[display("ended by {}", _0.name())]
    EndedBy(Signal),
    /// `exited with CODE`.
    #[display("exited with {_0}")]
    ExitedWith(i32),
    /// `is a ROLE`.
    #[display("is {}", with_article(_0.into_str()))]
    IsA(Role),
    /// `is STATE`: stopped, sleeping, running, a zombie.
    #[display("is {}", word_of(*_0))]
    Is(State),
    /// `has parent PARTY`.
    #[display("has parent {_0}")]
    HasParent(Party),
    /// `has logical parent PARTY`: the parent that its runtime goes by.
    #[display("has logical parent {_0}")]
    HasLogicalParent(Party),
    /// `has N children`: with that parent now, zombies among them.
    #[display("has {}", count_of(*_0))]
    HasChildren(usize),
    /// `created N children`: over its whole life, as far as was seen.
    #[display("created {}", count_of(*_0))]
    Created(usize),
    /// `came by METHOD`.
    #[display("came by {}", _0.into_str())]
    CameBy(StartMethod),
    /// `is recognized as PART`: what it is in its runtime.
    #[display("is recognized as {_0}")]
    IsRecognizedAs(String),
    /// `shares the group of PART`.
    #[display("shares the group of {_0}")]
    SharesGroupOf(String),
    /// `shares the session of PART`.
    #[display("shares the session of {_0}")]
    SharesSessionOf(String),
    /// `refused a child`.
    #[display("refused a child")]
    RefusedAChild,
    /// `caught SIGNAL`: it reported that it did.
    #[display("caught {}", _0.name())]
    Caught(Signal),
    /// `had children that scans missed`: most of them lived between two of them.
    #[display("had children that scans missed")]
    HadMissedChildren,
}

/// A possible parent.
#[derive(Clone, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) enum Party {
    /// One that plays a part.
    #[display("{_0}")]
    Part(String),
    /// The adopter outside of the lab: init, or a subreaper above pexplore.
    #[display("init")]
    Init,
    /// The lab's helper, which is a subreaper.
    #[display("helper")]
    Helper,
}

impl Claim {
    /// Whether it stays true once it is, so that nothing more needs to be waited for.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::HasEnded
                | Self::EndedBy(_)
                | Self::ExitedWith(_)
                | Self::RefusedAChild
                | Self::Caught(_)
        )
    }

    /// The other part that it names, if it names one.
    pub(crate) fn other_part(&self) -> Option<&str> {
        match self {
            Self::HasParent(Party::Part(part))
            | Self::HasLogicalParent(Party::Part(part))
            | Self::SharesGroupOf(part)
            | Self::SharesSessionOf(part) => Some(part),
            _ => None,
        }
    }

    /// Names that part otherwise.
    #[must_use]
    pub(crate) fn naming(&self, name: String) -> Self {
        match self {
            Self::HasParent(Party::Part(_)) => Self::HasParent(Party::Part(name)),
            Self::HasLogicalParent(Party::Part(_)) => Self::HasLogicalParent(Party::Part(name)),
            Self::SharesGroupOf(_) => Self::SharesGroupOf(name),
            Self::SharesSessionOf(_) => Self::SharesSessionOf(name),
            other => other.clone(),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let number = |word: &str| word.parse().ok();
        Some(match words {
            ["lives"] => Self::Lives,
            ["has", "ended"] => Self::HasEnded,
            ["ended", "by", signal] => Self::EndedBy(Signal::of_name(signal)?),
            ["exited", "with", code] => Self::ExitedWith(code.parse().ok()?),
            ["is", "gone"] => Self::IsGone,
            ["is", "recognized", "as", part] => Self::IsRecognizedAs((*part).to_owned()),
            ["is", "a", "zombie"] => Self::Is(State::Zombie),
            ["is", "a" | "an", role] => Self::IsA(role.parse().ok()?),
            ["is", state] => Self::Is(state_of_word(state)?),
            ["has", "parent", party] => Self::HasParent(Party::of_word(party)),
            ["has", "logical", "parent", party] => Self::HasLogicalParent(Party::of_word(party)),
            ["has", count, "child" | "children"] => Self::HasChildren(number(count)?),
            ["created", count, "child" | "children"] => Self::Created(number(count)?),
            ["came", "by", method] => Self::CameBy(method.parse().ok()?),
            ["shares", "the", "group", "of", part] => Self::SharesGroupOf((*part).to_owned()),
            ["shares", "the", "session", "of", part] => Self::SharesSessionOf((*part).to_owned()),
            ["refused", "a", "child"] => Self::RefusedAChild,
            ["had", "children", "that", "scans", "missed"] => Self::HadMissedChildren,
            ["caught", signal] => Self::Caught(Signal::of_name(signal)?),
            _ => return None,
        })
    }
}

/// The states that a scenario can name, with their words.
const STATES: [(State, &str); 3] =
    [(State::Running, "running"), (State::Sleeping, "sleeping"), (State::Stopped, "stopped")];

fn state_of_word(word: &str) -> Option<State> {
    STATES.iter().find(|(_, own)| *own == word).map(|(state, _)| *state)
}

impl Party {
    fn of_word(word: &str) -> Self {
        match word {
            "init" => Self::Init,
            "helper" => Self::Helper,
            part => Self::Part(part.to_owned()),
        }
    }
}

/// The claims, for the sentence that rejects anything else.
const CLAIMS: &str = "lives, has ended, is gone, ended by SIGNAL, exited with CODE, is a ROLE, is a zombie, is STATE, \
    has parent PART, has logical parent PART, has N children, created N children, came by METHOD, \
    is recognized as WORD, shares the group of PART, shares the session of PART, refused a child, \
    caught SIGNAL, had children that scans missed";

/// A text that is no fact.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is no fact; a fact is a part and one of: {CLAIMS}")]
pub(crate) struct NoFact(String);

impl FromStr for Fact {
    type Err = NoFact;

    fn from_str(text: &str) -> Result<Self, NoFact> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let claim = words.split_first().and_then(|(part, words)| {
            let claim = Claim::parse(words)?;
            Some(Self { part: (*part).to_owned(), claim })
        });
        claim.ok_or_else(|| NoFact(text.to_owned()))
    }
}

fn word_of(state: State) -> &'static str {
    if state == State::Zombie { "a zombie" } else { state.into_str() }
}

fn count_of(children: usize) -> String {
    count(children, "child", "children")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_read_back_from_its_sentence() {
        for sentence in [
            "child lives",
            "child has ended",
            "child is gone",
            "child ended by SIGKILL",
            "child exited with 3",
            "child is an orphan",
            "child is a daemon",
            "child is a zombie",
            "child is stopped",
            "child has parent init",
            "child has parent helper",
            "child has logical parent main",
            "main has 2 children",
            "burst created 20 children",
            "child came by forkserver",
            "child is recognized as pool-worker",
            "child shares the group of other",
            "child shares the session of other",
            "child refused a child",
            "tidy caught SIGTERM",
            "burst had children that scans missed",
        ] {
            let fact: Fact = sentence.parse().unwrap();
            assert_eq!(fact.to_string(), sentence);
        }
    }

    #[test]
    fn what_is_no_fact_is_rejected() {
        for wrong in
            ["", "child", "child is", "child is a dragon", "child ended by SIGDRAGON", "x y z"]
        {
            let error = wrong.parse::<Fact>().unwrap_err().to_string();
            assert!(error.contains("is no fact; a fact is a part and one of: lives"), "{error}");
        }
    }
}
