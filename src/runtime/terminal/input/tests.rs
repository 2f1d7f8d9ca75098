use proptest::prelude::any;
use proptest::proptest;

use super::*;
use crate::app::input::Pointer;
use crate::theme::Background;
use ratatui::layout::Position;

/// What is left of what is read, each so many milliseconds after the one before.
struct Typed {
    keyboard: Keyboard,
    at: Instant,
    inputs: Vec<Input>,
}

impl Typed {
    #[expect(clippy::disallowed_methods, reason = "only differences are looked at")]
    fn new() -> Self {
        Self { keyboard: Keyboard::default(), at: Instant::now(), inputs: Vec::new() }
    }

    /// As the thread does that waits for the terminal.
    fn read(mut self, gap: u64, bytes: impl AsRef<[u8]>) -> Self {
        self = self.pass(gap);
        self.inputs.extend(self.keyboard.inputs_of(bytes.as_ref(), self.at));
        self
    }

    fn pass(mut self, gap: u64) -> Self {
        self.at += Duration::from_millis(gap);
        let overdue = self.keyboard.overdue(self.at);
        self.inputs.extend(overdue);
        self
    }

    fn each(self, gap: u64, bytes: impl AsRef<[u8]>) -> Self {
        bytes.as_ref().iter().fold(self, |typed, byte| typed.read(gap, [*byte]))
    }

    fn shown(&self) -> String {
        let shown = |input: &Input| match input {
            Input::Key(key) => key.to_string(),
            Input::Paste(text) => format!("paste({text})"),
            // Where nobody asked, it means nothing.
            Input::Background(_) => String::new(),
            other => format!("{other:?}"),
        };
        self.inputs.iter().map(shown).collect()
    }

    #[track_caller]
    fn is(self, expected: &str) {
        assert_eq!(self.shown(), expected);
    }
}

#[track_caller]
fn reads(bytes: &str, expected: &str) {
    Typed::new().read(0, bytes).pass(2_000).is(expected);
}

/// Who asked for it, and what the terminal answers (xterm's ctlseqs, kitty's protocols).
const ANSWERS: &[(&str, &str)] = &[
    ("DA1", "\x1b[?62;1;6;22c"),
    ("DA2", "\x1b[>0;276;0c"),
    ("DA2 of a VT420", "\x1b[>41;390;0c"),
    ("DA3", "\x1bP!|7E565445\x1b\\"),
    ("DSR", "\x1b[0n"),
    ("CPR", "\x1b[24;80R"),
    ("CPR of the corner", "\x1b[1;1R"),
    ("CPR of nowhere", "\x1b[0;0R"),
    ("DECXCPR", "\x1b[?24;80;1R"),
    ("DECRPM", "\x1b[?2026;2$y"),
    ("DECRPM of an ANSI mode", "\x1b[4;2$y"),
    ("DECREQTPARM", "\x1b[2;1;1;112;112;1;0x"),
    ("DECRQSS", "\x1bP1$r0m\x1b\\"),
    ("XTVERSION", "\x1bP>|xterm(390)\x1b\\"),
    ("XTGETTCAP", "\x1bP1+r544e=787465726d\x1b\\"),
    ("XTSMGRAPHICS", "\x1b[?1;0;1024S"),
    ("XTQMODKEYS", "\x1b[>4;2m"),
    ("the window's size", "\x1b[8;24;80t"),
    ("its size in pixels", "\x1b[4;600;800t"),
    ("a resize in band", "\x1b[48;24;80;600;800t"),
    ("its title", "\x1b]ljq: ünïcode ✓\x1b\\"),
    ("color schemes", "\x1b[?997;1n"),
    ("kitty's keyboard", "\x1b[?0u"),
    ("kitty's graphics", "\x1b_Gi=31;OK:q?\x1b\\"),
    ("a color", "\x1b]11;rgb:0000/0000/0000\x07"),
    ("a color, to ST", "\x1b]4;1;rgb:1e1e/1e1e/2e2e\x1b\\"),
    ("the clipboard", "\x1b]52;c;cXEKcQ==\x1b\\"),
    ("focus gained", "\x1b[I"),
    ("focus lost", "\x1b[O"),
    ("an operating system's command of many bytes", "\u{9d}11;rgb:00/00/00\u{9c}"),
    ("DA1 as characters", "\u{9b}?62c"),
];

#[test]
fn no_answer_acts_as_a_key_whole_or_cut_anywhere_and_keys_after_it_do() {
    for (what, answer) in ANSWERS {
        let is = |typed: Typed, expected: &str, how: &str| {
            let shown = typed.read(0, "k").read(60, "c").shown();
            assert_eq!(shown, format!("{expected}kc"), "{what}, {how}");
        };
        is(Typed::new().read(0, answer), "", "whole");
        is(Typed::new().read(0, format!("j{answer}j{answer}")), "jj", "twice");
        is(Typed::new().each(30, answer), "", "byte by byte");
        for cut in 1..answer.len() {
            let (one, other) = answer.as_bytes().split_at(cut);
            for gap in [0, 20, 300] {
                // Esc is a key if nothing comes for so long, and none of what follows is.
                let escape = if one == [ESC] && gap == 300 { "Esc" } else { "" };
                let typed = Typed::new().read(0, one).read(gap, other);
                is(typed, escape, &format!("cut after {cut}, {gap} ms"));
            }
        }
    }
}

#[test]
fn two_clicks_on_one_spot_are_a_double_click_if_they_follow_soon() {
    let click = |column: u16| format!("\x1b[<0;{column};5M");
    let at = |column: u16| Position::new(column - 1, 4);
    let pointers = |typed: Typed| -> Vec<Pointer> {
        let pointer = |input: &Input| match input {
            Input::Pointer(pointer) => *pointer,
            other => panic!("{other:?}"),
        };
        typed.inputs.iter().map(pointer).collect()
    };
    let clicks = |gap| Typed::new().read(0, click(3)).read(gap, click(3));
    let (one, two) = (Pointer::Click(at(3)), Pointer::DoubleClick(at(3)));
    assert_eq!(pointers(clicks(200)), [one, two]);
    assert_eq!(pointers(clicks(500)), [one, one]);
    assert_eq!(pointers(clicks(100).read(100, click(3))), [one, two, one]);
    let elsewhere = Typed::new().read(0, click(3)).read(100, click(9));
    assert_eq!(pointers(elsewhere), [one, Pointer::Click(at(9))]);
}

#[test]
fn the_background_that_the_terminal_answers_is_dark_or_light() {
    for (answer, expected) in [
        ("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", Some(Background::Dark)),
        ("\x1b]11;rgb:fafa/fafa/f5f5\x07", Some(Background::Light)),
        ("\x1b]11;rgba:ffff/ffff/ffff/ffff\x1b\\", Some(Background::Light)),
        ("\x1b]10;rgb:ffff/ffff/ffff\x1b\\", None),
        ("\x1b]11;?\x1b\\", None),
        ("\x1b]11;rgb:zz\x07", None),
    ] {
        let inputs = Typed::new().read(0, answer).inputs;
        assert_eq!(
            inputs,
            expected.map(Input::Background).into_iter().collect::<Vec<_>>(),
            "{answer:?}"
        );
    }
}

#[test]
fn answers_in_single_bytes_are_none_either() {
    Typed::new().read(0, b"j\x9b?62;22c\x9d11;rgb:0/0/0\x9ck").is("jk");
    Typed::new().each(9, b"j\x90>|term(q)\x9ck").is("jk");
    Typed::new().read(0, b"j\x85\xffk").is("jk");
}

#[test]
fn a_key_with_alt_is_not_the_key_without_and_keeps_no_others_for_long() {
    reads("\x1bx\x1bqj", "Alt-xAlt-qj");
    reads("\x1bäj", "Alt-äj");
    reads("\x1b\rj", "Alt-Enterj");
    Typed::new().read(0, "\x1bP").read(1_100, "jk").is("jk");
    Typed::new().read(0, "\x1b]").read(1_100, "\x04").is("^D");
    Typed::new().read(0, "\x1b[").read(1_100, "j").is("j");
    let held = Typed::new().read(0, "\x1bP").each(33, "j".repeat(40));
    assert!(held.inputs.len() >= 9, "the string is over after a second");
    // Control keys are taken at once.
    Typed::new().read(0, "\x1bP").read(5, "j\x03").is("^C");
    Typed::new().read(0, "\x1b[").read(5, "\x03").is("^C");
}

#[test]
fn esc_is_a_key_when_nothing_follows() {
    let typed = Typed::new().read(0, "\x1b");
    assert_eq!(typed.keyboard.wait_budget(typed.at), Some(ESCAPE_LIMIT));
    typed.pass(49).read(0, "").pass(1).is("Esc");
    Typed::new().read(0, "\x1b").read(150, "P").is("EscP");
    Typed::new().read(0, "\x1b").read(150, "[").read(9, "x").is("Esc[x");
    // Two keys from a program, each written by itself.
    Typed::new().read(0, "\x1b").read(0, "X").is("EscX");
    Typed::new().read(0, "\x1b").read(0, "q").is("Escq");
    Typed::new().read(0, "\x1b\x1b").pass(50).is("EscEsc");
    Typed::new().read(0, "\x1b\x1b[A").is("Esc↑");
}

#[test]
fn keys_are_known_however_terminals_write_them() {
    for (bytes, keys) in [
        ("jJ ä漢", "jJSpaceä漢"),
        ("\r\n\t\x7f\x08", "Enter^JTabBackspace^H"),
        ("\x00\x01\x1a\x1c\x1f", "^Space^A^Z^4^7"),
        ("\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "↑↓→←HomeEnd"),
        ("\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF", "↑↓→←HomeEnd"),
        ("\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[P\x1b[Q\x1b[R\x1b[S", "F1F2F3F4F1F2F3F4"),
        ("\x1b[[A\x1b[[E\x1b[11~\x1b[15~\x1b[17~\x1b[24~", "F1F5F1F5F6F12"),
        ("\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1b[3~\x1b[5~\x1b[6~", "HomeEndHomeEndDeletePgUpPgDn"),
        ("\x1b[Z\x1b[2~\x1b[E", "Shift-Tab"),
        // Modifiers belong to the key; with Super it is none.
        ("\x1b[1;2A\x1b[1;5B\x1b[5;5~\x1b[1;3A\x1b[6;3~\x1b[1;9D", "Shift-↑^↓^PgUpAlt-↑Alt-PgDn"),
        // xterm's modifyOtherKeys and kitty's protocol.
        ("\x1b[27;5;99~\x1b[27;3;113~\x1b[27;2;65~", "^CAlt-qA"),
        ("\x1b[99;5u\x1b[27u\x1b[13u\x1b[113;3u\x1b[97;2u", "^CEscEnterAlt-qA"),
        ("\x1b[106;1:1u\x1b[106;1:3u\x1b[57441;2u\x1b[1;1:3A\x1b[1;1:1A", "j↑"),
    ] {
        reads(bytes, keys);
        Typed::new().each(9, bytes).pass(2_000).is(keys);
    }
}

#[test]
fn the_mouse_is_known_in_each_of_its_writings() {
    let inputs = |bytes: &[u8]| Typed::new().each(1, bytes).inputs;
    let at = Position::new(11, 4);
    let click = [Input::Pointer(Pointer::Click(at))];
    for bytes in [&b"\x1b[<0;12;5M"[..], b"\x1b[32;12;5M", b"\x1b[M\x20\x2c\x25", b"\x1b[<16;12;5M"]
    {
        assert_eq!(inputs(bytes), click);
    }
    assert_eq!(inputs(b"\x1b[<64;12;5M"), [Input::Pointer(Pointer::ScrollUp(at))]);
    assert_eq!(inputs(b"\x1b[<65;12;5M"), [Input::Pointer(Pointer::ScrollDown(at))]);
    // Releases, drags, other buttons; places that there are not.
    for bytes in ["\x1b[<0;12;5m", "\x1b[<32;12;5M", "\x1b[<2;12;5M", "\x1b[<0;0;0M", "\x1b[0;0;0M"]
    {
        assert_eq!(inputs(bytes.as_bytes()), []);
    }
    assert_eq!(inputs(b"\x1b[M\x00\x00\x00"), []);
}

#[test]
fn a_paste_is_one_input_with_all_that_is_in_it() {
    reads("j\x1b[200~q\x1b]11;x\r\x1b[201~k", "jpaste(q\x1b]11;x\r)k");
    Typed::new().each(9, "\x1b[200~qq\x1b[201~k").is("paste(qq)k");
}

#[test]
fn no_rest_of_a_slow_paste_is_typed() {
    for start in ["\x1b[200~", "\u{9b}200~"] {
        let cut = Typed::new().read(0, start).read(9_000, "qq");
        cut.read(9_000, "X\r\x1b[201~k").is("paste(qqX\r)k");
        Typed::new().read(0, start).each(400, "q\rX\r\x1b[201~k").is("paste(q\rX\r)k");
    }
}

#[test]
fn a_paste_whose_end_was_lost_ends_by_esc_or_after_a_while() {
    Typed::new().read(0, "\x1b[200~qq").pass(10_000).read(0, "k").is("paste(qq)k");
    Typed::new().read(0, "\x1b[200~qq").read(99, "\x1b").pass(1_000).read(0, "k").is("paste(qq)k");
}

#[test]
fn of_what_never_ends_only_so_much_is_kept_and_its_end_is_still_found() {
    let endless = |start: &str, middle: &str| {
        let typed = (0..99).fold(Typed::new().read(0, start), |typed, _| {
            let typed = typed.read(1, middle.repeat(999));
            assert!(typed.keyboard.begun.len() <= MOST_BEGUN + 9, "{start:?}");
            typed
        });
        assert!(typed.inputs.is_empty(), "{start:?}");
        typed
    };
    for (start, end) in [("\x1b]52;c;", "\x07"), ("\x1b]2;", "\x1b\\"), ("\u{9d}2;", "\u{9c}")] {
        endless(start, "cX\u{a9}EKc").each(1, end).read(0, "k").is("k");
    }
    endless("\x1b[", "1;2;").read(0, "z").read(0, "k").is("k");
    let pasted = endless("\x1b[200~", "q\r\u{a9}").each(1, "\x1b[201~").read(0, "k");
    assert!(pasted.shown().ends_with(")k") && pasted.inputs.len() == 2, "one paste and a key");
}

#[test]
fn what_is_too_long_for_a_person_is_waited_for_as_long_as_it_comes() {
    let typed = Typed::new().read(0, "\x1b]52;c;");
    let typed = (0..9).fold(typed, |typed, _| typed.read(500, "cXEKcQ".repeat(99)));
    typed.read(500, "\x1b\\k").is("k");
}

proptest! {
    #[test]
    fn any_bytes_are_taken_in_and_what_has_begun_comes_to_an_end(
        reads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 1..9),
    ) {
        let typed = reads.iter().fold(Typed::new(), |typed, bytes| typed.read(1, bytes));
        let typed = typed.pass(10_000);
        assert_eq!(typed.keyboard.wait_budget(typed.at), None);
    }
}

#[test]
fn fuzz_what_a_terminal_sends() {
    crate::tests::fuzz::fuzz("terminal", |random| {
        let answers: Vec<&[u8]> = ANSWERS.iter().map(|(_, answer)| answer.as_bytes()).collect();
        let mut typed = Typed::new();
        for _ in 0..random.below(8) {
            let sent = random.bytes(&answers);
            let cut = random.below(sent.len() + 1);
            for part in [&sent[..cut], &sent[cut..]] {
                typed = typed.read(*random.pick(&[0, 5, 49, 51, 999]), part);
            }
        }
        // Whatever came, the next key that a person types is that key.
        typed = typed.pass(10_000);
        typed.inputs.clear();
        typed.read(0, "j").is("j");
    });
}
