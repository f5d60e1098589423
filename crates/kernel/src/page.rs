//! A page of a list (inventory M004).

/// Which part of a list to return: pages count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// 1 or more.
    pub number: i64,
    /// 1 to 100.
    pub size: i64,
}

impl Pagination {
    /// Rows before the page.
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// How many rows the list has, if the `rows` of this page show it: they end before the page is full.
    pub fn known_total(self, rows: usize) -> Option<i64> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        (rows < self.size && (rows > 0 || self.number == 1)).then(|| self.offset() + rows)
    }

    /// The number of the last page of a list of `total` rows, at least 1.
    pub fn last_page(self, total: i64) -> i64 {
        ((total + self.size - 1) / self.size).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_full_is_the_last_one() {
        let page = |number| Pagination { number, size: 20 };
        assert_eq!(
            (page(1).known_total(0), page(1).known_total(7), page(3).known_total(19)),
            (Some(0), Some(7), Some(59))
        );
        assert_eq!(
            (page(1).known_total(20), page(2).known_total(0)),
            (None, None),
            "more may follow, or it is beyond the end"
        );
    }
}
