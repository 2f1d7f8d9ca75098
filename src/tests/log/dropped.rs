//! What the log says of entries that its memory had no room for.

use super::*;

#[test]
fn a_family_whose_entries_were_dropped_is_not_said_to_have_had_none() {
    let mut journey = Journey::new(100, 30);
    journey.watch(1_000, &format!("{BUILD}\n290 1 290 290 - - cron | null=3"));
    for round in 0..9 {
        journey.events(&flood(2_000 + round * 1_000, 1_000, 1));
    }
    journey.keys("/cron<Enter><Esc>e");
    let text = pane(&journey).join("\n");
    assert!(text.contains(" entries older than 08:") && text.contains(" were dropped"), "{text}");
}

#[test]
fn the_title_says_that_entries_were_dropped_while_others_are_there() {
    let mut journey = Journey::new(100, 30);
    journey.watch(1_000, BUILD);
    let mut seen = Vec::new();
    for round in 0..9 {
        journey.events(&flood(2_000 + round * 1_000, 1_000, 1));
        journey.keys(if round == 0 { "v" } else { "" });
        let title = pane(&journey).remove(0);
        let is_whole = journey.app.world.log().dropped().is_none();
        assert_eq!(!title.contains(" routine before 08:"), is_whole, "{title}");
        seen.push(is_whole);
    }
    assert_eq!((seen.first(), seen.last()), (Some(&true), Some(&false)));
}

#[test]
fn a_timeline_of_which_lives_were_dropped_says_from_when_on_it_is_complete() {
    let mut journey = Journey::new(100, 30);
    journey.app.world.set_memory_limit(MemoryLimit::megabytes(0));
    journey.watch(1_000, BUILD);
    journey.keys("/make<Enter><Esc>T");
    assert!(!pane(&journey)[0].contains("incomplete"), "{:?}", pane(&journey));
    for round in 0..12 {
        journey.events(&flood(2_000 + round * 1_000, 1_000, 5));
    }
    journey.watch(1_200, BUILD);
    let dropped = journey.app.world.history().dropped();
    let title = pane(&journey).remove(0);
    assert!(dropped.is_some() && title.contains(" · routine before 08:1"), "{title}");
    // A family that was born after that lost nothing.
    let younger = format!("{BUILD}\n9 401 9 401 3 - top | start=119900 cmd=top");
    journey.watch(1_201, &younger).keys("/top<Enter>");
    let title = pane(&journey).remove(0);
    assert!(title.contains("family of top 9") && !title.contains("incomplete"), "{title}");
    journey.keys("e");
    let text = pane(&journey).join("\n");
    assert!(text.contains("family of top 9") && !text.contains("dropped"), "{text}");
}
