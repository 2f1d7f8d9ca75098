//! Where everything is on the screen: pure, so that update and drawing agree.

use ratatui::layout::{Position, Rect, Size};

/// The smallest screen that can be used.
pub const SMALLEST: Size = Size { width: 20, height: 5 };

/// Screens at least this wide have the details at the right.
const DETAILS_RIGHT_FROM: u16 = 140;
/// Screens at least this high have the details open at the start, below the tree.
const DETAILS_BELOW_FROM: u16 = 34;

/// Whether the details are shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DetailsPane {
    /// Where there is room enough.
    #[default]
    Auto,
    /// Always.
    Open,
    /// Never.
    Closed,
}

/// What may lie below tree and details; one at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BottomPane {
    /// What happened.
    Log,
    /// The lives of a family.
    Timeline,
}

/// Which panes are wanted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Panes {
    /// Everything about the selected process.
    pub details: DetailsPane,
    /// What lies below them all.
    pub bottom: Option<BottomPane>,
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
pub struct Areas {
    /// Host and machine; may be empty on small screens.
    pub header: Rect,
    /// How many of each role.
    pub legend: Rect,
    /// The titles of the columns.
    pub titles: Rect,
    /// The rows.
    pub tree: Rect,
    /// Everything about the selected process, if it is shown.
    pub details: Option<Rect>,
    /// The log or the timeline, if one is shown.
    pub bottom: Option<Rect>,
    /// Keys and messages.
    pub status: Rect,
}

/// Lays the screen out; `None` if it is too small.
pub fn layout(size: Size, panes: Panes) -> Option<Areas> {
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
    let body = Rect::new(0, top, size.width, size.height - top - 1);
    let status = Rect::new(0, size.height - 1, size.width, 1);
    let (body, bottom) = cut_bottom(body, size, title_lines, panes.bottom);
    let (left, details) = split(body, size, panes.details);
    let titles = Rect { height: title_lines.min(left.height), ..left };
    let tree = Rect { y: left.y + titles.height, height: left.height - titles.height, ..left };
    Some(Areas { header, legend, titles, tree, details, bottom, status })
}

/// Gives the pane at the bottom a third of the screen, but leaves the tree two rows.
fn cut_bottom(
    body: Rect,
    size: Size,
    title_lines: u16,
    pane: Option<BottomPane>,
) -> (Rect, Option<Rect>) {
    if pane.is_none() {
        return (body, None);
    }
    let wanted = if size.height < 12 { body.height.div_ceil(2) } else { (size.height / 3).max(4) };
    let height = wanted.min(body.height.saturating_sub(title_lines + 2)).max(1);
    let upper = Rect { height: body.height - height, ..body };
    (upper, Some(Rect { y: upper.y + upper.height, height, ..body }))
}

/// The title of the pane at the bottom, and what is below it. A pane of one line has no title.
pub fn bottom_parts(pane: Rect) -> (Option<Rect>, Rect) {
    if pane.height < 2 {
        return (None, pane);
    }
    let inner = Rect { y: pane.y + 1, height: pane.height - 1, ..pane };
    (Some(Rect { height: 1, ..pane }), inner)
}

fn split(body: Rect, size: Size, details: DetailsPane) -> (Rect, Option<Rect>) {
    let right = size.width >= DETAILS_RIGHT_FROM;
    let is_open = match details {
        DetailsPane::Open => true,
        DetailsPane::Closed => false,
        DetailsPane::Auto => size.height >= 12 && (right || size.height >= DETAILS_BELOW_FROM),
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

/// The inside of a dialog whose content has that size, in the middle of the screen as far as there
/// is room. The status line stays free.
pub fn dialog_area(screen: Size, content: Size) -> Rect {
    let frame = dialog_frame(screen, content);
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

/// The frame around [`dialog_area`].
pub fn dialog_frame(screen: Size, content: Size) -> Rect {
    let width = content.width.saturating_add(4).min(screen.width);
    let height = content.height.saturating_add(2).min(screen.height.saturating_sub(1));
    Rect {
        x: (screen.width - width) / 2,
        y: screen.height.saturating_sub(1).saturating_sub(height) / 2,
        width,
        height,
    }
}

/// A column beside the tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each variant is documented by its row in COLUMNS")]
pub enum Column {
    Pid,
    Role,
    User,
    State,
    Cpu,
    Memory,
    Threads,
    Age,
    Command,
}

/// What is said of a column.
#[derive(Debug)]
pub struct ColumnRow {
    /// The column.
    pub column: Column,
    /// Its title.
    pub title: &'static str,
    /// Its width; the command takes what is left, at least this.
    pub width: u16,
    /// Whether its text ends at the right.
    pub is_right: bool,
    /// Which goes first when the screen is narrow: the highest. The name never goes.
    dropped: u8,
}

const fn column(
    column: Column,
    title: &'static str,
    width: u16,
    is_right: bool,
    dropped: u8,
) -> ColumnRow {
    ColumnRow { column, title, width, is_right, dropped }
}

/// Every column, from left to right.
pub const COLUMNS: [ColumnRow; 9] = [
    column(Column::Pid, "PID", 7, true, 1),
    column(Column::Role, "ROLE", 6, false, 7),
    column(Column::User, "USER", 8, false, 6),
    column(Column::State, "STATE", 8, false, 8),
    column(Column::Cpu, "CPU %", 5, true, 2),
    column(Column::Memory, "MEM", 5, true, 3),
    column(Column::Threads, "THR", 4, true, 9),
    column(Column::Age, "AGE", 4, true, 5),
    column(Column::Command, "COMMAND", 16, false, 4),
];

/// The narrowest tree beside which a column may stand.
const NARROWEST_TREE: u16 = 29;

/// A column with its place.
#[derive(Debug)]
pub struct ColumnArea {
    /// The column.
    pub row: &'static ColumnRow,
    /// Its left edge, from the tree's.
    pub x: u16,
    /// Its width.
    pub width: u16,
}

/// Where the columns are in a tree of that width; the name has what is before the first.
#[derive(Debug)]
pub struct Columns {
    /// The width of the name with its guides.
    pub name_width: u16,
    /// The columns that fit, from left to right.
    pub areas: Vec<ColumnArea>,
}

/// Fits the columns into a width.
pub fn columns(width: u16) -> Columns {
    let mut kept: Vec<&'static ColumnRow> = COLUMNS.iter().collect();
    let needed =
        |kept: &[&ColumnRow]| kept.iter().map(|row| row.width + 1).sum::<u16>() + NARROWEST_TREE;
    while needed(&kept) > width {
        let Some(first) = (0..kept.len()).max_by_key(|index| kept[*index].dropped) else { break };
        kept.remove(first);
    }
    let spare = width.saturating_sub(needed(&kept));
    let has_command = kept.iter().any(|row| row.column == Column::Command);
    // Names are short and families rarely deep: half of the spare room is enough.
    let to_name = if has_command { (spare / 2).min(36) } else { spare };
    let name_width = if kept.is_empty() { width } else { NARROWEST_TREE + to_name };
    let mut x = name_width;
    let areas = kept
        .into_iter()
        .map(|row| {
            let is_command = row.column == Column::Command;
            let width = row.width + if is_command { spare - to_name } else { 0 };
            let area = ColumnArea { row, x: x + 1, width };
            x += width + 1;
            area
        })
        .collect();
    Columns { name_width, areas }
}

/// How the indentation of a row is shown in a name column of some width: levels that do not fit
/// are hidden from the left, so that the name itself stays readable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Indent {
    /// Levels that are not drawn.
    pub hidden: usize,
    /// Levels that are drawn, two columns each.
    pub drawn: usize,
}

impl Indent {
    /// Columns that a level takes.
    pub const STEP: usize = 2;

    /// Indents a row of that depth.
    pub fn of(depth: usize, name_width: u16) -> Self {
        let most = usize::from(name_width) / 2 / Self::STEP;
        let hidden = depth.saturating_sub(most);
        Self { hidden, drawn: depth - hidden }
    }

    /// The column of the fold mark.
    pub fn mark_column(self) -> usize {
        self.drawn * Self::STEP
    }
}

impl Areas {
    /// Which row of the tree that is, from its first.
    pub fn tree_line(&self, position: Position) -> Option<usize> {
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
                for (details, bottom) in panes() {
                    let panes = Panes { details, bottom };
                    let areas = layout(Size { width, height }, panes).unwrap();
                    let all = [areas.header, areas.legend, areas.titles, areas.tree, areas.status];
                    let parts = all.into_iter().chain(areas.details).chain(areas.bottom);
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

    fn panes() -> impl Iterator<Item = (DetailsPane, Option<BottomPane>)> {
        let bottoms = [None, Some(BottomPane::Log), Some(BottomPane::Timeline)];
        [DetailsPane::Auto, DetailsPane::Open, DetailsPane::Closed]
            .into_iter()
            .flat_map(move |details| bottoms.map(|bottom| (details, bottom)))
    }

    #[test]
    fn the_pane_at_the_bottom_takes_a_third_and_leaves_the_tree_two_rows() {
        let heights = |height| {
            let panes = Panes { details: DetailsPane::Closed, bottom: Some(BottomPane::Log) };
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

    #[test]
    fn narrow_trees_drop_columns_in_the_stated_order_and_keep_the_name() {
        let titles = |width| -> Vec<&str> {
            columns(width).areas.iter().map(|area| area.row.title).collect()
        };
        assert_eq!(titles(200).len(), COLUMNS.len());
        assert_eq!(titles(80), ["PID", "USER", "CPU %", "MEM", "AGE", "COMMAND"]);
        assert_eq!(titles(50), ["PID", "CPU %", "MEM"]);
        assert_eq!(titles(38), ["PID"]);
        assert!(titles(20).is_empty());
        assert_eq!(columns(20).name_width, 20);
    }

    #[test]
    fn columns_fit_at_every_width() {
        for width in 1..300 {
            let columns = columns(width);
            let end = columns.areas.last().map_or(columns.name_width, |last| last.x + last.width);
            assert!(end <= width, "{width}");
        }
    }

    #[test]
    fn deep_rows_hide_their_first_levels() {
        assert_eq!(Indent::of(3, 40), Indent { hidden: 0, drawn: 3 });
        assert_eq!(Indent::of(30, 40), Indent { hidden: 20, drawn: 10 });
    }
}
