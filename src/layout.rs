//! Where everything is on the screen: pure, so that update and drawing agree.

use ratatui::layout::{Position, Rect, Size};

/// The smallest screen that can be used.
pub(crate) const SMALLEST: Size = Size { width: 20, height: 5 };

/// Screens at least this wide have the details at the right.
const DETAILS_RIGHT_FROM: u16 = 140;
/// Screens at least this high have the details open at the start, below the tree.
const DETAILS_BELOW_FROM: u16 = 34;

/// Below this many lines for tree and scenario together, the tree keeps one.
const SHORT_BODY: u16 = 9;
/// A scenario needs no more lines than these below the tree.
const MOST_SCENARIO_LINES: u16 = 18;

/// Whether the details are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum DetailsShown {
    /// Where there is room enough.
    #[default]
    Auto,
    Open,
    /// Never.
    Closed,
}

/// A pane below tree and details; one at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Bottom {
    Log,
    /// The lives of a family.
    Timeline,
}

/// A pane at the right of the tree, or below it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SidePane {
    /// Everything about the selected process.
    Details(DetailsShown),
    /// The scenario that is played.
    Scenario,
}

impl Default for SidePane {
    fn default() -> Self {
        Self::Details(DetailsShown::default())
    }
}

/// The pane that has the keys.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Focus {
    #[default]
    Tree,
    Details,
    Bottom,
    Scenario,
}

/// The open panes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Panes {
    /// The pane beside the tree.
    pub(crate) beside: SidePane,
    /// The pane below them all.
    pub(crate) bottom: Option<Bottom>,
    /// How many lines the figures of the machine would take; 0 while they are closed.
    pub(crate) machine_lines: u16,
}

/// The parts of the screen.
///
/// ```text
/// ┌ header: host and machine ────────────┐
/// │ legend: how many of each role        │
/// ├ titles ──────────────────┬ details ──┤
/// │ tree                     │           │
/// ├ bottom: log or timeline ─┴───────────┤
/// │                                      │
/// └ status: the keys that work here ─────┘
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Areas {
    /// Host and machine; may be empty on small screens.
    pub(crate) header: Rect,
    /// How many of each role.
    pub(crate) legend: Rect,
    /// The figures of the machine; may be empty.
    pub(crate) machine: Rect,
    /// The titles of the columns.
    pub(crate) titles: Rect,
    pub(crate) tree: Rect,
    /// Everything about the selected process, if it is shown.
    pub(crate) details: Option<Rect>,
    /// The scenario, if one is played.
    pub(crate) scenario: Option<Rect>,
    /// The log or the timeline, if one is shown.
    pub(crate) bottom: Option<Rect>,
    pub(crate) status: Rect,
}

/// Lays the screen out; `None` if it is too small.
pub(crate) fn layout(size: Size, panes: Panes) -> Option<Areas> {
    if size.width < SMALLEST.width || size.height < SMALLEST.height {
        return None;
    }
    let header_lines = u16::from(size.height >= 10);
    let title_lines = u16::from(size.height >= 6);
    let mut top = 0;
    let mut take = |lines: u16| {
        let area = Rect::new(0, top, size.width, lines);
        top += lines;
        area
    };
    let (header, legend) = (take(header_lines), take(1));
    // The tree keeps most of the screen.
    let machine = take(panes.machine_lines.min(size.height / 3));
    let body = Rect::new(0, top, size.width, size.height - top - 1);
    let status = Rect::new(0, size.height - 1, size.width, 1);
    let (body, bottom) = cut_bottom(body, size, title_lines, panes.bottom);
    let (main, scenario, details) = match panes.beside {
        SidePane::Scenario => {
            let (main, scenario) = split_for_scenario(body, size, title_lines);
            (main, scenario, None)
        }
        SidePane::Details(pane) => {
            let (main, details) = split(body, size, pane);
            (main, None, details)
        }
    };
    let titles = Rect { height: title_lines.min(main.height), ..main };
    let tree = Rect { y: main.y + titles.height, height: main.height - titles.height, ..main };
    Some(Areas { header, legend, machine, titles, tree, details, scenario, bottom, status })
}

/// Gives the pane at the bottom a third of the screen, but leaves the tree two rows.
fn cut_bottom(
    body: Rect,
    size: Size,
    title_lines: u16,
    pane: Option<Bottom>,
) -> (Rect, Option<Rect>) {
    if pane.is_none() {
        return (body, None);
    }
    let wanted = if size.height < 12 { body.height.div_ceil(2) } else { (size.height / 3).max(4) };
    let height = wanted.min(body.height.saturating_sub(title_lines + 2)).max(1);
    let upper = Rect { height: body.height - height, ..body };
    (upper, Some(Rect { y: upper.y + upper.height, height, ..body }))
}

/// Whether the scenario's pane has a line for its title: not where it is as good as nothing else.
pub(crate) fn scenario_has_title(pane: Rect) -> bool {
    pane.height > 2
}

/// The title of the pane at the bottom, and what is below it. A pane of one line has no title.
pub(crate) fn bottom_parts(pane: Rect) -> (Option<Rect>, Rect) {
    if pane.height < 2 {
        return (None, pane);
    }
    let inner = Rect { y: pane.y + 1, height: pane.height - 1, ..pane };
    (Some(Rect { height: 1, ..pane }), inner)
}

fn split(body: Rect, size: Size, details: DetailsShown) -> (Rect, Option<Rect>) {
    let right = size.width >= DETAILS_RIGHT_FROM;
    let is_open = match details {
        DetailsShown::Open => true,
        DetailsShown::Closed => false,
        DetailsShown::Auto => size.height >= 12 && (right || size.height >= DETAILS_BELOW_FROM),
    };
    if !is_open {
        return (body, None);
    }
    if right {
        let width = (body.width / 3).clamp(46, 72);
        let left = Rect { width: body.width - width, ..body };
        return (left, Some(Rect { x: left.width, width, ..body }));
    }
    // Between tree and a pane below there may be little left.
    let height = (body.height * 2 / 5).max(3).min(body.height.saturating_sub(2));
    if height == 0 {
        return (body, None);
    }
    let upper = Rect { height: body.height - height, ..body };
    (upper, Some(Rect { y: upper.y + upper.height, height, ..body }))
}

/// A scenario takes the place of the details, and more of a screen that is not wide.
fn split_for_scenario(body: Rect, size: Size, title_lines: u16) -> (Rect, Option<Rect>) {
    if size.width >= DETAILS_RIGHT_FROM {
        return split(body, size, DetailsShown::Open);
    }
    // Where there is next to no room, the scenario needs it more than the tree.
    let height = if body.height < SHORT_BODY {
        body.height.saturating_sub(title_lines + 1)
    } else {
        body.height.div_ceil(2).min(MOST_SCENARIO_LINES)
    };
    if height == 0 {
        return (body, None);
    }
    let upper = Rect { height: body.height - height, ..body };
    (upper, Some(Rect { y: upper.y + upper.height, height, ..body }))
}

/// The inside of a dialog whose content has that size, in the middle of the screen as far as there
/// is room. The status line stays free.
pub(crate) fn dialog_area(screen: Size, content: Size) -> Rect {
    let frame = dialog_frame(screen, content);
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

/// The frame around [`dialog_area`].
pub(crate) fn dialog_frame(screen: Size, content: Size) -> Rect {
    let width = content.width.saturating_add(4).min(screen.width);
    let height = content.height.saturating_add(2).min(screen.height.saturating_sub(1));
    Rect {
        x: (screen.width - width) / 2,
        y: screen.height.saturating_sub(1).saturating_sub(height) / 2,
        width,
        height,
    }
}

impl Areas {
    /// The row of the tree at that position, from its first on screen.
    pub(crate) fn tree_line(&self, position: Position) -> Option<usize> {
        self.tree.contains(position).then(|| usize::from(position.y - self.tree.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_areas_fill_the_screen_without_overlap() {
        for width in 20..220 {
            for height in 5..60 {
                for (beside, bottom) in panes() {
                    let panes = Panes { beside, bottom, machine_lines: 0 };
                    let areas = layout(Size { width, height }, panes).unwrap();
                    let all = [areas.header, areas.legend, areas.titles, areas.tree, areas.status];
                    let side = areas.details.into_iter().chain(areas.scenario);
                    let parts = all.into_iter().chain(side).chain(areas.bottom);
                    let parts: Vec<Rect> = parts.filter(|part| !part.is_empty()).collect();
                    let covered: u32 = parts.iter().copied().map(Rect::area).sum();
                    assert_eq!(covered, u32::from(width) * u32::from(height), "{width}x{height}");
                    for (index, part) in parts.iter().enumerate() {
                        assert!(parts[..index].iter().all(|other| !other.intersects(*part)));
                    }
                    assert!(areas.tree.height >= 1, "{width}x{height}");
                    assert_eq!(areas.bottom.is_some(), bottom.is_some(), "{width}x{height}");
                }
            }
        }
        assert_eq!(layout(Size { width: 19, height: 50 }, Panes::default()), None);
    }

    fn panes() -> impl Iterator<Item = (SidePane, Option<Bottom>)> {
        let bottoms = [None, Some(Bottom::Log), Some(Bottom::Timeline)];
        let details = [DetailsShown::Auto, DetailsShown::Open, DetailsShown::Closed];
        details
            .map(SidePane::Details)
            .into_iter()
            .chain([SidePane::Scenario])
            .flat_map(move |beside| bottoms.map(|bottom| (beside, bottom)))
    }

    #[test]
    fn the_pane_at_the_bottom_takes_a_third_and_leaves_the_tree_two_rows() {
        let heights = |height| {
            let beside = SidePane::Details(DetailsShown::Closed);
            let panes = Panes { beside, bottom: Some(Bottom::Log), machine_lines: 0 };
            let areas = layout(Size { width: 80, height }, panes).unwrap();
            (areas.tree.height, areas.bottom.map(|area| area.height))
        };
        assert_eq!(heights(5), (2, Some(1)));
        assert_eq!(heights(8), (2, Some(3)));
        assert_eq!(heights(11), (3, Some(4)));
        assert_eq!(heights(12), (4, Some(4)));
        assert_eq!(heights(24), (12, Some(8)));
        assert_eq!(heights(50), (30, Some(16)));
    }
}
