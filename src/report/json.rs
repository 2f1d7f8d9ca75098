//! The snapshot as JSON, schema `pexplore.snapshot/1`. Unreadable facts are null.

use std::sync::Arc;

use serde::Serialize;

use crate::describe::story;
use crate::record::time::rfc3339;
use crate::record::{Arguments, BootTime, Ending, Facts, Unread, signal};
use crate::roles::Subject;
use crate::roles::runtimes::start_method;
use crate::text::units::count;
use crate::text::visible;
use crate::verdict::{Confidence, Role, StartMethod};
use crate::world::{Process, World};

/// The whole snapshot.
#[derive(Debug, Serialize)]
pub(crate) struct Snapshot<'a> {
    schema: &'static str,
    host: &'a str,
    kernel: &'a str,
    boot_id: Option<&'a str>,
    taken_at: String,
    interval_s: f64,
    source: Source,
    processes: Vec<ProcessObject<'a>>,
}

#[derive(Debug, Serialize)]
struct Source {
    scan: &'static str,
    events: &'static str,
    note: String,
}

/// One process, as every report has it: one flat object.
#[derive(Debug, Serialize)]
pub(crate) struct ProcessObject<'a> {
    #[serde(flatten)]
    identity: Identity,
    #[serde(flatten)]
    relations: Relations,
    uid: Option<u32>,
    user: Option<Arc<str>>,
    state: char,
    #[serde(flatten)]
    judgement: Judgement,
    #[serde(flatten)]
    program: Program<'a>,
    #[serde(flatten)]
    usage: Usage,
    #[serde(flatten)]
    family: Family,
    exit: Option<Exit>,
}

#[derive(Debug, Serialize)]
struct Identity {
    pid: u32,
    start_ticks: Option<u64>,
    started_at: String,
    age_s: f64,
}

#[derive(Debug, Serialize)]
struct Relations {
    ppid: u32,
    creator_pid: Option<u32>,
    logical_ppid: Option<u32>,
    pgid: Option<u32>,
    sid: Option<u32>,
    tty: Option<String>,
}

#[derive(Debug, Serialize)]
struct Judgement {
    role: Role,
    confidence: Confidence,
    evidence: Vec<String>,
    start_method: Option<StartMethod>,
    runtime: Option<&'static str>,
    part: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Program<'a> {
    comm: &'a str,
    exe: Option<&'a str>,
    exe_deleted: Option<bool>,
    cmdline: Option<Arguments<'a>>,
}

#[derive(Debug, Serialize)]
struct Usage {
    cpu_percent: Option<f64>,
    cpu_time_s: Option<f64>,
    rss_bytes: Option<u64>,
    threads: Option<u32>,
    nice: Option<i32>,
}

#[derive(Debug, Serialize)]
struct Family {
    children: usize,
    descendants: u32,
    tree_cpu_percent: Option<f64>,
    tree_rss_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Exit {
    code: Option<u32>,
    signal: Option<String>,
    core_dumped: bool,
}

/// When the newest scan began: a process that ended since is in it, though the deeper facts were
/// read later.
fn taken_at(world: &World) -> BootTime {
    world.last_scan().unwrap_or(world.now())
}

/// The snapshot of a world whose two scans were `interval_s` apart, narrowed to those processes.
pub(crate) fn snapshot<'a>(
    world: &'a World,
    interval_s: f64,
    subjects: impl Iterator<Item = Subject<'a>>,
) -> Snapshot<'a> {
    let host = world.host();
    let mut subjects: Vec<Subject<'a>> = subjects.collect();
    subjects.sort_by_key(|subject| subject.pid());
    Snapshot {
        schema: "pexplore.snapshot/1",
        host: &host.name,
        kernel: &host.kernel,
        boot_id: host.boot_id.as_deref(),
        taken_at: rfc3339(taken_at(world), host),
        interval_s,
        source: Source {
            scan: host.scan.into_str(),
            events: world.event_source().into_str(),
            note: note(world),
        },
        processes: subjects.into_iter().map(process_object).collect(),
    }
}

fn note(world: &World) -> String {
    let mut notes: Vec<String> =
        vec!["two scans; what was born and ended between them was not seen".to_owned()];
    notes.extend(world.host().namespace.note());
    if !world.sees_all() {
        notes.push("processes of other users are hidden (hidepid)".to_owned());
    }
    notes.extend(unread(world));
    notes.extend(world.problems().iter().map(ToString::to_string));
    notes.join("; ")
}

/// The processes that keep their readers waiting, and the number that was not asked because of
/// them, as a sentence; `None` where all answer.
pub(crate) fn unread(world: &World) -> Option<String> {
    let unread_of = |process: &Process| process.facts.as_ref().and_then(Facts::unread);
    let living = || world.processes().filter(|process| process.ended.is_none());
    let is_silent = |process: &&Process| unread_of(process) == Some(Unread::Unanswered);
    let mut who: Vec<_> = living().filter(is_silent).collect();
    who.sort_by_key(|process| process.id().pid);
    let name =
        |process: &&Process| format!("{} ({})", process.id().pid, visible(&process.stat.comm));
    let named = who.iter().map(name).collect::<Vec<_>>().join(", ");
    let n_unasked = living().filter(|it| unread_of(it) == Some(Unread::Unasked)).count();
    let parts = [
        (who.len() == 1).then(|| format!("{named} does not answer")),
        (who.len() > 1).then(|| format!("{named} do not answer")),
        (n_unasked > 0).then(|| {
            format!("{} not asked in time", count(n_unasked, "process was", "processes were"))
        }),
    ];
    let said = parts.into_iter().flatten().collect::<Vec<_>>().join(", and ");
    (!said.is_empty()).then(|| format!("{said}: command line, executable and files are not known"))
}

/// One process as JSON has it.
pub(crate) fn process_object(subject: Subject<'_>) -> ProcessObject<'_> {
    let process = subject.process();
    let (stat, world) = (&process.stat, subject.world());
    let host = world.host();
    let birth = BootTime::of_birth(stat.key, host);
    let (tree_cpu_percent, tree_rss_bytes) = totals(subject);
    let recognition = process.recognition.as_ref();
    ProcessObject {
        identity: Identity {
            pid: stat.key.pid,
            start_ticks: stat.key.start_ticks(),
            started_at: rfc3339(birth, host),
            age_s: rounded(taken_at(world).seconds_since(birth)),
        },
        relations: Relations {
            ppid: stat.ppid,
            creator_pid: process.creator().map(|creator| creator.pid),
            logical_ppid: story::logical_parent(process).map(|parent| parent.pid),
            pgid: stat.pgid,
            sid: stat.sid,
            tty: stat.terminal(),
        },
        uid: process.uid(),
        user: world.user_of(process),
        state: stat.state.letter(),
        judgement: Judgement {
            role: process.verdict.role,
            confidence: process.verdict.confidence,
            evidence: process.verdict.evidence.iter().map(ToString::to_string).collect(),
            start_method: start_method(subject),
            runtime: recognition.map(|known| known.runtime.into_str()),
            part: recognition.map(|known| known.part.into_str()),
        },
        program: Program {
            comm: &stat.comm,
            exe: process.executable(),
            exe_deleted: process.facts.as_ref().and_then(|facts| facts.executable_deleted),
            cmdline: process.command_line(),
        },
        usage: Usage {
            cpu_percent: process.cpu_percent.map(|share| rounded(f64::from(share))),
            cpu_time_s: stat.usage.cpu_nanos.map(|nanos| rounded(nanos as f64 / 1e9)),
            rss_bytes: stat.usage.resident,
            threads: stat.threads,
            nice: stat.nice,
        },
        family: Family {
            children: subject.children().filter(|it| it.process().ended.is_none()).count(),
            descendants: world.tree().descendants(subject.slot()),
            tree_cpu_percent,
            tree_rss_bytes,
        },
        exit: exit(process),
    }
}

/// CPU and memory of a process and everything below it, where any of them is known.
fn totals(subject: Subject<'_>) -> (Option<f64>, Option<u64>) {
    let world = subject.world();
    let below = world.tree().below(subject.slot());
    let all = || std::iter::once(subject.slot()).chain(below.iter().copied());
    let cpu: Vec<f64> =
        all().filter_map(|slot| world.at(slot).cpu_percent).map(f64::from).collect();
    let memory: Vec<u64> = all().filter_map(|slot| world.at(slot).stat.usage.resident).collect();
    (
        (!cpu.is_empty()).then(|| rounded(cpu.iter().sum())),
        (!memory.is_empty())
            .then(|| memory.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes))),
    )
}

fn exit(process: &Process) -> Option<Exit> {
    let status = process.ended.and_then(|end| end.cause.status()).or(process.stat.wait_status)?;
    Some(match Ending::from_wait_status(status) {
        Ending::Exited(code) => Exit { code: Some(code), signal: None, core_dumped: false },
        Ending::Signaled { signal, core_dumped } => {
            Exit { code: None, signal: Some(signal::name(signal)), core_dumped }
        }
    })
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Fact, Host, Observation, PidNamespace};
    use crate::tests::fixture::{facts_of, host, lines, scan};

    #[test]
    fn a_note_says_that_proc_is_of_another_pid_namespace() {
        let note_on = |namespace| note(&World::new(Host { namespace, ..host() }, 0.0));
        assert!(note_on(PidNamespace::Other).contains("; /proc is of another pid namespace; "));
        assert!(!note_on(PidNamespace::Own).contains("namespace"));
    }

    #[test]
    fn who_does_not_answer_is_named_and_who_was_not_asked_is_counted() {
        let said_of = |whys: &[Option<Unread>]| {
            let table: Vec<String> =
                (5..5 + whys.len()).map(|pid| format!("{pid} 0 {pid} {pid} - - sh")).collect();
            let table = lines(&table.join("\n"));
            let mut world = World::new(host(), 0.0);
            world.apply(scan(&table, 1_000));
            let mut record = facts_of(&table, 1_001);
            let Observation::Facts(read) = &mut record.observation else { panic!("no facts") };
            for ((_, facts), why) in read.iter_mut().zip(whys) {
                let facts = facts.as_mut().unwrap();
                facts.command_line = why.map_or(Fact::Absent, Unread::fact);
            }
            world.apply(record);
            unread(&world)
        };
        let (silent, unasked) = (Some(Unread::Unanswered), Some(Unread::Unasked));
        assert_eq!(said_of(&[None, None]), None);
        let not_known = "command line, executable and files are not known";
        for (whys, said) in [
            (&[silent, None][..], "5 (sh) does not answer"),
            (&[silent, silent], "5 (sh), 6 (sh) do not answer"),
            (&[silent, unasked], "5 (sh) does not answer, and 1 process was not asked in time"),
            (&[unasked, None, unasked], "2 processes were not asked in time"),
        ] {
            assert_eq!(said_of(whys), Some(format!("{said}: {not_known}")));
        }
    }

    #[test]
    fn a_snapshot_is_of_its_scan_and_not_of_when_it_was_written() {
        let table = lines("5 0 5 5 - - sh | start=99900");
        let mut world = World::new(host(), 0.0);
        world.apply(scan(&table, 1_000));
        world.apply(facts_of(&table, 1_005));
        let reported = snapshot(&world, 0.5, world.subjects());
        assert_eq!(reported.taken_at, "2026-11-24T08:16:40.000000Z");
        assert!((reported.processes[0].identity.age_s - 1.0).abs() < 0.01);
    }
}
