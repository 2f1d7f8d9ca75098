//! The event log: what happened, live or held still, of everybody or of a family.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::app::input::{Input, Pointer};
use crate::model::record::Observation;
use crate::tests::journey::Journey;
use crate::ui::theme::Charset;

/// A terminal with a build in it, and a daemon.
pub(super) const BUILD: &str = "
    1    0    1    1    - -  systemd    | exe=/usr/lib/systemd/systemd unit=init.scope cmd=/sbin/init
    300  1    300  300  - -  sshd       | null=3 unit=ssh.service cmd=sshd: /usr/sbin/sshd -D [listener]
    400  300  400  400  - -  sshd       | unit=session-3.scope cmd=sshd: ana@pts/3
    401  400  401  401  3 -  bash       | uid=1000 cmd=-bash
    810  401  810  401  3 -  make       | start=99000 uid=1000 cmd=make -j2
    811  810  810  401  3 -  watcher    | start=99200 uid=1000 cmd=watcher --all
";

/// The build compiles two files, of which one fails; a watcher is killed and leaves its child.
const COMPILES: &str = "
    1000.100 fork 820 < 810; 1000.102 exec 820 gcc -c a.c; 1000.200 fork 821 < 820;
    1000.205 exec 821 cc1 -quiet -O2 a.c; 1000.300 fork 830 < 810; 1000.301 exec 830 gcc -c b.c;
    1000.400 fork 831 < 830; 1000.402 exec 831 cc1 -quiet b.c; 1001.900 fork 840 < 811;
    1001.950 session 840; 1002.000 rename 840 helper; 1002.750 exit 831 status=256; 1002.760 exit 830 status=256;
    1003.000 exit 811 status=9; 1004.500 exit 821; 1004.505 exit 820; 1004.700 fork 850 < 401; 1004.701 exec 850 ?";

pub(super) fn build(width: u16, height: u16) -> Journey {
    let mut journey = Journey::new(width, height);
    journey.watch(1_000, BUILD).machine(1_000);
    journey.events(COMPILES);
    let after = BUILD.replace("811  810", "840  1").replace("watcher ", "helper ");
    journey.watch(1_005, &after.replace("start=99200", "start=100190"));
    journey
}

#[test]
fn the_log_tells_what_happened_under_the_tree() {
    let mut journey = build(80, 24);
    journey.keys("v");
    assert_snapshot!(journey.screen());
}
