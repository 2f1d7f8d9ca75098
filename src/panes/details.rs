//! The details of the selected process: their text, wrapped, and how far it is scrolled.

pub(crate) mod draw;

use crate::describe::process::{children, program, properties, state};
use crate::describe::{outcome, story};
use crate::keymap::Motion;
use crate::layout::DetailsShown;
use crate::record::ProcessId;
use crate::record::time::time_to_the_second;
use crate::roles::Subject;
use crate::sent_signals::{Kept, SentSignals, Stage};
use crate::text::wrap;
use crate::verdict::Role;
use crate::world::{Comparison, World};

/// The pane, and how it is looked at.
#[derive(Debug, Default)]
pub(crate) struct DetailsPane {
    pub(crate) shown: DetailsShown,
    /// The first line on screen.
    pub(crate) scroll: usize,
}

impl DetailsPane {
    /// Scrolls, never so far that nothing is left to read.
    pub(crate) fn on_motion(&mut self, motion: Motion, lines: usize, page: usize) {
        self.scroll = motion.from(self.scroll, page).min(lines.saturating_sub(page));
    }
}

/// One line of the details.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DetailLine {
    /// The label of the line; empty where it goes on from the one before.
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// The role to color it by, for the line that names it.
    pub(crate) role: Option<Role>,
    /// How it stands to what was predicted, where it tells that.
    pub(crate) comparison: Option<Comparison>,
}

/// So many children are listed.
const MOST_CHILDREN: usize = 40;
/// So many differences are listed.
const MOST_LISTED: usize = 8;
/// Columns that the labels take.
pub(crate) const LABEL_WIDTH: usize = 11;

/// The details of a process, wrapped to a pane of that width.
pub(crate) fn lines(
    world: &World,
    signals: &SentSignals,
    selected: Option<ProcessId>,
    width: u16,
) -> Vec<DetailLine> {
    let text_width = usize::from(width).saturating_sub(LABEL_WIDTH + 3);
    let Some(subject) = selected.and_then(|key| world.subject(key)) else { return Vec::new() };
    let mut lines = Vec::new();
    for Field { label, text, role, comparison } in facts_of(signals, subject) {
        for (index, part) in wrap(&text, text_width).into_iter().enumerate() {
            lines.push(DetailLine {
                label: if index == 0 { label } else { "" },
                text: part,
                role: role.filter(|_| index == 0),
                comparison,
            });
        }
    }
    lines
}

/// A fact before it is wrapped.
struct Field {
    label: &'static str,
    text: String,
    role: Option<Role>,
    comparison: Option<Comparison>,
}

type Fields = Vec<Field>;

fn facts_of(signals: &SentSignals, subject: Subject<'_>) -> Fields {
    let process = subject.process();
    let verdict = &process.verdict;
    let mut fields = Fields::new();
    let mut add =
        |label, text, comparison| fields.push(Field { label, text, role: None, comparison });
    for (label, text, comparison) in
        signals.get(process.id()).into_iter().flat_map(|kept| came_of(subject.world(), kept))
    {
        add(label, text, comparison);
    }
    let mut add = |label, text: String| add(label, text, None);
    for (label, text) in program(subject) {
        add(label, text);
    }
    add("origin", story::origin(subject).unwrap_or_else(|| "not known".to_owned()));
    for (index, evidence) in verdict.evidence.iter().enumerate() {
        add(if index == 0 { "because" } else { "" }, evidence.to_string());
    }
    if let Some(known) = &process.recognition {
        add("runtime", format!("{} of a {} family", known.part, known.runtime));
    }
    for (label, text) in properties(subject) {
        add(label, text);
    }
    let mut children = children(subject);
    let hidden = children.len().saturating_sub(MOST_CHILDREN);
    children.truncate(MOST_CHILDREN);
    children.extend((hidden > 0).then(|| format!("and {hidden} more")));
    for (index, text) in children.into_iter().enumerate() {
        add(if index == 0 { "children" } else { "" }, text);
    }
    let headline = format!("{}, {}", verdict.role.into_str(), verdict.confidence.into_str());
    let role = Some(verdict.role);
    fields.insert(0, Field { label: "role", text: headline, role, comparison: None });
    if process.ended.is_some() {
        // How it ended counts most, and there may be room for little.
        let state = Field { label: "state", text: state(process), role: None, comparison: None };
        fields.insert(0, state);
    }
    fields
}

type Line = (&'static str, String, Option<Comparison>);

/// The prediction for the last signal to it, and its outcome: the weightiest first.
fn came_of(world: &World, kept: &Kept) -> Vec<Line> {
    let forecast = &kept.forecast;
    let sent = time_to_the_second(forecast.since, world.host());
    let predicted = kept.sentences.join(" ");
    let predicted = format!("{} at {sent}: {predicted}", forecast.signal.name());
    if kept.stage != Stage::Compared {
        let waits = "What happens in the two seconds after it is held against that.".to_owned();
        return vec![("predicted", predicted, None), ("", waits, None)];
    }
    let mut lines = one_by_one(world, kept, "mismatch", Comparison::Mismatch);
    let own = kept.verdicts.iter().filter(|verdict| {
        verdict.id == forecast.target
            && matches!(verdict.comparison, Comparison::Matched | Comparison::Pending)
    });
    let own = own.map(|verdict| outcome::with_name(world, verdict));
    let kept_to = own.chain(outcome::others(world, forecast, &kept.verdicts));
    let kept_to = kept_to.collect::<Vec<_>>().join(" · ");
    if !kept_to.is_empty() {
        let is_open = kept.verdicts.iter().any(|verdict| verdict.comparison == Comparison::Pending);
        let label = if is_open { "so far" } else { "came true" };
        lines.push((label, kept_to, Some(Comparison::Matched)));
    }
    lines.extend(one_by_one(world, kept, "besides", Comparison::Unrelated));
    lines.push(("predicted", predicted, None));
    lines
}

/// The first verdicts that compare so, a line each.
fn one_by_one(
    world: &World,
    kept: &Kept,
    label: &'static str,
    comparison: Comparison,
) -> Vec<Line> {
    let such = || kept.verdicts.iter().filter(|verdict| verdict.comparison == comparison);
    let listed = such().take(MOST_LISTED).map(|verdict| outcome::with_name(world, verdict));
    let hidden = such().count().saturating_sub(MOST_LISTED);
    let more = (hidden > 0).then(|| format!("and {hidden} more"));
    let lines = listed.chain(more).enumerate();
    lines
        .map(|(index, text)| (if index == 0 { label } else { "" }, text, Some(comparison)))
        .collect()
}
