//! The screen at every size, with every charset, and names that want to do harm.

use super::*;

#[test]
fn the_first_screen_is_the_whole_family_tree() {
    assert_snapshot!(web(80, 24).screen());
}

#[test]
fn a_wide_screen_has_all_columns_and_the_details() {
    let mut journey = web(180, 40);
    journey.keys("/4712<Enter>");
    give_details(
        &mut journey,
        4712,
        SignalMasks { caught: 2, ignored: 0x100_1000, blocked: 0, ..SignalMasks::NONE },
    );
    assert_snapshot!(journey.screen());
}

#[test]
fn the_smallest_screen_still_works_and_a_smaller_one_says_so() {
    assert_snapshot!(web(20, 5).screen());
    let mut journey = web(20, 5);
    journey.send(Input::Resize(Size { width: 19, height: 4 }));
    assert!(journey.text().starts_with("too small: 20x5"));
    journey.keys("q");
    assert_eq!(journey.effects.last(), Some(&Effect::Quit));
}

#[test]
fn no_size_and_no_key_makes_it_panic() {
    for (width, height) in [(1, 1), (1, 50), (200, 1), (20, 5), (21, 6), (33, 9), (80, 24)] {
        let mut journey = web(width, height);
        for keys in [
            "jjjk",
            "?",
            "<Esc>s",
            "<Esc>x",
            "<Esc>a",
            "<Esc>:sig",
            "<Esc>/zz",
            "<Esc>K*+-",
            "<PgDn><C-d><C-u>GgpNn",
            "<Enter><Tab>jjG<Tab>FZ<>y",
            "X<Enter><Enter>",
            "\\py<Enter>",
        ] {
            journey.keys(keys);
            let _ = journey.screen();
        }
        for (x, y) in [(0, 0), (width, height), (3, 3)] {
            journey.click(x, y);
        }
        for size in [Size::new(1, 1), Size::new(300, 100), Size::new(width, height)] {
            journey.send(Input::Resize(size));
            let _ = journey.screen();
        }
    }
}

#[test]
fn before_the_first_scan_the_screen_says_what_it_waits_for() {
    let journey = Journey::new(80, 24);
    assert!(journey.text().contains("reading processes"));
}

#[test]
fn the_legend_has_the_colors_of_the_roles_beside_the_totals() {
    for width in [80, 120, 200] {
        let journey = web(width, 24);
        let buffer = journey.buffer();
        let legend: Vec<_> = buffer.content().chunks(usize::from(width)).nth(1).unwrap().into();
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Kernel) {
            let glyph = journey.theme.glyph(role);
            let cell = legend.iter().find(|cell| cell.symbol() == glyph).unwrap();
            let color = journey.theme.role(role).fg;
            assert_eq!(color, Some(cell.fg), "{role:?} at {width}");
        }
    }
}

#[test]
fn a_name_that_cannot_be_seen_is_quoted() {
    let mut journey = Journey::new(100, 24);
    journey.watch(1_000, "1 0 1 1 - - init |\n 5 1 5 5 - - __ |");
    assert!(journey.text().contains("○ \"  \""), "{}", journey.text());
}

#[test]
fn what_is_born_and_what_ended_is_marked_for_the_linger_time_and_fades() {
    let mut journey = web(100, 24);
    let changed = format!("{}\n 9100 4021 9100 4021 3 - make | uid=1000", without(WEB, 701));
    journey.watch(1_001, &changed);
    let text = journey.text();
    assert!(text.contains("make new"), "{text}");
    assert!(text.contains("† nginx ended"), "{text}");
    journey.watch(1_004, &changed);
    let text = journey.text();
    assert!(!text.contains("make new") && !text.contains("† nginx ended"), "{text}");
}

#[test]
fn a_narrow_header_warns_of_another_pid_namespace_too() {
    let text = elsewhere(80, 20).text();
    assert!(text.lines().next().unwrap().ends_with("foreign /proc"), "{text}");
}

#[test]
fn ascii_without_color_says_the_same() {
    let mut journey = web(100, 24);
    journey.theme.charset = Charset::Ascii;
    journey.theme.depth = ColorDepth::None;
    let screen = journey.screen();
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!(screen);
}

#[test]
fn hostile_names_and_arguments_are_harmless_on_screen() {
    let mut journey = Journey::new(120, 20);
    let mut lines = crate::tests::fixture::lines(WEB);
    let nasty = "\u{1b}]0;owned\u{7}\u{202e}\n\u{9b}31m";
    let long = "x".repeat(100_000);
    for line in &mut lines {
        if line.stat.key.pid >= 4000 {
            line.stat.comm = nasty.into();
            let facts: &mut Facts = line.facts.get_or_insert_default();
            facts.command_line =
                Fact::Known(Arguments::joined([nasty, &long, "日本語", "e\u{301}"]));
            facts.executable = Fact::Known(nasty.into());
            facts.cgroup = Some(nasty.into());
        }
    }
    journey.send(Input::Record(crate::tests::fixture::scan(&lines, 1_000)));
    journey.send(Input::Record(crate::tests::fixture::facts_of(&lines, 1_000)));
    for keys in ["", "G<Enter>", "x", "<Esc>X", "<Esc>?", "<Esc>/owned", "<Enter><Tab>jjj"] {
        journey.keys(keys);
        for cell in journey.buffer().content() {
            assert_eq!(crate::text::visible(cell.symbol()), cell.symbol());
        }
    }
    assert!(journey.text().contains("\\e]0;owned"));
}

#[test]
fn a_machine_that_leaves_little_memory_for_the_dead_is_said_so_once() {
    let sleepers = (10..10_010).map(|pid| format!("{pid} 1 1 1 - - x | start=50"));
    let table: Vec<String> =
        std::iter::once("1 0 1 1 - - init |".to_owned()).chain(sleepers).collect();
    let mut journey = Journey::new(100, 20);
    journey.app.world.set_memory_limit(crate::record::MemoryLimit::megabytes(32));
    journey.watch(1_000, &table.join("\n"));
    let warning = "10001 processes live: 32 MB leave little room for what is over";
    assert!(journey.text().contains(warning), "{}", journey.text());
    journey.keys("<Esc>").watch(1_001, &table.join("\n"));
    assert!(!journey.text().contains("little room"), "{}", journey.text());
}

#[test]
fn deep_families_keep_their_names_readable() {
    let below = (1..60).map(|depth| format!("{} {depth} 1 1 - - level{depth} |", depth + 1));
    let text: Vec<String> = std::iter::once("1 0 1 1 - - init |".to_owned()).chain(below).collect();
    let mut journey = Journey::new(80, 70);
    journey.watch(1_000, &text.join("\n")).keys("<Enter>");
    let shown = journey.text();
    for depth in 1..60 {
        assert!(shown.contains(&format!("level{depth}")), "{depth}\n{shown}");
    }
}

#[test]
fn a_terminal_that_has_shrunk_since_gets_no_frame_of_the_old_size() {
    let journey = web(120, 40);
    let backend = ratatui::backend::TestBackend::new(30, 8);
    let mut terminal = ratatui::Terminal::new(backend).unwrap();
    terminal.draw(|frame| crate::app::draw::draw(&journey.app, journey.theme, frame)).unwrap();
}

#[test]
fn a_message_is_shown_for_seconds_after_it_also_while_records_are_rare() {
    let mut journey = web(100, 24);
    journey.keys("y").watch(1_060, WEB);
    assert!(journey.text().contains("command line copied"));
    journey.watch(1_067, WEB);
    assert!(!journey.text().contains("command line copied"));
}
