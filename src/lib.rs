//! pexplore shows who started whom, watches processes live and die, and says why.
//!
//! Facts come in as records, keys mean actions, one pure `update` folds both into plain state and
//! returns effects, and pure functions turn that state into a screen, text or JSON.
//!
//! ```text
//!   source ── Record ──┐                            ┌─▶ ui::draw(&App) ──▶ terminal
//!   keyboard ── Key ───┼─▶ Input ─▶ App::update ────┤
//!   effects ─ Outcome ─┘               │            └─▶ report::*(&World) ─▶ text · JSON
//!      ▲                               ▼
//!      └────────── runtime ◀──── Vec<Effect>     signals · lab · sources · clipboard · suspend
//! ```
//!
//! | folder | what it owns | what it must not do |
//! |---|---|---|
//! | [`model`] | processes, families, roles, rows | I/O, clocks, terminals |
//! | [`app`] | keys, cursor, dialogs, the update | I/O, clocks, terminals |
//! | [`ui`] | the screen | change anything |
//! | [`report`] | text and JSON without a screen | read anything |
//! | [`source`] | `/proc` and sysinfo into records | decide anything |
//! | [`lab`] | test children and their cleanup | touch other processes |
//! | [`runtime`] | the loop, signals, the terminal | know what keys mean |

pub mod app;
pub mod cli;
pub mod lab;
pub mod model;
pub mod report;
pub mod runtime;
pub mod source;
pub mod ui;

#[cfg(test)]
mod tests;
