//! Takes facts in, and asks for those that are still wanted.

use std::time::Duration;

use crate::app::App;
use crate::app::held::Held;
use crate::app::input::Effect;
use crate::dialogs::Dialog;
use crate::forecast::{Masks, whose_masks};
use crate::record::{BootTime, Details, EventSource, Observation, ProcessId, Record};
use crate::trouble::troubles;
use crate::world::{Process, World};

/// How many processes are asked about at once: small enough that rows which come on screen do
/// not wait for long.
const FACTS_BATCH: usize = 256;

/// How long a message is shown: long enough to be read, short enough to give the keys their line
/// back.
const SHOWN_NANOS: u64 = 6_000_000_000;

/// Who uses less of a CPU than that, in percent, is not worth naming.
const LEAST_BUSY: f32 = 5.0;

/// How facts are asked for and come in.
#[derive(Debug)]
pub(crate) struct Intake {
    /// How often facts are refreshed.
    pub(crate) interval: Duration,
    /// Nothing is taken in until the user resumes.
    pub(crate) is_paused: bool,
    /// Deeper facts, one batch at a time.
    facts: Request,
    /// The stat of single processes, one batch at a time.
    stats: Request,
    /// A scan that repairs a loss.
    repair: Request,
    pub(crate) glance: Glance,
    /// Records that came during a pause.
    held: Held,
}

/// What the header says at a glance, as of the last scan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Glance {
    /// How much goes wrong.
    pub(crate) n_troubles: usize,
    /// The process that uses most CPU.
    pub(crate) busiest: Option<ProcessId>,
}

impl Glance {
    fn of(world: &World) -> Self {
        let used = |process: &Process| process.cpu_percent.unwrap_or(0.0);
        let busy = world.processes().filter(|it| it.ended.is_none() && used(it) >= LEAST_BUSY);
        let busiest = busy.max_by(|a, b| used(a).total_cmp(&used(b)));
        Self { n_troubles: troubles(world).len(), busiest: busiest.map(Process::id) }
    }
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Request {
    #[default]
    Idle,
    Asked,
}

impl Intake {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            is_paused: false,
            facts: Request::default(),
            stats: Request::default(),
            repair: Request::default(),
            glance: Glance::default(),
            held: Held::default(),
        }
    }
}

/// The consequences of a record.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    is_scan: bool,
    changes_rows: bool,
    /// Events come from somewhere else now.
    has_new_source: bool,
}

impl App {
    pub(super) fn on_record(&mut self, record: Record) -> Vec<Effect> {
        if self.intake.is_paused {
            self.hold(record);
            return Vec::new();
        }
        let news = self.absorb(record);
        self.follow_up(news)
    }

    /// Folds a fact in; what has to follow from it.
    fn absorb(&mut self, record: Record) -> News {
        match record.observation {
            Observation::Facts(_) => self.intake.facts = Request::Idle,
            Observation::Stats(_) => self.intake.stats = Request::Idle,
            _ => {}
        }
        if let Observation::EventSource(source, reason) = &record.observation
            && *source != EventSource::Connector
        {
            self.say(format!("events by {}: {reason}", source.means()));
        }
        let is_scan = matches!(record.observation, Observation::Scan(_));
        let changes_rows = match record.observation {
            Observation::Scan(_) | Observation::Stats(_) | Observation::Events(_) => true,
            Observation::Facts(_) => !self.tree.shown.filter.is_empty(),
            _ => false,
        };
        if is_scan {
            self.intake.repair = Request::Idle;
        }
        let has_new_source = matches!(record.observation, Observation::EventSource(..));
        if let (Observation::Scan(scan), Some(scenario)) = (&record.observation, &mut self.scenario)
        {
            scenario.play.note_scan(scan);
        }
        self.world.apply(record);
        News { is_scan, changes_rows, has_new_source }
    }

    fn follow_up(&mut self, news: News) -> Vec<Effect> {
        if news.changes_rows {
            self.renew_rows();
        }
        self.compare_signals();
        self.age_message();
        self.renew_masks();
        if let Some(living) = self.world.squeezed_by() {
            let megabytes = self.world.memory_limit().bytes() / 1_000_000;
            self.say(format!(
                "{living} processes live: {megabytes} MB leave little room for what is over"
            ));
        }
        let mut effects = self.update_scenario();
        if news.is_scan {
            self.intake.glance = Glance::of(&self.world);
            effects.extend(self.wanted_details());
            effects.extend(self.wanted_masks());
        }
        // A paused screen holds what the first scan found, not only later scans.
        if news.is_scan || news.has_new_source {
            effects.extend(self.wanted_watches());
        }
        if self.world.wants_repair() && self.intake.repair == Request::Idle {
            self.intake.repair = Request::Asked;
            effects.push(Effect::RefreshNow);
        }
        effects.extend(self.wanted_stats());
        effects.extend(self.wanted_facts());
        effects
    }

    fn renew_rows(&mut self) {
        let was_empty = self.tree.rows.is_empty();
        let world = &self.world;
        self.tree.folds.forget_all_but(|key| world.get(key).is_some());
        let before = self.selected();
        self.rebuild_rows();
        if self.tree.rows.is_empty() && self.tree.shown.filter.is_empty() {
            // Nobody is left of the only family that was shown.
            self.show_all();
        }
        self.say_move(before);
        self.go_to_expected();
        if was_empty && !self.tree.needle.is_empty() {
            let page = self.page();
            self.tree.search_from(self.selected(), &self.world, page);
        }
    }

    /// While the picture is held still, what happens waits.
    fn hold(&mut self, record: Record) {
        if matches!(record.observation, Observation::Scan(_)) {
            // A newer one follows when it goes on.
            return;
        }
        self.intake.held.add(record, self.world.memory_limit().on_the_way());
    }

    /// The picture goes on: what waited is taken in.
    pub(super) fn on_resume(&mut self) -> Vec<Effect> {
        let mut all = News::default();
        for record in self.intake.held.take() {
            let news = self.absorb(record);
            all.is_scan |= news.is_scan;
            all.changes_rows |= news.changes_rows;
            all.has_new_source |= news.has_new_source;
        }
        self.follow_up(all)
    }

    /// A message is shown for some seconds from the first record after it.
    fn age_message(&mut self) {
        let now = self.world.now();
        if let Some(message) = &mut self.message {
            let until = *message.until.get_or_insert(BootTime(now.0 + SHOWN_NANOS));
            self.message.take_if(|_| until <= now);
        }
    }

    /// The signal dialog needs its target's masks, which come with the details.
    fn renew_masks(&mut self) {
        if let Some(Dialog::Signal(dialog)) = &mut self.dialog
            && let Some(details) = self.world.details(dialog.target)
        {
            dialog.masks = masks_of(details);
        }
    }

    pub(super) fn wanted_details(&self) -> Option<Effect> {
        let id = match &self.dialog {
            Some(Dialog::Signal(dialog)) => dialog.target,
            _ if self.shows_details() => self.selected()?,
            _ => return None,
        };
        let process = self.world.get(id).filter(|process| process.ended.is_none())?;
        Some(Effect::ReadDetails(process.key()))
    }

    /// Asks for the dispositions of the others that the open dialog's forecast depends on.
    pub(super) fn wanted_masks(&self) -> Option<Effect> {
        let Some(Dialog::Signal(dialog)) = &self.dialog else { return None };
        let wanted = whose_masks(&self.world, dialog.target, dialog.scope).into_iter();
        let keys: Vec<_> = wanted.filter_map(|id| self.world.key(id)).collect();
        (!keys.is_empty()).then_some(Effect::ReadMasks(keys))
    }

    fn wanted_stats(&mut self) -> Option<Effect> {
        if self.intake.stats == Request::Asked {
            return None;
        }
        let pids = self.world.take_wanted_stats(FACTS_BATCH);
        if pids.is_empty() {
            return None;
        }
        self.intake.stats = Request::Asked;
        Some(Effect::ReadStats(pids))
    }

    fn wanted_facts(&mut self) -> Option<Effect> {
        if self.intake.facts == Request::Asked {
            return None;
        }
        let on_screen: Vec<ProcessId> = self.tree.on_screen(self.page()).collect();
        let keys = self.world.take_wanted_facts(&on_screen, FACTS_BATCH);
        if keys.is_empty() {
            return None;
        }
        self.intake.facts = Request::Asked;
        Some(Effect::ReadFacts(keys))
    }

    /// Where ends are reported by holding on to each process, the most interesting are held first:
    /// the selected one, the lab's, those on screen.
    fn wanted_watches(&self) -> Option<Effect> {
        if self.world.event_source() != EventSource::Pidfd || !self.world.is_scanned() {
            return None;
        }
        let is_test_process = |key: &ProcessId| {
            self.world.get(*key).is_some_and(|process| process.test_process.is_some())
        };
        let all = || self.tree.rows.iter().filter_map(|row| row.id.process());
        let first = self.selected().into_iter().chain(all().filter(is_test_process));
        let on_screen = self.tree.on_screen(self.page());
        let ids = first.chain(on_screen).chain(all());
        Some(Effect::Watch(ids.filter_map(|id| self.world.key(id)).collect()))
    }
}

pub(super) fn masks_of(details: &Details) -> Masks {
    details.signals.map_or(Masks::Unknown, Masks::Known)
}
