//! `pexplore events`: reports what happens until it is stopped or its reader is gone.

mod reporting;

use std::collections::HashSet;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

pub(crate) use reporting::EventFormat;

use crate::app::input::Input;
use crate::linux::clock::{self, WallClock};
use crate::record::{EventSource, Host, MemoryLimit, Observation, ProcessId, Record};
use crate::report::{json, target};
use crate::roles::Subject;
use crate::runtime::listen::reporting::{Flow, Reporter};
use crate::runtime::recorder::Recorder;
use crate::runtime::services::spawn;
use crate::runtime::{finding, headless, output};
use crate::source::background::{StopToken, Woken};
use crate::source::connector::{self, Connector, GATHER, SENTENCE, Unavailable};
use crate::source::events::{Events, open_connector};
use crate::source::memory::GiveBack;
use crate::source::reader::Reader;
use crate::source::record_sender::{Load, RecordSender};
use crate::source::ticker::{self, Table};
use crate::source::users::Users;
use crate::world::{Process, World};

/// More events at once are taken in bit by bit, so that the log holds all that is to be reported.
const MOST_AT_ONCE: usize = 2048;
/// Deeper facts, of which command lines are reported, are read once nothing happened for so long.
const QUIET: Duration = Duration::from_millis(4);
/// So often is looked whether what waits is over.
const WAITING: Duration = Duration::from_millis(50);
/// So many processes' deeper facts are read at a time.
const FACTS_BATCH: usize = 16;
/// The names of users are waited for so long; their numbers are reported after that.
const NAMES_LIMIT: Duration = Duration::from_millis(200);
const NO_LINGER: f64 = 0.0;

/// How it is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    /// How often processes are looked for where the kernel does not tell.
    pub(crate) interval: Duration,
    pub(crate) memory: MemoryLimit,
    pub(crate) format: EventFormat,
    /// The file that every record is recorded in.
    pub(crate) record: Option<&'a Path>,
}

/// Tells what happens to all processes, or to a target and all that come from it.
pub(crate) fn run(host: Host, settings: Settings<'_>, target: Option<&str>) -> Result<()> {
    let stop = StopToken::on_signals(&[SIGINT, SIGTERM, SIGHUP], std::io::stdout())
        .wrap_err("could not watch for signals")?;
    let table = Table::open(&host)?;
    let mut reader = Reader::new(host.scan).until(&stop);
    // Before the kernel tells: nobody asked for the birth of a part of this program.
    reader.start().wrap_err("processes cannot be read")?;
    let connector = open_connector();
    let users = Users::new().wrap_err("could not start the users thread")?;
    let Settings { interval, memory, record, .. } = settings;
    let recorder = record.map(|path| Recorder::of_records(path, &host, interval, memory));
    let mut world = World::new(host, NO_LINGER);
    world.set_memory_limit(memory);
    let mut listener = Listener {
        recorder: recorder.transpose()?,
        reader,
        world,
        users,
        table,
        reporter: Reporter::new(settings.format),
        wall_clock: WallClock::default(),
        memory: GiveBack::default(),
    };
    match connector {
        Ok(connector) => listener.listen(connector, &stop, target),
        Err(reason) => listener.watch(reason, settings, &stop, target),
    }
}

fn now(observation: Observation) -> Record {
    Record { at: clock::now(), observation }
}

struct Listener {
    recorder: Option<Recorder>,
    world: World,
    reader: Reader,
    users: Users,
    table: Table,
    reporter: Reporter,
    wall_clock: WallClock,
    memory: GiveBack,
}

impl Listener {
    /// Where the kernel tells.
    fn listen(
        &mut self,
        mut connector: Connector,
        stop: &StopToken,
        target: Option<&str>,
    ) -> Result<()> {
        let source = Observation::EventSource(EventSource::Connector, SENTENCE.into());
        self.apply(now(source));
        self.scan()?;
        if self.find(target, stop)? == Flow::End {
            return Ok(());
        }
        let mut pace = connector::Pace::default();
        let mut reads_on = true;
        loop {
            let waits = self.world.is_waiting() || connector.wait_budget().is_some();
            let limit = reads_on.then_some(QUIET).or(waits.then_some(WAITING));
            match stop.wait_for(&connector, limit) {
                Woken::Stopped => return Ok(()),
                Woken::Timeout => {
                    reads_on = self.read_facts()?;
                    self.memory.if_due();
                    // All was reported by now: a zombie had ended before.
                    if self.reporter.is_over(&self.world, |process| process.stat.has_ended()) {
                        return Ok(());
                    }
                    // An empty record tells the time to entries that wait for it.
                    let nothing = Observation::Events(Vec::new());
                    if self.world.is_waiting() && self.take(nothing, stop)? == Flow::End {
                        return Ok(());
                    }
                    if connector.wait_budget().is_none() {
                        continue;
                    }
                }
                Woken::Ready => reads_on = true,
            }
            // While much happens, what came meanwhile is not waited for.
            loop {
                let batch = connector.drain();
                let is_quiet = batch.is_empty();
                for observation in batch.observations(MOST_AT_ONCE) {
                    if self.take(observation, stop)? == Flow::End {
                        return Ok(());
                    }
                }
                if is_quiet || !pace.gathers(clock::now()) {
                    break;
                }
                if stop.pause(GATHER) {
                    return Ok(());
                }
            }
        }
    }

    /// Where births and ends have to be looked for.
    fn watch(
        &mut self,
        reason: Unavailable,
        settings: Settings<'_>,
        stop: &StopToken,
        target: Option<&str>,
    ) -> Result<()> {
        self.scan()?;
        if self.find(target, stop)? == Flow::End {
            return Ok(());
        }
        output::warn(&format!(
            "{reason}; births and ends are looked for instead, and what is short is missed"
        ));
        let (sender, reported) = channel::<Record>();
        let load = Load::new(settings.memory);
        let records = RecordSender::new(sender, &load);
        let (_control, controls) = channel();
        let host = self.world.host();
        let table = Table::open(host)?;
        let events = Events::start_without_connector(reason, host.scan, records.clone())
            .wrap_err("could not start the events thread")?;
        spawn("ticker", move || ticker::run(table, settings.interval, &controls, &records))?;
        loop {
            let record = match reported.recv_timeout(WAITING) {
                Ok(record) => {
                    load.take(&record);
                    record
                }
                Err(_) => now(Observation::Events(Vec::new())),
            };
            if stop.is_stopped() {
                return Ok(());
            }
            if let Observation::Problem(sentence) = &record.observation {
                output::warn(sentence);
            }
            let is_scan = matches!(record.observation, Observation::Scan(_));
            self.apply(record);
            if is_scan {
                let living = self.world.processes().filter(|p| p.ended.is_none());
                events.watch(living.map(Process::key).collect());
            }
            self.read_facts()?;
            if self.report(stop)? == Flow::End {
                return Ok(());
            }
        }
    }

    fn apply(&mut self, record: Record) {
        if let Some(recorder) = &mut self.recorder
            && let Some(lost) = recorder.write(&Input::Record(record.clone()))
        {
            output::warn(&lost);
        }
        self.world.apply(record);
    }

    fn take(&mut self, observation: Observation, stop: &StopToken) -> Result<Flow> {
        self.apply(now(observation));
        let flow = self.report(stop)?;
        if flow == Flow::End || !self.world.wants_repair() {
            return Ok(flow);
        }
        self.scan()?;
        self.report(stop)
    }

    fn scan(&mut self) -> Result<()> {
        let scan = self.table.scan()?;
        self.apply(scan);
        Ok(())
    }

    /// Finds the processes that the target names, and all that came from them; the end if it was
    /// asked to stop meanwhile.
    fn find(&mut self, target: Option<&str>, stop: &StopToken) -> Result<Flow> {
        let Some(target) = target else { return Ok(Flow::On) };
        if target::find_all(&self.world, target).is_err() {
            // The name may be that of an executable, which takes longer to know.
            headless::read_facts(&mut self.world, &[], &mut self.reader)?;
            if stop.is_stopped() {
                return Ok(Flow::End);
            }
            let uids: Vec<u32> = self.world.processes().filter_map(Process::uid).collect();
            self.learn_names(uids);
            if let Some(sentence) = json::unread(&self.world) {
                output::warn(&sentence);
            }
        }
        let found = finding::find_all(&self.world, target)?;
        let mut members: HashSet<ProcessId> = found.into_iter().collect();
        let named: Vec<ProcessId> = members.iter().copied().collect();
        for id in named {
            if let Some(subject) = self.world.subject(id) {
                members.extend(subject.below().map(Subject::id));
            }
        }
        self.reporter.limit_to(members);
        Ok(Flow::On)
    }

    /// Reads some deeper facts; whether more are wanted.
    fn read_facts(&mut self) -> Result<bool> {
        let wanted = self.world.take_wanted_facts(&[], FACTS_BATCH);
        if wanted.is_empty() {
            return Ok(false);
        }
        let facts = self.reader.facts(&wanted).wrap_err("processes cannot be read")?;
        self.learn_names(facts.iter().filter_map(|(_, facts)| facts.as_ref()?.uid).collect());
        self.apply(now(Observation::Facts(facts)));
        Ok(true)
    }

    fn learn_names(&mut self, uids: Vec<u32>) {
        let names = self.users.names(uids.into_iter(), NAMES_LIMIT);
        self.apply(names);
    }

    /// Reports new entries, once births and adoptions are known.
    fn report(&mut self, stop: &StopToken) -> Result<Flow> {
        // No later scan makes up for those that are left over.
        let wanted = self.world.take_wanted_stats(usize::MAX);
        if !wanted.is_empty() {
            let stats = self.reader.stats(&wanted);
            self.apply(now(Observation::Stats(stats)));
        }
        if let Some(boot) = self.wall_clock.step() {
            self.apply(now(Observation::WallClock(boot)));
        }
        self.reporter.report(&self.world, stop)
    }
}
