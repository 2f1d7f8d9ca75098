//! Every key can be another: what a user presses and reads follows the keymap.

use std::fmt::Write;

use insta::assert_snapshot;

use crate::app::input::{Effect, Input};
use crate::dialogs::Dialog;
use crate::keymap::{
    Command, Context, GlobalCommand, Key, Keymap, ListCommand, Motion, TextCommand, TreeCommand,
};
use crate::panes::tree::order::SiblingOrder;
use crate::record::Signal;
use crate::tests::journey::Journey;

const TABLE: &str = "
    1   0   1   1   - -  systemd | cmd=/sbin/init
    800 1   800 800 1 -  bash    | uid=1000 cmd=-bash
    900 800 900 800 1 f  sleep   | uid=1000 cmd=sleep 9
";

fn with_keys(text: &str) -> Journey {
    let keymap = Keymap::from_toml(text).unwrap();
    let mut journey = Journey::with(140, 30, |options| options.keymap = keymap);
    journey.watch(100, TABLE).machine(100);
    journey
}

#[test]
fn confirm_and_details_on_other_keys_lead_through_every_dialog() {
    let mut journey =
        with_keys("[tree]\ndetails = \"d\"\n[list]\nconfirm = \"c\"\n[text]\nconfirm = \"^O\"\n");
    // The details.
    assert!(journey.app.shows_details());
    journey.keys("<Enter>");
    assert!(journey.app.shows_details() && journey.text().contains("no key here"));
    journey.keys("d");
    assert!(!journey.app.shows_details());
    // The signal, with its second confirmation.
    journey.keys("/systemd<C-o>x");
    let shown = journey.text();
    assert!(shown.contains("c send  Esc close"), "{shown}");
    journey.keys("<Enter>d");
    assert!(matches!(journey.app.dialog, Some(Dialog::Signal(_))));
    journey.keys("c");
    assert!(journey.text().contains("c again sends it; Esc does not."), "{}", journey.text());
    journey.keys("c");
    let is_sent =
        |effect: &Effect| matches!(effect, Effect::Signal(order) if order.signal == Signal::TERM);
    assert!(journey.app.dialog.is_none() && journey.effects.iter().any(is_sent));
    // The order.
    journey.keys("s<Down>c");
    assert_eq!(journey.app.tree.shown.order, SiblingOrder::Cpu);
    // The test process, the lab's menu, the help.
    journey.keys("a<Enter>c");
    let starts = |effect: &Effect| matches!(effect, Effect::StartTestProcess(_));
    assert!(journey.app.dialog.is_none() && journey.effects.iter().any(starts));
    journey.keys("L<Enter>");
    assert!(matches!(journey.app.dialog, Some(Dialog::Lab(_))));
    journey.keys("<Esc>?<Enter>");
    assert!(matches!(journey.app.dialog, Some(Dialog::Help { .. })));
    // The palette and the filter.
    journey.keys("<Esc>:pause<Enter>");
    assert!(matches!(journey.app.dialog, Some(Dialog::Prompt(_))));
    journey.keys("<C-o>");
    assert!(journey.app.dialog.is_none() && journey.text().contains("PAUSED"));
    journey.keys("\\sleep<C-o>");
    assert_eq!(journey.app.tree.shown.filter, "sleep");
}

/// A `keys.toml` that gives every command one key that no command has by default.
fn all_others() -> String {
    let mut text = String::new();
    let mut keys = '\u{1e00}'..='\u{1eff}';
    for context in <Context as strum::VariantArray>::VARIANTS {
        writeln!(text, "[{}]", context.name()).unwrap();
        for binding in Keymap::default().of_context(*context) {
            writeln!(text, "{} = \"{}\"", binding.row.name, keys.next().unwrap()).unwrap();
        }
    }
    text
}

fn id_of(keymap: &Keymap, context: Context, command: Command) -> Key {
    let mut own = keymap.of_context(context);
    own.find(|binding| binding.command == command).unwrap().keys[0]
}

#[test]
fn every_command_can_have_another_key_and_help_hints_and_palette_follow() {
    let text = all_others();
    let mut journey = with_keys(&text);
    let keymap = Keymap::from_toml(&text).unwrap();
    let defaults = Keymap::default();
    assert!(keymap.bindings().iter().zip(defaults.bindings()).all(|(one, other)| {
        one.row == other.row && one.keys.len() == 1 && !other.keys.contains(&one.keys[0])
    }));
    let press = |journey: &mut Journey, context, command| {
        journey.send(Input::Key(id_of(&keymap, context, command)));
    };
    let mut screens = journey.text();
    // No default key means anything any more.
    for binding in defaults.bindings().iter().filter(|it| it.context != Context::Text) {
        for key in &binding.keys {
            journey.send(Input::Key(*key));
            assert!(journey.app.dialog.is_none(), "{key}");
        }
    }
    assert!(journey.effects.iter().all(|effect| *effect != Effect::Quit));
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::Help));
    screens += "\n\n";
    screens += &journey.text();
    press(&mut journey, Context::List, Command::List(ListCommand::Cancel));
    press(&mut journey, Context::Tree, Command::Move(Motion::Last));
    assert_eq!(journey.cursor_pid(), Some(900));
    press(&mut journey, Context::Tree, Command::Tree(TreeCommand::Parent));
    assert_eq!(journey.cursor_pid(), Some(800));
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::Palette));
    journey.keys("to the");
    screens += "\n\n";
    screens += &journey.text();
    press(&mut journey, Context::Text, Command::Text(TextCommand::Cancel));
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::Close));
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::Log));
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::NextPane));
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::NextPane));
    screens += "\n";
    screens += journey.text().lines().last().unwrap();
    assert_snapshot!(screens);
    press(&mut journey, Context::Global, Command::Global(GlobalCommand::QuitNow));
    assert_eq!(journey.effects.last(), Some(&Effect::Quit));
}

#[test]
fn a_key_that_means_nothing_and_one_that_a_read_only_session_lacks_say_so() {
    let mut journey = Journey::with(110, 30, |options| options.read_only = true);
    journey.watch(100, TABLE);
    journey.keys("Q");
    assert!(journey.text().contains("no key here: ? shows all"), "{}", journey.text());
    journey.keys("x");
    assert!(journey.app.dialog.is_none());
    assert!(journey.text().contains("read-only"), "{}", journey.text());
}
