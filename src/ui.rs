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

pub mod bottom;
pub mod columns;
pub mod details;
pub mod dialog;
mod guide;
pub mod header;
pub mod help;
pub mod input;
mod lab_menu;
pub mod log;
pub mod signal;
pub mod status;
mod test_process;
pub mod theme;
pub mod timeline;
pub mod tree;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::App;
use crate::ui::theme::Theme;

/// Draws the whole screen.
pub fn draw(app: &App, theme: Theme, frame: &mut Frame<'_>) {
    // The terminal may have shrunk since: the news of that is on its way, and a frame follows it.
    let areas = app.areas().filter(|_| frame.area().as_size() == app.size);
    let Some(areas) = areas else {
        too_small(frame);
        return;
    };
    header::draw(app, theme, &areas, frame.buffer_mut());
    tree::draw(app, theme, &areas, frame);
    if let Some(area) = areas.details {
        details::draw(app, theme, area, frame.buffer_mut());
    }
    if let (Some(area), Some(guide)) = (areas.guide, &app.guide) {
        guide::draw(app, theme, guide, area, frame.buffer_mut());
    }
    if let Some(area) = areas.bottom {
        bottom::draw(app, theme, area, frame.buffer_mut());
    }
    status::draw(app, theme, areas.status, frame);
    dialog::draw(app, theme, frame);
}

fn too_small(frame: &mut Frame<'_>) {
    let area = frame.area();
    let smallest = crate::app::layout::SMALLEST;
    let lines =
        [format!("too small: {}x{} needed", smallest.width, smallest.height), "q quits".to_owned()];
    for (line, y) in lines.into_iter().zip(0..area.height) {
        frame.render_widget(Line::from(line), Rect { y, height: 1, ..area });
    }
}
