//! How rows are indented: the same for all rows on screen, so that their guides meet.

/// Levels up to that depth take two columns, deeper ones one.
const WIDE_LEVELS: usize = 8;
/// Columns before the guides: the bar of the cursor stands there.
const MARGIN: usize = 1;

/// The columns of the levels. What does not fit into half of the name is hidden from the left, for
/// all rows alike, so that names stay readable.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Indents {
    /// Levels that are not drawn.
    hidden: usize,
}

/// Where a level begins, if none is hidden.
fn column(level: usize) -> usize {
    level.min(WIDE_LEVELS) * 2 + level.saturating_sub(WIDE_LEVELS)
}

impl Indents {
    /// Indents rows of which the deepest has so many ancestors.
    pub(crate) fn new(deepest: usize, name_width: u16) -> Self {
        let most = usize::from(name_width) / 2;
        let fits = |hidden: &usize| column(deepest) - column(*hidden) <= most;
        Self { hidden: (0..=deepest).find(fits).unwrap_or(deepest) }
    }

    /// The column of the fold mark of a row with so many ancestors.
    pub(crate) fn mark_column(self, depth: usize) -> usize {
        MARGIN + column(depth).saturating_sub(column(self.hidden))
    }

    /// The levels above such a row that are drawn, the outermost first, with the width of each.
    pub(crate) fn drawn(self, depth: usize) -> impl DoubleEndedIterator<Item = usize> {
        (self.hidden..depth).map(|level| column(level + 1) - column(level))
    }

    /// Whether levels above such a row are hidden.
    pub(crate) fn hides(self, depth: usize) -> bool {
        self.hidden > 0 && depth > 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn deep_levels_are_narrow_and_the_first_are_hidden_for_all_rows_alike() {
        let shallow = Indents::new(3, 40);
        assert_eq!([0, 1, 3].map(|depth| shallow.mark_column(depth)), [1, 3, 7]);
        let deep = Indents::new(12, 40);
        assert_eq!(deep.mark_column(12), 1 + 20);
        assert_eq!(deep.drawn(10).collect::<Vec<_>>(), [2, 2, 2, 2, 2, 2, 2, 2, 1, 1]);
        let deeper = Indents::new(30, 40);
        assert_eq!((deeper.mark_column(30), deeper.mark_column(2)), (21, 1));
        assert!(deeper.hides(30) && !deeper.hides(0) && !deep.hides(12));
    }

    proptest! {
        #[test]
        fn a_level_has_one_column_in_all_rows(deepest in 0_usize..200, width in 10_u16..100) {
            let indents = Indents::new(deepest, width);
            for depth in 0..=deepest {
                let drawn: usize = indents.drawn(depth).sum();
                prop_assert_eq!(indents.mark_column(depth), MARGIN + drawn);
                prop_assert!(drawn <= usize::from(width) / 2);
            }
        }
    }
}
