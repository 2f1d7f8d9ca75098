//! What users see and do, from records and keys to screens.

mod screen;
mod search;
mod session;
mod signals;
mod test_processes;
mod tree;
mod views;

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::app::MouseUser;
use crate::app::input::{Effect, Input, Outcome, Pointer, SignalResult, Stop};
use crate::forecast::Scope;
use crate::keymap::Key;
use crate::panes::tree::folds::Folds;
use crate::record::{
    Arguments, BootTime, Details, EventSource, Fact, Facts, Host, Machine, Observation,
    PidNamespace, ProcessKey, Signal, SignalMasks, TestProcess,
};
use crate::test_process::{KINDS, TestProcessKind, TestProcessOrder};
use crate::tests::fixture;
use crate::tests::journey::Journey;
use crate::theme::{Charset, ColorDepth};
use crate::verdict::Role;

/// A web host: a session with a Python family in it, daemons, a kernel thread.
const WEB: &str = "
    1    0    1    1    - -  systemd    | exe=/usr/lib/systemd/systemd unit=init.scope cmd=/sbin/init
    2    0    0    0    - k  kthreadd   |
    700  1    700  700  - -  nginx      | null=3 unit=nginx.service cmd=nginx: master process /usr/sbin/nginx
    701  700  700  700  - f  nginx      | exe=/usr/bin/nginx null=3 unit=nginx.service uid=33 cmd=nginx: worker process
    812  1    812  812  - -  sshd       | null=3 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups
    4020 812  4020 4020 - -  sshd       | unit=session-3.scope cmd=sshd: ana@pts/3
    4021 4020 4021 4021 3 -  bash       | uid=1000 cmd=-bash
    4711 4021 4711 4021 3 -  python3    | uid=1000 threads=3 reads=11 writes=12 cmd=python3 train.py
    4712 4711 4711 4021 3 f  python3    | uid=1000 reads=12 writes=11 spare cmd=python3 train.py
    4713 4711 4711 4021 3 fZ python3    | wait=139
    8999 4021 8999 4021 3 -  bash       | uid=1000 cmd=bash
    9000 8999 9000 4021 3 -  pexplore   | uid=1000 cmd=pexplore
";

fn web(width: u16, height: u16) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.watch(1_000, WEB).machine(1_000);
    journey
}

fn without(text: &str, pid: u32) -> String {
    let is_other = |line: &&str| line.split_whitespace().next() != Some(&pid.to_string());
    text.lines().filter(is_other).collect::<Vec<_>>().join("\n")
}

fn details_of(journey: &Journey, pid: u32, masks: SignalMasks) -> Details {
    let process = journey.app.world.living(pid).unwrap();
    Details {
        key: process.key(),
        facts: process.facts.clone().unwrap_or_default(),
        working_directory: Fact::Known("/home/ana/train".into()),
        signals: Some(masks),
        peak_resident: Some(402 << 20),
        virtual_memory: Some(1 << 30),
        storage: Fact::Known([4096, 0]),
        open_files: Fact::Known(14),
    }
}

fn give_details(journey: &mut Journey, pid: u32, masks: SignalMasks) {
    let details = Box::new(details_of(journey, pid, masks));
    journey.record(1_000, Observation::Details(details));
}

/// A screen where `/proc` is of another pid namespace.
fn elsewhere(width: u16, height: u16) -> Journey {
    let host = Host { namespace: PidNamespace::Other, ..fixture::host() };
    let mut journey = Journey::on(host, width, height, |_| {});
    journey.watch(1_000, WEB).machine(1_000);
    journey
}

/// The journey of the picture in the README: a family that just lost its main.
pub(crate) fn demonstrate(journey: &mut Journey, masks: SignalMasks) {
    let before = "
        4690 4021 4690 4021 3 -  bash       | uid=1000 cmd=bash nightly.sh
        4695 4690 4690 4021 3 -  sleep      | uid=1000 cmd=sleep 1000
        4714 4711 4711 4021 3 f  python3    | uid=1000 reads=14 writes=11 spare cmd=python3 train.py
    ";
    let after = "
        4695 1    4690 4021 3 -  sleep      | uid=1000 cmd=sleep 1000
        4714 4711 4711 4021 3 f  python3    | uid=1000 reads=14 writes=11 spare cmd=python3 train.py
        4790 4021 4790 4021 3 -  make       | uid=1000 cmd=make -j8
        4791 4790 4790 4021 3 -  cc1        | uid=1000 cmd=cc1 -O2 parser.c
    ";
    journey.watch(1_000, &format!("{WEB}{before}"));
    for (second, share) in (1_001..).zip([3.0, 2.0, 9.0, 31.0, 22.0, 12.0, 4.0]) {
        let figures = Machine {
            load: [0.42, 0.37, 0.31],
            cpu_percent: Some(share),
            memory_used: 3_300_000_000,
            memory_total: 25_769_803_776,
            ..Machine::default()
        };
        journey.record(second, Observation::Machine(figures));
    }
    journey.machine(1_008).watch(1_008, &format!("{WEB}{after}"));
    journey.keys("/4695<Enter><Esc><Enter>");
    give_details(journey, 4695, masks);
}
