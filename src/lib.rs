//! pexplore shows who started whom, watches processes live and die, and says why.
//!
//! Facts come in as records, keys mean actions, one pure `update` folds both into plain state and
//! returns effects, and pure functions turn that state into a screen, text or JSON.
//!
//! ```text
//!   source ── Record ──┐                            ┌─▶ app::draw(&App) ──▶ terminal
//!   keyboard ── Key ───┼─▶ Input ─▶ App::update ────┤
//!   effects ─ Outcome ─┘               │            └─▶ report::*(&World) ─▶ text · JSON
//!      ▲                               ▼
//!      └────────── runtime ◀──── Vec<Effect>     signals · lab · sources · clipboard · suspend
//! ```
//!
//! | folder | what it owns | what it must not do |
//! |---|---|---|
//! | [`record`] | what crosses the edge, as data | I/O, clocks |
//! | [`world`], [`roles`], [`forecast`] | processes, their roles, what a signal does | I/O, clocks |
//! | [`describe`], [`text`] | sentences from values | I/O, clocks |
//! | [`scenario`], [`test_process`] | demonstrations, and what they start | I/O, clocks |
//! | [`panes`] | what the panes show | I/O, clocks, terminals |
//! | [`app`] | keys, cursor, dialogs, the update | I/O, clocks, terminals |
//! | [`dialogs`] | what lies on top of it | I/O, clocks, terminals |
//! | [`keymap`], [`layout`], [`theme`] | what keys mean, where things are, how they look | I/O |
//! | [`report`] | text and JSON without a screen | read anything |
//! | [`linux`] | tools of the system | decide anything |
//! | [`source`] | `/proc` and sysinfo into records | decide anything |
//! | [`lab`] | test processes and their cleanup | touch other processes |
//! | [`runtime`] | the loop, signals, the terminal | know what keys mean |

pub mod app;
pub mod cli;
pub mod describe;
pub mod dialogs;
pub mod forecast;
pub mod keymap;
pub mod lab;
pub mod layout;
pub mod linux;
pub mod panes;
pub mod record;
pub mod recording;
pub mod report;
pub mod roles;
pub mod runtime;
pub mod scenario;
pub mod sent_signals;
pub mod source;
pub mod test_process;
pub mod text;
pub mod theme;
pub mod verdict;
pub mod world;

#[cfg(test)]
mod tests;
