//! The result of a signal, as the status line shows it.

use crate::world::Comparison;
use std::time::Duration;

use crate::app::input::{Effect, SignalOrder, SignalResult};
use crate::app::message::{About, Message};
use crate::app::{App, Tail};
use crate::forecast::preview::refusal;
use crate::forecast::{Delay, Forecast, Prediction, Scope, forecast};
use crate::keymap::GlobalCommand;
use crate::record::Signal;
use crate::sent_signals::MAY_BE_LEFT;
use crate::text::units::{count, duration};
use crate::text::visible;

impl App {
    /// Compares what happened with the forecasts, and says what is new of it, unless something
    /// else was said since.
    pub(super) fn compare_signals(&mut self) {
        for number in self.signals.compare(&mut self.world) {
            if self.message.as_ref().is_none_or(|message| message.is_about(number)) {
                self.say_comparison(number);
            }
        }
    }

    /// Says what came of a signal, in one line.
    fn say_comparison(&mut self, number: u64) {
        let Some(line) = self.signals.line(&self.world, number) else { return };
        let is_mismatch = self.signals.comparison(number) == Some(Comparison::Mismatch);
        self.show(line, is_mismatch);
        if let Some(message) = &mut self.message {
            message.about = Some(About::Result(number));
            message.tail = Tail::Log;
        }
    }

    /// How many got a subtree's signal, if that is what is on the status line: what came of its
    /// root is added to it.
    fn what_was_sent(&self, order: &SignalOrder) -> String {
        let is_it = |message: &&Message| message.about == Some(About::Sent(order.number));
        let message = self.message.as_ref().filter(|_| order.scope == Scope::Subtree);
        let message = message.filter(is_it);
        message.map_or_else(String::new, |message| format!("{}; ", message.text))
    }

    pub(super) fn on_signal_result(
        &mut self,
        order: &SignalOrder,
        result: SignalResult,
    ) -> Vec<Effect> {
        let who = format!("{} {}", visible(&order.name), order.target.pid);
        let signal = order.signal.name();
        match &result {
            SignalResult::Sent { at, masks, not_permitted, processes, is_complete, .. } => {
                self.signals.on_sent(&self.world, order.number, *at, masks, not_permitted);
                if !is_complete {
                    self.signals.note_incomplete(order.number);
                }
                if *processes == 0 {
                    self.signals.forget(order.number);
                }
            }
            SignalResult::Watched | SignalResult::Ended(_) | SignalResult::StillAlive(_) => {}
            _ => self.signals.forget(order.number),
        }
        let is_sent = matches!(result, SignalResult::Sent { .. });
        match result {
            SignalResult::Sent { .. } => self.say(sent(order, &who, &result)),
            // The scan that follows tells what to compare.
            SignalResult::Watched => return vec![Effect::RefreshNow],
            // The comparison says so, and more.
            SignalResult::Ended(_) if self.signals.is_compared(order.number) => {
                self.say_comparison(order.number);
            }
            SignalResult::Ended(after) => {
                let before = self.what_was_sent(order);
                let after = duration(after.as_secs_f64());
                self.say(format!("{before}{who} ended {after} after {signal}"));
            }
            SignalResult::StillAlive(after) => self.say_still_alive(order, &who, after),
            SignalResult::AlreadyGone => self.say(format!("{who} had already ended")),
            SignalResult::NotPermitted => {
                let target = self.world.resolve(order.target);
                let refusal = refusal(&self.world, target);
                self.say_error(format!("{signal} to {who}: {refusal}"));
            }
            SignalResult::PidReused => self.say_error(format!(
                "{who} has ended, and its pid is another process's now; nothing was sent"
            )),
            SignalResult::Failed(why) => self.say_error(format!("{signal} to {who}: {why}")),
        }
        if let Some(message) = &mut self.message {
            let about = if is_sent { About::Sent } else { About::Result };
            message.about = Some(about(order.number));
        }
        vec![Effect::RefreshNow]
    }

    /// How KILL would come through to that target; `None` if the kernel would drop it.
    fn kill_comes(&self, order: &SignalOrder) -> Option<&'static str> {
        let masks = self.signals.masks(order.number);
        let target = self.world.resolve(order.target)?;
        let kill = forecast(&self.world, target, Signal::KILL, Scope::Process, masks);
        let kill = kill.as_ref().and_then(Forecast::of_target);
        match kill.map(|kill| (kill.prediction, kill.delay(Signal::KILL))) {
            Some((Prediction::Dropped(_), _)) => None,
            Some((_, Some(Delay::Frozen))) => Some(", which waits for the thaw as well"),
            Some((_, Some(_))) => Some(", which may wait for the end of its sleep (D) as well"),
            _ => Some(""),
        }
    }

    /// Offers KILL for a target that outlived TERM; a forecast that differed stays on the status
    /// line.
    fn say_still_alive(&mut self, order: &SignalOrder, who: &str, after: Duration) {
        let (after, signal) = (duration(after.as_secs_f64()), order.signal.name());
        if order.signal != Signal::TERM {
            if !self.signals.is_compared(order.number) {
                self.say(format!("{who} is still alive {after} after {signal}"));
            }
            return;
        }
        let alive = format!("{who} is still alive {after} after SIGTERM");
        let Some(late) = self.kill_comes(order) else {
            self.say_error(alive);
            return;
        };
        self.signals.kill_offer = self.world.resolve(order.target);
        let is_mismatch = self.signals.comparison(order.number) == Some(Comparison::Mismatch);
        match &mut self.message {
            Some(message) if is_mismatch && message.is_about(order.number) => {
                message.tail = Tail::Kill;
            }
            _ => {
                let signal = self.key(GlobalCommand::Signal);
                self.say_error(format!("{alive}: {signal} offers KILL{late}"));
            }
        }
    }
}

fn sent(order: &SignalOrder, who: &str, result: &SignalResult) -> String {
    let SignalResult::Sent { processes, gone, not_permitted, left_out, is_complete, .. } = result
    else {
        return String::new();
    };
    let signal = order.signal.name();
    if order.scope == Scope::Process {
        return format!("{signal} was sent to {who}");
    }
    let mut parts =
        vec![format!("{signal} was sent to {}", count(*processes, "process", "processes"))];
    parts.extend((*gone > 0).then(|| format!("{gone} had ended")));
    parts.extend(
        (!not_permitted.is_empty()).then(|| format!("{} not permitted", not_permitted.len())),
    );
    if !left_out.is_empty() {
        let pids: Vec<String> = left_out.iter().map(u32::to_string).collect();
        parts.push(format!("left out: {}", pids.join(" ")));
    }
    parts.extend((!is_complete).then(|| MAY_BE_LEFT.to_owned()));
    parts.join(", ")
}
