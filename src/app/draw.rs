//! The screen: pure functions from the [`App`] to cells. Drawing changes nothing.
//!
//! ```text
//! ┌ header ──────────────────────────────────────────────┐
//! │ pexplore · web-3 · up 12d · load … · cpu … · mem …   │
//! │ ◆ main 24  ● parent 31  ○ child 187  …     (legend)  │
//! ├ tree ────────────────────────────────┬ details ──────┤
//! │ PROCESS          PID  USER  COMMAND  │ role  child   │
//! │ ▾ ◆ systemd        1  root  …        │ because …     │
//! ├ log or timeline ─────────────────────┴───────────────┤
//! │ 10:03:11.250 fork  make 812   by bash 401            │
//! └ status ──────────────────────────────────────────────┘   dialogs lie on top
//! ```

mod header;
mod status;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::App;
use crate::dialogs::prompt::{PromptKind, palette};
use crate::dialogs::{
    Dialog, help, lab_menu, members, order, prompt, signal, test_process, trouble,
};
use crate::keymap::GlobalCommand;
use crate::layout::{Areas, Bottom, Focus, SMALLEST, bottom_parts};
use crate::panes::bottom::Look;
use crate::panes::details::draw::Contents;
use crate::panes::{details, log, machine, scenario, timeline, tree};
use crate::theme::Theme;

/// Draws the whole screen.
pub fn draw(app: &App, theme: Theme, frame: &mut Frame<'_>) {
    // The terminal may have shrunk since: the input that says so is on its way.
    let areas = app.areas().filter(|_| frame.area().as_size() == app.size);
    let Some(areas) = areas else {
        too_small(app, theme, frame);
        return;
    };
    header::draw(app, theme, &areas, frame.buffer_mut());
    machine::draw::draw(&app.world, theme, areas.machine, frame.buffer_mut());
    let view = tree::draw_columns::View {
        tree: &app.tree,
        world: &app.world,
        new_for: app.options.linger.as_secs_f64(),
        theme,
    };
    tree::draw::draw(view, &areas, frame);
    draw_panes(app, theme, &areas, frame);
    status::draw(app, theme, areas.status, frame);
    draw_dialog(app, theme, frame);
}

fn draw_panes(app: &App, theme: Theme, areas: &Areas, frame: &mut Frame<'_>) {
    let look = |focus| Look { theme, has_keys: app.focus == focus };
    if let Some(area) = areas.details {
        let process = app.selected().and_then(|key| app.world.get(key));
        let name = |process: &crate::world::Process| {
            format!(" {} {} ", theme.foreign(&process.stat.comm), process.id().pid)
        };
        let contents = Contents {
            title: process.map(name).unwrap_or_default(),
            lines: app.details_lines(),
            scroll: app.details.scroll,
            frame: Theme::frame(app.focus == Focus::Details),
        };
        details::draw::draw(contents, theme, area, frame.buffer_mut());
    }
    if let (Some(area), Some(pane)) = (areas.scenario, &app.scenario) {
        let look = look(Focus::Scenario);
        scenario::draw::draw(pane, app.world.now(), look, area, frame.buffer_mut());
    }
    if let Some(area) = areas.bottom {
        let view = super::bottom_view(&app.world, &app.tree, Some(*areas));
        let (title, inner) = bottom_parts(area);
        let parts = [title.unwrap_or_default(), inner];
        let look = look(Focus::Bottom);
        let buffer = frame.buffer_mut();
        match app.bottom.open {
            Some(Bottom::Log) => log::draw::draw(&app.bottom, view, look, parts, buffer),
            Some(Bottom::Timeline) => timeline::draw::draw(&app.bottom, view, look, parts, buffer),
            None => {}
        }
    }
}

fn draw_dialog(app: &App, theme: Theme, frame: &mut Frame<'_>) {
    let keymap = &app.options.keymap;
    match &app.dialog {
        Some(Dialog::Help(dialog)) => {
            help::draw::draw(&app.help_text(), dialog.scroll, theme, frame);
        }
        Some(Dialog::Signal(dialog)) => {
            signal::draw::draw(dialog, &app.world, keymap, theme, frame);
        }
        Some(Dialog::TestProcess(dialog)) => test_process::draw::draw(theme, dialog, frame),
        Some(Dialog::Lab(menu)) => lab_menu::draw::draw(theme, menu, frame),
        Some(Dialog::Order(dialog)) => order::draw::draw(theme, dialog.choice, frame),
        Some(Dialog::Trouble(dialog)) => trouble::draw::draw(dialog, &app.world, theme, frame),
        Some(Dialog::Members(dialog)) => members::draw::draw(dialog, &app.world, theme, frame),
        Some(Dialog::Prompt(prompt)) if prompt.kind == PromptKind::Palette => {
            let commands = palette(app.commands(), prompt.text.value());
            prompt::draw::draw_palette(prompt, &commands, theme, frame);
        }
        Some(Dialog::Prompt(_)) | None => {}
    }
}

fn too_small(app: &App, theme: Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let quit = theme.foreign(&app.key(GlobalCommand::Quit)).into_owned();
    let lines = [
        format!("too small: {}x{} needed", SMALLEST.width, SMALLEST.height),
        format!("{quit} quits"),
    ];
    for (line, y) in lines.into_iter().zip(0..area.height) {
        frame.render_widget(Line::from(line), Rect { y, height: 1, ..area });
    }
}

/// The text of a screen, without what is empty at the ends of lines.
pub(crate) fn text_of(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let lines = buffer.content().chunks(width).map(|line| {
        let mut text = String::new();
        let mut skip = 0;
        for cell in line {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = crate::text::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        text.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
