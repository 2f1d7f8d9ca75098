//! Takes facts in, and asks for those that are still wanted.

use crate::app::dialog::Dialog;
use crate::app::input::Effect;
use crate::app::update::masks_of;
use crate::app::{App, Request};
use crate::forecast::whose_masks;
use crate::record::{BootTime, EventSource, Observation, ProcessKey, Record};

/// How many processes are asked about at once: small enough that rows which come on screen do
/// not wait for long.
const FACTS_BATCH: usize = 256;

/// How long a message is shown: long enough to be read, short enough to give the keys their line
/// back.
const SHOWN_NANOS: u64 = 6_000_000_000;

/// What has to follow from a fact.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    is_scan: bool,
    changes_rows: bool,
    /// Events come from somewhere else now.
    has_new_source: bool,
}

impl App {
    pub(super) fn on_record(&mut self, record: Record) -> Vec<Effect> {
        if self.is_paused {
            self.hold(record);
            return Vec::new();
        }
        let news = self.absorb(record);
        self.follow_up(news)
    }

    /// Folds a fact in; what has to follow from it.
    fn absorb(&mut self, record: Record) -> News {
        match record.observation {
            Observation::Facts(_) => self.facts = Request::Idle,
            Observation::Stats(_) => self.stats = Request::Idle,
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
            Observation::Facts(_) => !self.filter.is_empty(),
            _ => false,
        };
        if is_scan {
            self.repair = Request::Idle;
        }
        let has_new_source = matches!(record.observation, Observation::EventSource(..));
        if let (Observation::Scan(scan), Some(guide)) = (&record.observation, &mut self.guide) {
            guide.play.note_scan(scan);
        }
        self.world.apply(record);
        News { is_scan, changes_rows, has_new_source }
    }

    fn follow_up(&mut self, news: News) -> Vec<Effect> {
        self.correct_keys();
        if news.changes_rows {
            self.renew_rows();
        }
        self.compare_forecasts();
        self.age_message();
        self.renew_masks();
        if let Some(squeeze) = self.world.take_squeeze() {
            self.say(squeeze);
        }
        let mut effects = self.look_at_play();
        if news.is_scan {
            effects.extend(self.wanted_details());
            effects.extend(self.wanted_masks());
        }
        // What the first scan found is held at once, not from the second on.
        if news.is_scan || news.has_new_source {
            effects.extend(self.wanted_watches());
        }
        if self.world.wants_repair() && self.repair == Request::Idle {
            self.repair = Request::Asked;
            effects.push(Effect::RefreshNow);
        }
        effects.extend(self.wanted_stats());
        effects.extend(self.wanted_facts());
        effects
    }

    fn renew_rows(&mut self) {
        let was_empty = self.rows.is_empty();
        let world = &self.world;
        self.folds.forget_all_but(|key| world.get(key).is_some());
        let before = self.cursor.key;
        self.rebuild_rows();
        self.tell_of_move(before);
        self.go_to_expected();
        if was_empty && !self.needle.is_empty() {
            self.search_from(self.cursor.key);
        }
    }

    /// While the picture is held still, what happens waits.
    fn hold(&mut self, record: Record) {
        if matches!(record.observation, Observation::Scan(_)) {
            // A newer one follows when it goes on.
            return;
        }
        self.held.add(record, self.world.memory_limit().on_the_way());
    }

    /// The picture goes on: what waited is taken in.
    pub(super) fn take_held(&mut self) -> Vec<Effect> {
        let mut all = News::default();
        for record in self.held.take() {
            let news = self.absorb(record);
            all.is_scan |= news.is_scan;
            all.changes_rows |= news.changes_rows;
            all.has_new_source |= news.has_new_source;
        }
        self.follow_up(all)
    }

    /// A scan found the exact birth of a process that an event had told of.
    fn correct_keys(&mut self) {
        for (old, new) in self.world.take_corrected_keys() {
            let correct = |key: &mut ProcessKey| {
                if *key == old {
                    *key = new;
                }
            };
            self.cursor.correct(old, new);
            self.folds.correct(old, new);
            self.correct_bottom(old, new);
            if let Some(Dialog::Signal(dialog)) = &mut self.dialog {
                correct(&mut dialog.target);
            }
            if let Some(Dialog::TestProcess(dialog)) = &mut self.dialog {
                dialog.parent.iter_mut().for_each(|(key, _)| correct(key));
            }
            self.sent_signals.correct(old, new);
            self.expected.iter_mut().chain(&mut self.kill_offer).for_each(correct);
        }
    }

    /// A message is shown for some seconds from the first record after it.
    fn age_message(&mut self) {
        let now = self.world.now();
        if let Some(message) = &mut self.message {
            let until = *message.until.get_or_insert(BootTime(now.0 + SHOWN_NANOS));
            self.message.take_if(|_| until <= now);
        }
    }

    /// Selects the process that was started here, or named when the program started.
    fn go_to_expected(&mut self) {
        let Some(expected) = self.expected else { return };
        if self.world.get(expected).is_some() {
            self.expected = None;
            self.reveal(expected);
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
        let key = match &self.dialog {
            Some(Dialog::Signal(dialog)) => dialog.target,
            _ if self.shows_details() => self.cursor.key?,
            _ => return None,
        };
        self.world.get(key).filter(|process| process.ended.is_none())?;
        Some(Effect::ReadDetails(key))
    }

    /// What others than the target do with signals, as far as the open dialog foretells it.
    pub(super) fn wanted_masks(&self) -> Option<Effect> {
        let Some(Dialog::Signal(dialog)) = &self.dialog else { return None };
        let keys = whose_masks(&self.world, dialog.target, dialog.scope);
        (!keys.is_empty()).then_some(Effect::ReadMasks(keys))
    }

    fn wanted_stats(&mut self) -> Option<Effect> {
        if self.stats == Request::Asked {
            return None;
        }
        let pids = self.world.take_wanted_stats(FACTS_BATCH);
        if pids.is_empty() {
            return None;
        }
        self.stats = Request::Asked;
        Some(Effect::ReadStats(pids))
    }

    fn wanted_facts(&mut self) -> Option<Effect> {
        if self.facts == Request::Asked {
            return None;
        }
        let on_screen: Vec<ProcessKey> = self.on_screen().collect();
        let keys = self.world.take_wanted_facts(&on_screen, FACTS_BATCH);
        if keys.is_empty() {
            return None;
        }
        self.facts = Request::Asked;
        Some(Effect::ReadFacts(keys))
    }

    fn on_screen(&self) -> impl Iterator<Item = ProcessKey> {
        self.rows.iter().skip(self.cursor.top).take(self.page()).map(|row| row.key)
    }

    /// Where ends are told by holding on to each process, the most interesting are held first:
    /// the selected one, the lab's, those on screen.
    fn wanted_watches(&self) -> Option<Effect> {
        if self.world.event_source() != EventSource::Pidfd || !self.world.is_scanned() {
            return None;
        }
        let is_test_process = |key: &ProcessKey| {
            self.world.get(*key).is_some_and(|process| process.test_process.is_some())
        };
        let all = || self.rows.iter().map(|row| row.key);
        let first = self.cursor.key.into_iter().chain(all().filter(is_test_process));
        Some(Effect::Watch(first.chain(self.on_screen()).chain(all()).collect()))
    }
}
