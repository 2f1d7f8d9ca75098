//! The timeline: a family's lives as bars.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::app::input::{Input, Pointer};
use crate::tests::journey::Journey;
use crate::tests::log::{BUILD, build};
use crate::ui::theme::Charset;

#[test]
fn a_build_is_told_as_bars_with_execs_orphans_and_ends() {
    let mut journey = build(100, 24);
    journey.keys("/make<Enter>T");
    assert_snapshot!(journey.screen());
}
