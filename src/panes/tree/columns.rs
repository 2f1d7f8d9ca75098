//! The columns of the tree, and how its names are indented.

use strum::VariantArray;

use crate::panes::tree::indents::Indents;
use crate::panes::tree::order::SiblingOrder;

/// A column beside the tree, from left to right.
#[derive(Clone, Copy, Debug, Eq, PartialEq, VariantArray)]
pub(crate) enum Column {
    Pid,
    Role,
    User,
    State,
    Cpu,
    Memory,
    /// The CPU of the process and all below it.
    FamilyCpu,
    FamilyMemory,
    /// How many processes are below it.
    FamilySize,
    Threads,
    Age,
    Command,
}

/// The properties of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnRow {
    /// The column.
    pub(crate) column: Column,
    pub(crate) title: &'static str,
    /// The title where only ASCII may be drawn.
    pub(crate) ascii_title: &'static str,
    /// Its width; the command takes what is left, at least this.
    pub(crate) width: u16,
    /// Whether its text ends at the right.
    pub(crate) is_right: bool,
    /// The order in which columns are dropped on a narrow screen: the highest first. The name is
    /// never dropped.
    dropped: u8,
    /// It is shown on trees of that width, and on wider ones.
    from_width: u16,
}

const fn column(
    column: Column,
    title: &'static str,
    width: u16,
    is_right: bool,
    dropped: u8,
) -> ColumnRow {
    ColumnRow { column, title, ascii_title: title, width, is_right, dropped, from_width: 0 }
}

const fn from_width(mut row: ColumnRow, width: u16, ascii_title: &'static str) -> ColumnRow {
    row.from_width = width;
    row.ascii_title = ascii_title;
    row
}

impl Column {
    const fn row(self) -> ColumnRow {
        match self {
            Self::Pid => column(self, "PID", 7, true, 1),
            Self::Role => from_width(column(self, "ROLE", 6, false, 9), WIDE, "ROLE"),
            Self::User => column(self, "USER", 8, false, 6),
            Self::State => column(self, "S", 1, false, 7),
            Self::Cpu => column(self, "CPU%", 5, true, 0),
            Self::Memory => column(self, "MEM", 5, true, 2),
            Self::FamilyCpu => from_width(column(self, "ΣCPU%", 6, true, 10), WIDE, "+CPU%"),
            Self::FamilyMemory => from_width(column(self, "ΣMEM", 5, true, 11), WIDE, "+MEM"),
            Self::FamilySize => from_width(column(self, "ΣPROC", 6, true, 12), WIDE, "+PROC"),
            Self::Threads => column(self, "THR", 4, true, 8),
            Self::Age => column(self, "AGE", 4, true, 4),
            Self::Command => column(self, "COMMAND", 13, false, 3),
        }
    }
}

/// From that width of the tree on there is room for what is worth a column, and not necessary.
const WIDE: u16 = 131;

impl Column {
    /// The order that a click on its title asks for, if there is one by it.
    pub(crate) fn order(self) -> Option<SiblingOrder> {
        match self {
            Self::Pid => Some(SiblingOrder::Pid),
            Self::Cpu | Self::FamilyCpu => Some(SiblingOrder::Cpu),
            Self::Memory | Self::FamilyMemory => Some(SiblingOrder::Memory),
            Self::Threads => Some(SiblingOrder::Threads),
            Self::Age => Some(SiblingOrder::Birth),
            Self::Role | Self::User | Self::State | Self::FamilySize | Self::Command => None,
        }
    }

    /// Whether it shows the very figures that rows are ordered by.
    pub(super) fn is_of(self, order: SiblingOrder) -> bool {
        !matches!(self, Self::FamilyCpu | Self::FamilyMemory) && self.order() == Some(order)
    }
}

/// The order that the title at that column of the screen stands for.
pub(crate) fn order_at(x: u16, width: u16) -> Option<SiblingOrder> {
    let columns = columns(width, 0);
    if x < columns.name_width {
        return Some(SiblingOrder::Name);
    }
    let area = columns.areas.iter().find(|area| (area.x..area.x + area.width).contains(&x))?;
    area.row.column.order()
}

/// The narrowest tree beside which a column may stand.
const NARROWEST_TREE: u16 = 25;

/// So many columns more has the name, before the command has any.
const FIRST_TO_NAME: u16 = 4;

/// A column with its place.
#[derive(Debug)]
pub(crate) struct ColumnArea {
    /// The column.
    pub(crate) row: ColumnRow,
    /// Its left edge, from the tree's.
    pub(crate) x: u16,
    pub(crate) width: u16,
}

/// Where the columns are in a tree of that width; the name has what is before the first.
#[derive(Debug)]
pub(crate) struct Columns {
    /// The width of the name with its guides.
    pub(crate) name_width: u16,
    /// How names are indented in it.
    pub(crate) indents: Indents,
    /// The columns that fit, from left to right.
    pub(crate) areas: Vec<ColumnArea>,
}

/// Fits the columns into a width; the deepest row on screen has so many ancestors.
pub(crate) fn columns(width: u16, deepest: usize) -> Columns {
    // The last column is the scrollbar's.
    let width = width.saturating_sub(1);
    let all = Column::VARIANTS.iter().map(|column| column.row());
    let mut kept: Vec<ColumnRow> = all.filter(|row| row.from_width <= width).collect();
    let needed =
        |kept: &[ColumnRow]| kept.iter().map(|row| row.width + 1).sum::<u16>() + NARROWEST_TREE;
    while needed(&kept) > width {
        let Some(first) = (0..kept.len()).max_by_key(|index| kept[*index].dropped) else { break };
        kept.remove(first);
    }
    let spare = width.saturating_sub(needed(&kept));
    let has_command = kept.iter().any(|row| row.column == Column::Command);
    // Names are short and families rarely deep: commands need the room more, but for the first.
    let to_name = if has_command { spare.min(FIRST_TO_NAME).max(spare / 3).min(32) } else { spare };
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
    Columns { name_width, indents: Indents::new(deepest, name_width), areas }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_trees_drop_columns_in_the_stated_order_and_keep_the_name() {
        let titles = |width| -> Vec<&str> {
            columns(width, 0).areas.iter().map(|area| area.row.title).collect()
        };
        assert_eq!(titles(200).len(), Column::VARIANTS.len());
        assert_eq!(titles(80), ["PID", "USER", "S", "CPU%", "MEM", "AGE", "COMMAND"]);
        assert_eq!(titles(50), ["PID", "CPU%", "MEM"]);
        assert_eq!(titles(40), ["PID", "CPU%"]);
        assert_eq!(titles(32), ["CPU%"]);
        assert!(titles(20).is_empty());
        assert_eq!(columns(20, 0).name_width, 19);
    }

    #[test]
    fn columns_fit_at_every_width() {
        for width in 1..300 {
            let columns = columns(width, 0);
            let end = columns.areas.last().map_or(columns.name_width, |last| last.x + last.width);
            assert!(end <= width, "{width}");
        }
    }
}
