//! Dialogs that act, and what their acts came to.

use std::time::Duration;

use crate::app::dialog::{Dialog, ListInput, SignalDialog};
use crate::app::input::{Effect, Outcome, SignalOrder, SignalResult};
use crate::app::sent_signals::MAY_BE_LEFT;
use crate::app::test_process::NumberEdit;
use crate::app::{App, Tail, help};
use crate::forecast::preview::{Scope, preview, refusal};
use crate::forecast::{Comparison, Delay, Forecast, Prediction, forecast};
use crate::keymap::{Command, GlobalCommand, Motion};
use crate::panes::tree::rows::SiblingOrder;
use crate::record::Signal;
use crate::text::units::{count, duration};
use crate::text::visible;

impl App {
    /// Runs a command in an open dialog.
    pub(super) fn on_dialog(&mut self, dialog: Dialog, command: Command) -> Vec<Effect> {
        let dialog = match (dialog, command) {
            (Dialog::Prompt(prompt), command) => return self.on_prompt(prompt, command),
            (Dialog::TestProcess(dialog), Command::Number(command)) => {
                self.dialog = Some(Dialog::TestProcess(dialog.edited(NumberEdit::from(command))));
                return Vec::new();
            }
            (Dialog::TestProcess(dialog), Command::Digit(digit)) => {
                self.dialog = Some(Dialog::TestProcess(dialog.edited(NumberEdit::Digit(digit))));
                return Vec::new();
            }
            (dialog, _) => dialog,
        };
        match dialog.list_input(command) {
            None => self.dialog = Some(dialog),
            Some(ListInput::Cancel) => {}
            Some(input) => return self.on_list(dialog, input),
        }
        Vec::new()
    }

    fn on_list(&mut self, dialog: Dialog, input: ListInput) -> Vec<Effect> {
        match dialog {
            Dialog::Help { scroll } => {
                if let ListInput::Move(motion) = input {
                    let scroll = self.help_scrolled(scroll, motion);
                    self.dialog = Some(Dialog::Help { scroll });
                }
                Vec::new()
            }
            Dialog::Signal(dialog) => self.on_signal_dialog(dialog, input),
            Dialog::TestProcess(dialog) => self.on_test_process(dialog, input),
            Dialog::Lab(menu) => self.on_lab_menu(menu, input),
            Dialog::Sort { choice } => {
                let count = SiblingOrder::ALL.len();
                let choice = match input {
                    ListInput::Confirm => {
                        self.order = Dialog::order(choice);
                        self.rebuild_rows();
                        return Vec::new();
                    }
                    ListInput::Cancel => return Vec::new(),
                    ListInput::Move(motion) => motion.choose(choice, count),
                    ListInput::Again => Motion::Down.choose(choice, count),
                };
                self.dialog = Some(Dialog::Sort { choice });
                Vec::new()
            }
            Dialog::Prompt(_) => Vec::new(),
        }
    }

    /// Where the help is scrolled to, never past its last line.
    fn help_scrolled(&self, scroll: usize, motion: Motion) -> usize {
        let area = help::area(self.size);
        let page = usize::from(area.height).max(1);
        let last = help::lines(self, usize::from(area.width)).len().saturating_sub(page);
        motion.from(scroll, page).min(last)
    }

    fn on_signal_dialog(&mut self, mut dialog: SignalDialog, input: ListInput) -> Vec<Effect> {
        match input {
            ListInput::Cancel => return Vec::new(),
            ListInput::Confirm => {}
            ListInput::Move(motion) => {
                dialog.choice = motion.choose(dialog.choice, Signal::all().len());
                dialog.is_confirming = false;
                self.dialog = Some(Dialog::Signal(dialog));
                return Vec::new();
            }
            ListInput::Again => {
                self.dialog = Some(Dialog::Signal(dialog));
                return Vec::new();
            }
        }
        let signal = dialog.signal();
        let told = preview(&self.world, dialog.target, signal, dialog.scope, dialog.masks);
        if told.needs_second_confirmation && !dialog.is_confirming {
            dialog.is_confirming = true;
            self.dialog = Some(Dialog::Signal(dialog));
            return Vec::new();
        }
        self.kill_offer.take_if(|offer| *offer == dialog.target);
        let SignalDialog { target, name, scope, masks, .. } = dialog;
        let number = self.keep_forecast(forecast(&self.world, target, signal, scope, masks));
        vec![Effect::Signal(SignalOrder { number, target, name, signal, scope })]
    }

    pub(super) fn on_outcome(&mut self, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Signal(order, result) => self.take_signal_result(&order, result),
            Outcome::LabOpened(key) => {
                self.expected = Some(key);
                let start = self.key(GlobalCommand::TestProcess);
                self.say(format!("the lab's main is {}; {start} starts test processes", key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::TestProcessStarted(kind, key) => {
                self.expected = Some(key);
                self.say(format!("started a test child: {} {}", kind.row().name, key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::ProgramStarted(program, key) => {
                self.expected = Some(key);
                self.say(format!("started {}.py: {}", program.name, key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::TestProcessAdded(kind, key) => {
                self.say(format!("started a test child: {} {}", kind.row().name, key.pid));
                vec![Effect::RefreshNow]
            }
            Outcome::Said(sentence) => {
                self.say(visible(&sentence).into_owned());
                Vec::new()
            }
            Outcome::Stage(run, news) => self.take_stage_news(run, news),
            Outcome::Scenarios { found, has_python } => {
                self.on_scenarios(found, has_python);
                Vec::new()
            }
            Outcome::Failed(sentence) => {
                self.say_error(sentence);
                Vec::new()
            }
        }
    }

    /// How many got a subtree's signal, if that is what is on the status line: what came of its
    /// root is added to it.
    fn what_was_sent(&self, order: &SignalOrder) -> String {
        let sent = format!("{} was sent to ", order.signal.name());
        let message = self.message.as_ref().filter(|_| order.scope == Scope::Subtree);
        let message = message.filter(|message| message.text.starts_with(&sent));
        message.map_or_else(String::new, |message| format!("{}; ", message.text))
    }

    fn take_signal_result(&mut self, order: &SignalOrder, result: SignalResult) -> Vec<Effect> {
        let who = format!("{} {}", visible(&order.name), order.target.pid);
        let signal = order.signal.name();
        match &result {
            SignalResult::Sent { at, masks, not_permitted, processes, is_complete, .. } => {
                self.watch_forecast(order.number, *at, masks, not_permitted);
                if !is_complete {
                    self.sent_signals.note_incomplete(order.number);
                }
                if *processes == 0 {
                    self.sent_signals.forget(order.number);
                }
            }
            SignalResult::Watched | SignalResult::Ended(_) | SignalResult::StillAlive(_) => {}
            _ => self.sent_signals.forget(order.number),
        }
        match result {
            SignalResult::Sent { .. } => self.say(sent(order, &who, &result)),
            // The scan that follows tells what to compare.
            SignalResult::Watched => return vec![Effect::RefreshNow],
            // The comparison says so, and more.
            SignalResult::Ended(_) if self.sent_signals.is_compared(order.number) => {
                self.say_comparison(order.number);
            }
            SignalResult::Ended(after) => {
                let before = self.what_was_sent(order);
                let after = duration(after.as_secs_f64());
                self.say(format!("{before}{who} ended {after} after {signal}"));
            }
            SignalResult::StillAlive(after) => self.say_still_alive(order, &who, after),
            SignalResult::AlreadyGone => self.say(format!("{who} had ended already")),
            SignalResult::NotPermitted => {
                let refusal = refusal(&self.world, order.target);
                self.say_error(format!("{signal} to {who}: {refusal}"));
            }
            SignalResult::PidReused => self.say_error(format!(
                "{who} has ended, and its pid is another process's now; nothing was sent"
            )),
            SignalResult::Failed(why) => self.say_error(format!("{signal} to {who}: {why}")),
        }
        self.about(order.number);
        vec![Effect::RefreshNow]
    }

    /// How KILL would come through to that target; `None` if the kernel would drop it.
    fn kill_comes(&self, order: &SignalOrder) -> Option<&'static str> {
        let masks = self.sent_signals.masks(order.number);
        let kill = forecast(&self.world, order.target, Signal::KILL, Scope::Process, masks);
        let kill = kill.as_ref().and_then(Forecast::of_target);
        match kill.map(|kill| (kill.prediction, kill.delay(Signal::KILL))) {
            Some((Prediction::Dropped(_), _)) => None,
            Some((_, Some(Delay::Frozen))) => Some(", which waits for the thaw as well"),
            Some((_, Some(_))) => Some(", which may wait for the end of its sleep (D) as well"),
            _ => Some(""),
        }
    }

    /// What outlived TERM is offered KILL; what was not as foretold stays on the status line.
    fn say_still_alive(&mut self, order: &SignalOrder, who: &str, after: Duration) {
        let (after, signal) = (duration(after.as_secs_f64()), order.signal.name());
        if order.signal != Signal::TERM {
            if !self.sent_signals.is_compared(order.number) {
                self.say(format!("{who} is still alive {after} after {signal}"));
            }
            return;
        }
        let alive = format!("{who} is still alive {after} after SIGTERM");
        let Some(late) = self.kill_comes(order) else {
            self.say_error(alive);
            return;
        };
        self.kill_offer = Some(order.target);
        let differs = self.sent_signals.comparison(order.number) == Some(Comparison::Mismatch);
        match &mut self.message {
            Some(message) if differs && message.about == Some(order.number) => {
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
