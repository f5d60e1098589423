//! A page of a list (inventory M004).

/// Which part of a list to return: pages count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// 1 or more.
    pub number: i64,
    /// 1 to 100.
    pub size: i64,
}

impl Page {
    /// Rows before the page.
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The number of the last page of a list of `total` rows, at least 1.
    pub fn last(self, total: i64) -> i64 {
        ((total + self.size - 1) / self.size).max(1)
    }
}
