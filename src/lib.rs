//! pexplore shows who started whom, watches processes live and die, and says why.
//!
//! ```text
//!  pexplore · web-3 · up 16m · load 0.42 · cpu ▁ 7 %     events connector │ app/draw/header
//!  ◆ main 1  ○ child 1  ⚑ orphan 2  † 1                      5 processes │   roles verdict (roles)
//!  PROCESS                     PID ROLE   CPU %   AGE ╭ make 900 ──────── │
//! ▾ ◆ systemd                    1 main     0.0   16m │ role   main       │ panes/tree
//! ├─▾ ○ bash                   812 child    0.0   15m │ origin forked by  │   rows, columns, folds,
//! │ └── † make SIGKILL         900 main       ·   15m │        812 (bash) │   cursor, search (draw)
//! ├── ⚑ cc of 900 make †       950 orphan   0.0   15m │ because its …     │ panes/details
//! └── ⚑ as of 900 make †       951 orphan   0.0   15m │ relations …       │   describe: the sentences
//! ─ log · everything · 4 entries ──────────────────────────────────────── │ panes/log, panes/timeline,
//!  08:16:41.010 exit   make 900   lived 15m 11s · SIGKILL                 │ panes/scenario
//!  08:16:41.010 orphan cc 950     of make 900 † SIGKILL, adopted by 1     │   world/log: what happened
//!  as predicted: make 900 ended by SIGKILL, 2 orphans adopted by 1        │ app/draw/status, forecast
//! ```
//!
//! A dialog on top of it is a room of its own: `dialogs/` (signal, order, prompt, help,
//! `test_process`, `lab_menu`). What keys mean stands in `keymap`, where things are in `layout`,
//! how they look in `theme`. What is printed without a screen stands in `report`.
//!
//! Facts come in as records, keys mean commands, one pure `update` folds both into plain state and
//! returns effects, and pure functions turn that state into a screen, text or JSON:
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
//! | [`record`], [`verdict`] | what crosses the edge, and what is said of a process, as data | I/O, clocks |
//! | [`world`] | every process that is known, and what happened to it | I/O, clocks, rules, sentences |
//! | [`roles`], [`forecast`] | what a process is, what a signal does | I/O, clocks |
//! | [`describe`], [`text`] | sentences from values | I/O, clocks |
//! | [`scenario`], [`test_process`] | demonstrations, and what they start | I/O, clocks |
//! | [`panes`], [`dialogs`], [`app`] | the rooms of the screen, and the shell around them | I/O, clocks, terminals |
//! | [`keymap`], [`layout`], [`theme`] | what keys mean, where things are, how they look | I/O |
//! | [`report`], [`recording`] | text and JSON without a screen; recorded sessions | read anything |
//! | [`linux`] | tools of the system | decide anything |
//! | [`source`] | `/proc`, the kernel and sysinfo into records | decide anything |
//! | [`lab`] | test processes and their cleanup | touch other processes |
//! | [`runtime`], [`cli`] | the loop, signals, the terminal, the command line | know what keys mean |

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
pub mod trouble;
pub mod verdict;
pub mod world;

#[cfg(test)]
mod tests;
