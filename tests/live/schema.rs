//! The JSON documents: every field of the schema, no other, and each of its kind.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fork;
use crate::harness::processes::{pids, stat};
use crate::support::test_processes::TestProcesses;
use crate::support::{pexplore, run, snapshot};

const TOP: &str = "schema host kernel boot_id taken_at interval_s source processes";

/// Each field with its kind: `?` may be null, `[]` is a list of strings.
const PROCESS: &[(&str, &str)] = &[
    ("pid", "count"),
    ("start_ticks", "count"),
    ("started_at", "time"),
    ("age_s", "number"),
    ("ppid", "count"),
    ("creator_pid", "count?"),
    ("logical_ppid", "count?"),
    ("pgid", "count"),
    ("sid", "count"),
    ("tty", "text?"),
    ("uid", "count?"),
    ("user", "text?"),
    ("state", "letter"),
    ("role", "role"),
    ("confidence", "confidence"),
    ("evidence", "[]"),
    ("start_method", "method?"),
    ("runtime", "text?"),
    ("part", "text?"),
    ("comm", "any text"),
    ("exe", "text?"),
    ("exe_deleted", "truth?"),
    ("cmdline", "[]?"),
    ("cpu_percent", "number?"),
    ("cpu_time_s", "number"),
    ("rss_bytes", "count"),
    ("threads", "count"),
    ("nice", "number"),
    ("children", "count"),
    ("descendants", "count"),
    ("tree_cpu_percent", "number?"),
    ("tree_rss_bytes", "count"),
    ("exit", "exit?"),
];

fn is_of_kind(value: &Value, kind: &str) -> bool {
    if let Some(kind) = kind.strip_suffix('?') {
        return value.is_null() || is_of_kind(value, kind);
    }
    let one_of = |words: &[&str]| value.as_str().is_some_and(|word| words.contains(&word));
    match kind {
        "count" => value.is_u64(),
        "number" => value.is_number(),
        "text" => value.as_str().is_some_and(|text| !text.is_empty()),
        "any text" => value.is_string(),
        "letter" => value.as_str().is_some_and(|text| text.chars().count() == 1),
        "time" => value.as_str().is_some_and(is_time),
        "role" => one_of(&["main", "parent", "child", "daemon", "orphan", "kernel"]),
        "confidence" => one_of(&["certain", "likely", "possible"]),
        "method" => one_of(&["fork", "spawn", "forkserver"]),
        "truth" => value.is_boolean(),
        "[]" => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        "exit" => keys(value) == words("code signal core_dumped"),
        other => panic!("no kind is {other}"),
    }
}

/// RFC 3339 with microseconds, such as `2026-11-24T10:03:11.123456Z`.
fn is_time(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00.000000Z" && text.parse::<jiff::Timestamp>().is_ok()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

fn assert_process(process: &Value) {
    for (name, kind) in PROCESS {
        let value = process.get(name).unwrap_or_else(|| panic!("no {name}: {process:#}"));
        assert!(is_of_kind(value, kind), "{name} is no {kind}: {process:#}");
    }
    assert!(!process["evidence"].as_array().unwrap().is_empty(), "{process:#}");
}

#[test]
fn a_snapshot_has_the_fields_of_its_schema() {
    let shot = snapshot();
    assert_eq!(keys(&shot.top), words(TOP));
    assert_eq!(shot.top["schema"], "pexplore.snapshot/1");
    assert!(is_of_kind(&shot.top["taken_at"], "time"));
    assert!((shot.top["interval_s"].as_f64().unwrap() - 0.05).abs() < 1e-9);
    assert_eq!(keys(&shot.top["source"]), words("scan events note"));
    assert_eq!(shot.top["source"]["events"], "none");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(shot.top["host"], host.trim());
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert_eq!(shot.top["boot_id"], boot.trim());
    let names: BTreeSet<&str> = PROCESS.iter().map(|(name, _)| *name).collect();
    for process in shot.all() {
        assert_process(process);
        assert_eq!(keys(process), names);
    }
}

#[test]
fn every_process_that_lives_through_a_snapshot_is_in_it_once() {
    let before: BTreeSet<u32> = pids().collect();
    let printed = run(&mut pexplore(&["snapshot", "--format", "json", "-d", "0.05"]));
    let after: BTreeSet<u32> = pids().collect();
    let listed = printed.json()["processes"].as_array().unwrap().clone();
    let listed: Vec<u32> =
        listed.iter().map(|p| u32::try_from(p["pid"].as_u64().unwrap()).unwrap()).collect();
    let unique: BTreeSet<u32> = listed.iter().copied().collect();
    assert_eq!(unique.len(), listed.len());
    let missing: Vec<_> = before.intersection(&after).filter(|pid| !unique.contains(pid)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn kernel_threads_are_in_it_and_run_as_root_without_arguments() {
    /// `PF_KTHREAD` (linux/sched.h).
    const KERNEL_THREAD: u32 = 0x0020_0000;
    let is_kernel_thread = |pid: &u32| {
        stat(*pid)
            .and_then(|stat| stat.field(9))
            .is_some_and(|flags: u32| flags & KERNEL_THREAD != 0)
    };
    let shot = snapshot();
    for pid in pids().filter(is_kernel_thread) {
        let thread = shot.of(pid);
        if thread.is_null() {
            continue; // Born after the snapshot.
        }
        assert_eq!(shot.says(pid), "kernel certain - - -");
        assert_eq!((&thread["uid"], &thread["user"]), (&0.into(), &"root".into()), "{thread:#}");
        assert_eq!(thread["cmdline"].as_array().map(Vec::len), Some(0));
        assert!(thread["exe"].is_null() && thread["tty"].is_null());
    }
}

#[test]
fn totals_cover_what_is_below() {
    let mut test_processes = TestProcesses::new();
    let main = fork::start(&mut test_processes, "family");
    let members = ["fork", "middle", "leaf", "exec", "setsid"].map(|name| main.pid_of(name));
    let printed = run(&mut pexplore(&["snapshot", "--format", "json", &main.pid.to_string()]));
    let listed = printed.json()["processes"].as_array().unwrap().clone();
    let pid_of = |process: &Value| u32::try_from(process["pid"].as_u64().unwrap()).unwrap();
    let found: BTreeSet<u32> = listed.iter().map(pid_of).collect();
    assert_eq!(found, members.into_iter().chain([main.pid]).collect());
    let memory: u64 = listed.iter().map(|process| process["rss_bytes"].as_u64().unwrap()).sum();
    let top = listed.iter().find(|process| pid_of(process) == main.pid).unwrap();
    assert_eq!(top["tree_rss_bytes"].as_u64(), Some(memory));
}

#[test]
fn an_explanation_is_the_process_with_relations_and_story() {
    let mut test_processes = TestProcesses::new();
    let main = fork::start(&mut test_processes, "family");
    let middle = main.pid_of("middle");
    let explain = |format: &str| {
        run(&mut pexplore(&["explain", &middle.to_string(), "--format", format, "-d", "0.05"]))
    };
    let printed = explain("json");
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    let explained = printed.json();
    let mut names: BTreeSet<&str> = PROCESS.iter().map(|(name, _)| *name).collect();
    names.extend(["schema", "relations", "story"]);
    assert_process(&explained);
    assert_eq!(keys(&explained), names);
    assert_eq!(explained["schema"], "pexplore.explain/1");
    assert_eq!(explained["pid"], middle);
    assert!(is_of_kind(&explained["relations"], "[]") && is_of_kind(&explained["story"], "[]"));
    let relations = explained["relations"].to_string();
    assert!(relations.contains(&format!("child of {}", main.pid)), "{relations}");
    assert!(relations.contains("1 child"), "{relations}");
    let story = explained["story"].to_string();
    assert!(story.contains("forked by") && story.contains("it has one living child"), "{story}");

    let text = explain("text").text().to_owned();
    for sentence in explained["story"].as_array().unwrap() {
        assert!(text.contains(sentence.as_str().unwrap()), "{sentence} is not in {text}");
    }
    assert!(text.contains(&format!("{middle} is a parent (likely no orphan).")), "{text}");
}
