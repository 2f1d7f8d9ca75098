//! The interactive program: threads that send inputs, and the loop that takes them in.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, WrapErr, eyre};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

use crate::app::input::{Effect, Input, Outcome, Stop};
use crate::app::{App, Options};
use crate::linux::clock;
use crate::record::{Host, MemoryLimit, Observation, Record};
use crate::recording::Header;
use crate::runtime::lab_thread::LabOrder;
use crate::runtime::recorder::Recorder;
use crate::runtime::services::{LoopEffect, Services, spawn};
use crate::runtime::suspend;
use crate::runtime::terminal::{self, Session, keyboard};
use crate::source::record_sender::Load;
use crate::theme::Theme;

/// Records and outcomes wait so long for a frame, and no longer: frames that only they ask for
/// come no closer together than this.
const FRAME_FLOOR: Duration = Duration::from_millis(30);
/// While the terminal takes no output, inputs are taken in so often.
const STUCK: Duration = Duration::from_millis(50);
/// Inputs that are taken in before a frame, so that a flood cannot hold the frame back.
const MOST_INPUTS_PER_FRAME: usize = 512;

/// How a session runs, beside what its state begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) memory: MemoryLimit,
    pub(crate) theme: Theme,
    /// Whether the terminal is asked for its background, which decides on the theme.
    pub(crate) asks_background: bool,
    /// The file that every input is recorded in.
    pub(crate) record: Option<&'a Path>,
}

/// Runs until the user, a signal or the terminal's end stops it; the exit code. The lab gets
/// these orders first.
pub(crate) fn run(
    host: &Host,
    options: Options,
    settings: &Settings<'_>,
    orders: &[LabOrder],
) -> Result<u8> {
    let Settings { memory, theme, asks_background, record } = *settings;
    let size = terminal::size().wrap_err("could not ask the terminal for its size")?;
    let header = Header::new(host.clone(), options, (size.width, size.height), memory);
    let recorder = record.map(|path| Recorder::create(path, &header)).transpose()?;
    let (sender, inputs) = channel();
    let load = Load::new(memory);
    let services = Services::start(host, header.options.interval, sender.clone(), &load)?;
    let reported = watch_signals(sender.clone())?;
    match suspend::wait_for_terminal(&reported) {
        Ok(None) => {}
        reported => {
            drop(services);
            return reported.map(|signal| signal.map_or(0, exit_code));
        }
    }
    let mut session = Session::enter(sender.clone())?;
    session.use_mouse(header.options.mouse).wrap_err("could not write to the terminal")?;
    keyboard::watch(sender)?;
    if asks_background {
        session.ask_background().wrap_err("could not write to the terminal")?;
    }
    for order in orders {
        services.order(order.clone());
    }
    let mut runner = Runner {
        app: header.app(),
        theme,
        asks_background,
        session,
        services,
        load,
        reported,
        stop: None,
        expects_own_stop: false,
        recorder,
    };
    let ended = runner.run(&inputs);
    let Runner { mut session, services, stop, .. } = runner;
    session.leave();
    drop(services);
    ended?;
    match stop {
        Some(Stop::Signal(number)) => Ok(exit_code(number)),
        Some(Stop::Panicked) => Ok(101),
        Some(Stop::TerminalLost) => Err(eyre!("the terminal is gone")),
        None => Ok(0),
    }
}

/// The exit code that a shell gives a program that this signal ended.
fn exit_code(signal: i32) -> u8 {
    128_u8.wrapping_add(u8::try_from(signal).unwrap_or(0))
}

struct Runner {
    app: App,
    theme: Theme,
    asks_background: bool,
    session: Session,
    services: Services,
    load: Load,
    /// The signal that asked it to stop, known before its input is taken in.
    reported: Arc<AtomicUsize>,
    stop: Option<Stop>,
    expects_own_stop: bool,
    recorder: Option<Recorder>,
}

/// Whether the loop goes on.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Flow {
    On,
    End,
}

impl Runner {
    fn run(&mut self, inputs: &Receiver<Input>) -> Result<()> {
        if self.draw()? == Flow::End {
            return Ok(());
        }
        // Since when the screen lacks what records reported: a scan, its figures and the details
        // that it asked for come within milliseconds of one another, and share a frame.
        let mut stale_since: Option<Instant> = None;
        loop {
            let first = match stale_since {
                _ if self.session.is_behind() => {
                    self.session.write_on(STUCK).wrap_err("could not write to the terminal")?;
                    inputs.try_recv().map_err(|_| RecvTimeoutError::Timeout)
                }
                Some(since) => inputs.recv_timeout(FRAME_FLOOR.saturating_sub(since.elapsed())),
                None => self.wait(inputs),
            };
            let mut is_urgent = false;
            if let Ok(first) = first {
                stale_since = stale_since.or_else(|| Some(clock::instant()));
                let pending = inputs.try_iter().take(MOST_INPUTS_PER_FRAME);
                for input in std::iter::once(first).chain(pending) {
                    // The first table is what the user waits for. Many test processes that start
                    // are as many outcomes.
                    is_urgent |= !matches!(input, Input::Record(_) | Input::Outcome(_))
                        || !self.app.world.is_scanned();
                    if self.take(input)? == Flow::End {
                        return Ok(());
                    }
                }
            }
            let is_due = stale_since.is_some_and(|since| since.elapsed() >= FRAME_FLOOR);
            // Frames are not heaped up for a terminal that takes none: the next one has it all.
            if (is_urgent || is_due) && !self.session.is_behind() {
                if self.draw()? == Flow::End {
                    return Ok(());
                }
                stale_since = None;
            }
        }
    }

    /// The next input. Where nothing happens until the screen changes by itself, just that is one.
    fn wait(&self, inputs: &Receiver<Input>) -> Result<Input, RecvTimeoutError> {
        let Some(at) = self.app.next_change() else {
            return inputs.recv().map_err(|_| RecvTimeoutError::Disconnected);
        };
        let until = Duration::from_nanos(at.0.saturating_sub(clock::now().0));
        match inputs.recv_timeout(until) {
            Err(RecvTimeoutError::Timeout) => {
                let nothing = Observation::Events(Vec::new());
                Ok(Input::Record(Record { at: clock::now(), observation: nothing }))
            }
            other => other,
        }
    }

    fn draw(&mut self) -> Result<Flow> {
        if let Some(size) = self.session.size().ok().filter(|size| *size != self.app.size)
            && self.update(Input::Resize(size))? == Flow::End
        {
            return Ok(Flow::End);
        }
        self.session.draw(&self.app, self.theme).wrap_err("could not write to the terminal")?;
        Ok(Flow::On)
    }

    fn take(&mut self, input: Input) -> Result<Flow> {
        match input {
            Input::Record(ref record) => self.load.take(record),
            Input::Stop(stop) => self.stop = Some(stop),
            Input::Background(background) if self.asks_background => {
                self.theme.background = background;
            }
            // The stop that this program sent to its own job came back to it.
            Input::SuspendRequested if std::mem::take(&mut self.expects_own_stop) => {
                return Ok(Flow::On);
            }
            Input::Resumed if self.come_back()? == Flow::End => return Ok(Flow::End),
            _ => {}
        }
        self.update(input)
    }

    /// Takes an input in, and does what is to be done about it.
    fn update(&mut self, input: Input) -> Result<Flow> {
        let lost = self.recorder.as_mut().and_then(|recorder| recorder.write(&input));
        let mut effects = self.app.update(input);
        if let Some(lost) = lost {
            effects.extend(self.app.update(Input::Outcome(Outcome::Failed(lost))));
        }
        for effect in effects {
            if self.execute(effect)? == Flow::End {
                return Ok(Flow::End);
            }
        }
        Ok(Flow::On)
    }

    fn execute(&mut self, effect: Effect) -> Result<Flow> {
        let Some(effect) = self.services.execute(effect) else { return Ok(Flow::On) };
        let written = match effect {
            LoopEffect::Quit => return Ok(Flow::End),
            LoopEffect::Suspend => return self.suspend(),
            LoopEffect::Copy(text) => self.session.copy(&text),
            LoopEffect::UseMouse(user) => self.session.use_mouse(user),
        };
        written.wrap_err("could not write to the terminal").map(|()| Flow::On)
    }

    fn suspend(&mut self) -> Result<Flow> {
        self.session.leave();
        self.expects_own_stop = suspend::stop_job();
        if self.come_back()? == Flow::End {
            return Ok(Flow::End);
        }
        if !self.expects_own_stop {
            let refusal = "no shell is there to come back from: it goes on".to_owned();
            if self.update(Input::Outcome(Outcome::Failed(refusal)))? == Flow::End {
                return Ok(Flow::End);
            }
        }
        self.draw()
    }

    /// Takes the terminal over again, whatever was done to it meanwhile. The shell may let this
    /// job go on only so that it ends.
    fn come_back(&mut self) -> Result<Flow> {
        if let Some(signal) = suspend::wait_for_terminal(&self.reported)? {
            self.stop = Some(Stop::Signal(signal));
            return Ok(Flow::End);
        }
        self.session.come_back().wrap_err("could not take the terminal over again")?;
        let size = self.session.size().wrap_err("could not ask the terminal for its size")?;
        self.update(Input::Resize(size))
    }
}

/// Sends signals as inputs; comes back with where the one that tells to stop is seen at once.
fn watch_signals(inputs: Sender<Input>) -> Result<Arc<AtomicUsize>> {
    let reported = Arc::new(AtomicUsize::new(0));
    for number in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] {
        let value = usize::try_from(number).unwrap_or_default();
        signal_hook::flag::register_usize(number, Arc::clone(&reported), value)
            .wrap_err("could not watch for signals")?;
    }
    let kinds = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
    let mut signals =
        signal_hook::iterator::Signals::new(kinds).wrap_err("could not watch for signals")?;
    spawn("signals", move || {
        for number in &mut signals {
            let input = match number {
                SIGTSTP => Input::SuspendRequested,
                SIGCONT => Input::Resumed,
                // If it cannot tell its size, it is gone, which is reported in other ways.
                SIGWINCH => match terminal::size() {
                    Ok(size) => Input::Resize(size),
                    Err(_) => continue,
                },
                number => Input::Stop(Stop::Signal(number)),
            };
            if inputs.send(input).is_err() {
                return;
            }
        }
    })?;
    Ok(reported)
}
