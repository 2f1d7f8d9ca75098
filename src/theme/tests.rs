use super::*;

#[test]
fn roles_differ_in_every_depth_and_charset() {
    for depth in [ColorDepth::Sixteen, ColorDepth::TwoHundredFiftySix, ColorDepth::True] {
        for background in [Background::Dark, Background::Light] {
            let theme = Theme { depth, background, charset: Charset::Ascii };
            for (index, role) in Role::ALL.into_iter().enumerate() {
                for other in &Role::ALL[..index] {
                    assert_ne!(theme.role(role), theme.role(*other), "{depth:?}");
                    assert_ne!(theme.glyph(role), theme.glyph(*other));
                }
            }
        }
    }
}

#[test]
fn every_color_of_sixteen_has_the_sequence_that_old_terminals_know() {
    let theme = Theme {
        depth: ColorDepth::Sixteen,
        background: Background::Dark,
        charset: Charset::Unicode,
    };
    let exit = What::Exit { cause: crate::world::Cause::Status(0), lived: None };
    let [exec, exit] = [What::Exec, exit]
        .map(|what| Theme::escapes(theme.style(Meaning::of_event(Some(what), false))).0);
    assert_eq!((exec.as_str(), exit.as_str()), ("\x1b[94m", "\x1b[90m"));
    for color in [Color::LightCyan, Color::LightMagenta, Color::White, Color::Black] {
        let (before, after) = Theme::escapes(Style::new().fg(color));
        let code: u8 = before[2..before.len() - 1].parse().unwrap();
        assert!(matches!(code, 30..=37 | 90..=97) && after == "\x1b[0m", "{before:?}");
    }
    assert_eq!(Theme::escapes(Style::new().fg(Color::Rgb(1, 2, 3))).0, "\x1b[38;2;1;2;3m");
    assert_eq!(Theme::escapes(Style::new()), (String::new(), ""));
}

#[test]
fn without_color_nothing_is_colored() {
    let theme =
        Theme { depth: ColorDepth::None, background: Background::Dark, charset: Charset::Unicode };
    for meaning in Role::ALL.map(Meaning::Role).into_iter().chain([Meaning::New, Meaning::Busy]) {
        assert_eq!(theme.style(meaning).fg, None);
    }
    assert_eq!(theme.selected().bg, None);
}

/// Backgrounds that terminals come with.
const DARK: [[u8; 3]; 3] = [[0, 0, 0], [30, 30, 30], [40, 42, 54]];
const LIGHT: [[u8; 3]; 2] = [[255, 255, 255], [250, 250, 245]];
/// The least contrast of text (WCAG 2.2, 1.4.3).
const LEAST_CONTRAST: f64 = 4.5;
/// The least difference of two colors in CIELAB: twice what is seen at a glance.
const LEAST_DIFFERENCE: f64 = 12.0;

/// How colors are seen by most people, and with the kinds of color blindness (Machado, Oliveira and
/// Fernandes 2009, severity 1).
const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("protanopia", [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    ("deuteranopia", [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    ("tritanopia", [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
];

fn linear(color: [u8; 3]) -> [f64; 3] {
    color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

fn product(matrix: [[f64; 3]; 3], color: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| (0..3).map(|place| row[place] * color[place]).sum::<f64>())
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |color| {
        let [red, green, blue] = linear(color);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b): (f64, f64) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn lab(color: [f64; 3]) -> [f64; 3] {
    let [x, y, z] = product(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
        color.map(|part| part.clamp(0.0, 1.0)),
    );
    let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let (x, y, z) = (f(x / 0.95047), f(y), f(z / 1.08883));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn of(meaning: Meaning, background: Background) -> [u8; 3] {
    let theme = Theme { depth: ColorDepth::True, background, charset: Charset::Unicode };
    match theme.style(meaning).fg {
        Some(Color::Rgb(red, green, blue)) => [red, green, blue],
        other => panic!("{meaning:?}: {other:?}"),
    }
}

#[test]
fn texts_stand_out_from_dark_and_light_backgrounds() {
    let others = [
        Meaning::CalmOrphan,
        Meaning::New,
        Meaning::Ended,
        Meaning::Quiet,
        Meaning::Title,
        Meaning::Key,
        Meaning::Warning,
        Meaning::Match,
        Meaning::Busy,
    ];
    for meaning in Role::ALL.map(Meaning::Role).into_iter().chain(others) {
        let on = |background, colors: &[[u8; 3]]| {
            let color = of(meaning, background);
            colors.iter().map(|behind| contrast(color, *behind)).fold(f64::MAX, f64::min)
        };
        let (dark, light) = (on(Background::Dark, &DARK), on(Background::Light, &LIGHT));
        assert!(dark >= LEAST_CONTRAST && light >= LEAST_CONTRAST, "{meaning:?}: {dark} {light}");
    }
}

#[test]
fn roles_differ_with_every_kind_of_color_vision() {
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::Kernel).collect::<Vec<_>>();
    for background in [Background::Dark, Background::Light] {
        for (vision, matrix) in VISIONS {
            let seen =
                |role: Role| lab(product(matrix, linear(of(Meaning::Role(role), background))));
            for (place, role) in roles.iter().enumerate() {
                for other in &roles[..place] {
                    let (a, b) = (seen(*role), seen(*other));
                    let squares = (0..3).map(|place| (a[place] - b[place]).powi(2));
                    let difference = squares.sum::<f64>().sqrt();
                    assert!(
                        difference >= LEAST_DIFFERENCE,
                        "{role:?} and {other:?} with {vision} on {background:?}: {difference}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_selected_row_has_a_bar_of_high_contrast_or_is_reversed() {
    for depth in [ColorDepth::None, ColorDepth::Sixteen] {
        let theme = Theme { depth, background: Background::Dark, charset: Charset::Unicode };
        assert!(theme.selects_by_reverse());
        assert!(theme.selected().add_modifier.contains(Modifier::REVERSED));
    }
    for (background, colors) in [(Background::Dark, &DARK[..]), (Background::Light, &LIGHT)] {
        let bar = of(Meaning::Key, background);
        assert!(colors.iter().all(|behind| contrast(bar, *behind) >= 3.0), "{background:?}");
    }
}
