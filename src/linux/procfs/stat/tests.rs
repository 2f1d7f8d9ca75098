use proptest::prelude::*;

use super::*;

const UNITS: Units = Units { ticks_per_second: 100, page_size: 4096, sees_wait_status: false };

fn parsed(line: &[u8]) -> Option<Stat> {
    parse(line, UNITS, |_, comm| String::from_utf8_lossy(comm).into())
}

fn line(comm: &str) -> String {
    format!(
        "4711 ({comm}) S 812 4711 900 34819 4711 4194368 100 0 0 0 250 50 0 0 20 5 3 0 123456 \
         1000000 300 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    )
}

#[test]
fn every_field_is_where_the_manual_says() {
    let stat = parsed(line("python3").as_bytes()).unwrap();
    assert_eq!(stat.key, ProcessKey::at_ticks(4711, 123_456));
    assert_eq!((stat.ppid, stat.pgid, stat.sid), (812, Some(4711), Some(900)));
    assert_eq!((stat.terminal().as_deref(), stat.foreground), (Some("pts/3"), Some(4711)));
    assert_eq!((stat.nice, stat.threads), (Some(5), Some(3)));
    assert_eq!(stat.usage.cpu_nanos, Some(3_000_000_000));
    assert_eq!(stat.usage.resident, Some(300 * 4096));
    assert_eq!(stat.never_execed(), Some(true));
    assert!(!stat.is_kernel_thread());
}

#[test]
fn a_name_may_hold_anything() {
    for comm in ["a b", "(", ")", ") R 1 (", "a\nb", "\u{1b}[31m", "", "日本"] {
        let stat = parsed(line(comm).as_bytes()).unwrap();
        assert_eq!(&*stat.comm, comm);
        assert_eq!(stat.ppid, 812);
    }
    let mut invalid = line("x").into_bytes();
    let name = invalid.iter().position(|byte| *byte == b'x').unwrap();
    invalid[name] = 0xff;
    assert_eq!(&*parsed(&invalid).unwrap().comm, "\u{fffd}");
}

#[test]
fn the_name_of_a_process_cannot_mislead_the_parser() {
    let text = b"7 (a) R 9 (b c) S 12 7 7 0 -1 64 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0";
    let key = ProcessKey::at_ticks(7, 987_654);
    assert_eq!(brief(text), Some(Brief { key, ppid: 12, state: State::Sleeping }));
    assert_eq!(brief(b"7 (a) R 9"), None);
}

#[test]
fn a_line_cut_before_the_start_time_is_no_process() {
    let whole = line("x");
    let start_time = whole.find("123456").unwrap();
    for end in 0..start_time {
        assert_eq!(parsed(&whole.as_bytes()[..end]), None, "cut at {end}");
    }
    let cut_after = parsed(&whole.as_bytes()[..start_time + 6]).unwrap();
    assert_eq!((cut_after.key.pid, cut_after.usage.resident), (4711, None));
}

#[test]
fn numbers_too_large_are_unknown_and_new_fields_are_ignored() {
    let huge = line("x").replace(" 300 ", " 99999999999999999999999999999999999 ");
    assert_eq!(parsed(huge.as_bytes()).unwrap().usage.resident, None);
    let longer = format!("{} 1 2 3 words of tomorrow", line("x").trim_end());
    assert_eq!(parsed(longer.as_bytes()), parsed(line("x").as_bytes()));
}

#[test]
fn a_zombies_wait_status_counts_only_where_it_can_be_read() {
    let zombie = line("x").replace(") S ", ") Z ").replace(" 20 5 3 0 ", " 20 5 1 0 ");
    assert_eq!(parsed(zombie.as_bytes()).unwrap().wait_status, None);
    let failed = format!("{} 10752", zombie.trim_end().strip_suffix(" 0").unwrap());
    assert_eq!(parsed(failed.as_bytes()).unwrap().wait_status, Some(42 << 8));
    let root = Units { sees_wait_status: true, ..UNITS };
    let stat = parse(zombie.as_bytes(), root, |_, _| "x".into()).unwrap();
    assert_eq!(stat.wait_status, Some(0));
    // A leader whose threads live on: it is theirs to end the process.
    let leader = failed.replace(" 20 5 1 0 ", " 20 5 3 0 ");
    let leader = parsed(leader.as_bytes()).unwrap();
    assert_eq!((leader.wait_status, leader.has_ended()), (None, false));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = parsed(&bytes);
        let _ = brief(&bytes).map(|brief| brief.key);
    }

    #[test]
    fn no_change_to_a_good_line_makes_it_panic(
        place in 0usize..200, byte in any::<u8>(), cut in 0usize..220
    ) {
        let mut bytes = line("a (b) c").into_bytes();
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(cut);
        let _ = parsed(&bytes);
    }

    #[test]
    fn any_name_comes_back_whole(comm in "[^\\x00]{0,60}") {
        let stat = parsed(line(&comm).as_bytes()).unwrap();
        prop_assert_eq!(&*stat.comm, comm.as_str());
        prop_assert_eq!(brief(line(&comm).as_bytes()).map(|brief| brief.key), Some(stat.key));
    }
}
