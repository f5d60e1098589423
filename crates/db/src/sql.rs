//! SQL text that runs on both engines.

use std::borrow::Cow;

/// A statement with `$1`-style placeholders. SQLite gets them as `?1`, because there `$1` is a name and not a number. A
/// `for update [of …] [skip locked]` or `for share` at the end of a query is removed for SQLite: it has one writer at a time, so there is nobody to lock out.
/// [`UNICODE`] is removed, too: our functions there know all of Unicode.
#[derive(Debug, Clone)]
pub struct Sql {
    text: Cow<'static, str>,
    sqlite: Cow<'static, str>,
}

/// Follows an argument of `lower` and `regexp_like`: PostgreSQL then folds case and knows letters as Unicode defines them,
/// also in a database with the locale C. Where PostgreSQL was built without ICU, the locale of the database counts.
pub const UNICODE: &str = " collate \"und-x-icu\"";

impl Sql {
    /// For [`sql!`], which rewrites the placeholders at compile time.
    #[doc(hidden)]
    pub const fn fixed(text: &'static str, sqlite: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), sqlite: Cow::Borrowed(sqlite) }
    }

    /// A statement whose text is built at run time. Values must still be parameters.
    pub fn dynamic(text: String) -> Self {
        let sqlite = rewrite_owned(&text);
        Self { text: Cow::Owned(text), sqlite: Cow::Owned(sqlite) }
    }

    /// The text with `$1` placeholders.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn sqlite(&self) -> &str {
        &self.sqlite
    }
}

/// `count` placeholders starting at `first`, for an `in (…)` list: `"$3, $4"`. When `count` is 0 it is `null`, which matches
/// nothing.
pub fn placeholders(first: usize, count: usize) -> String {
    if count == 0 {
        return "null".into();
    }
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

fn rewrite_owned(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    rewrite_in_place(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

const fn rewrite_in_place(bytes: &mut [u8]) {
    let mut i = 0;
    while i + 1 < bytes.len() {
        if bytes[i] == b'$' && bytes[i + 1].is_ascii_digit() {
            bytes[i] = b'?';
        }
        if starts_with(bytes, i, UNICODE.as_bytes()) {
            let end = i + UNICODE.len();
            while i < end {
                bytes[i] = b' ';
                i += 1;
            }
        }
        i += 1;
    }
    let mut start = 0;
    while start < bytes.len() {
        let update_end = lock_end(bytes, start, b" for update");
        let end = if update_end > start { update_end } else { lock_end(bytes, start, b" for share") };
        while start < end {
            bytes[start] = b' ';
            start += 1;
        }
        start += 1;
    }
}

/// Where `lock`, alone or with what belongs to it (`of` some tables, `skip locked`), ends: with the statement, or with the query in
/// parentheses around it. `start` if there is no lock.
const fn lock_end(bytes: &[u8], start: usize, lock: &[u8]) -> usize {
    if !starts_with(bytes, start, lock) {
        return start;
    }
    let mut i = start + lock.len();
    while i < bytes.len() && bytes[i] != b')' {
        if !matches!(bytes[i], b'a'..=b'z' | b'_' | b',' | b' ') {
            return start;
        }
        i += 1;
    }
    i
}

const fn starts_with(bytes: &[u8], start: usize, part: &[u8]) -> bool {
    if start + part.len() > bytes.len() {
        return false;
    }
    let mut i = 0;
    while i < part.len() {
        if bytes[start + i] != part[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// For [`sql!`]: the text as SQLite takes it.
#[doc(hidden)]
pub const fn rewrite<const N: usize>(text: &str) -> [u8; N] {
    let source = text.as_bytes();
    let mut out = [0; N];
    let mut i = 0;
    while i < N {
        out[i] = source[i];
        i += 1;
    }
    rewrite_in_place(&mut out);
    out
}

/// For [`sql!`]: how long the parts are together, in bytes.
#[doc(hidden)]
pub const fn total_len(parts: &[&str]) -> usize {
    let (mut length, mut i) = (0, 0);
    while i < parts.len() {
        length += parts[i].len();
        i += 1;
    }
    length
}

/// For [`sql!`]: the parts one after another.
#[doc(hidden)]
pub const fn concat<const N: usize>(parts: &[&str]) -> [u8; N] {
    let (mut out, mut at, mut i) = ([0; N], 0, 0);
    while i < parts.len() {
        let (part, mut j) = (parts[i].as_bytes(), 0);
        while j < part.len() {
            out[at] = part[j];
            (at, j) = (at + 1, j + 1);
        }
        i += 1;
    }
    out
}

/// For [`sql!`]: bytes that [`rewrite`] made from a valid text.
#[doc(hidden)]
pub const fn as_text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// A statement written with [`sql!`], and its place in the source.
pub struct RegisteredSql {
    pub sql: &'static Sql,
    pub place: &'static str,
}

inventory::collect!(RegisteredSql);

/// All statements written with [`sql!`] in this program.
pub fn registered_statements() -> impl Iterator<Item = &'static RegisteredSql> {
    inventory::iter::<RegisteredSql>.into_iter()
}

/// A fixed statement as `&'static Sql`. It is registered, so that one test can prepare all of them on both engines. Several
/// constants are put together: `sql!("select ", Role::COLUMNS, " from roles where id = $1")`.
#[macro_export]
macro_rules! sql {
    ($text:expr) => {{
        const TEXT: &str = $text;
        static REWRITTEN: [u8; TEXT.len()] = $crate::__sql::rewrite::<{ TEXT.len() }>(TEXT);
        static SQL: $crate::Sql = $crate::Sql::fixed(TEXT, $crate::__sql::as_text(&REWRITTEN));
        $crate::inventory::submit! { $crate::RegisteredSql { sql: &SQL, place: concat!(file!(), ":", line!()) } }
        &SQL
    }};
    ($($part:expr),+ $(,)?) => {{
        const PARTS: &[&str] = &[$($part),+];
        const JOINED: [u8; $crate::__sql::total_len(PARTS)] = $crate::__sql::concat(PARTS);
        $crate::sql!($crate::__sql::as_text(&JOINED))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbers_on_sqlite() {
        let fixed = sql!("select $2, $1 where x = '$' and $10 = 'a$b'");
        assert_eq!(fixed.sqlite(), "select ?2, ?1 where x = '$' and ?10 = 'a$b'");
        assert_eq!(Sql::dynamic(format!("x in ({})", placeholders(2, 2))).sqlite(), "x in (?2, ?3)");
        assert_eq!(placeholders(1, 0), "null");
    }

    #[test]
    fn parts_are_joined() {
        const COLUMNS: &str = "id, größe";
        let joined = sql!("select ", COLUMNS, " from a where id = $1", " for update");
        assert_eq!(joined.text(), "select id, größe from a where id = $1 for update");
        assert_eq!(joined.sqlite().trim_end(), "select id, größe from a where id = ?1");
    }

    #[test]
    fn sqlite_gets_no_collations_of_postgresql() {
        let fixed = sql!("select lower(a", UNICODE, ") = lower($1", UNICODE, ")");
        assert_eq!(fixed.sqlite().replace(' ', ""), "selectlower(a)=lower(?1)");
        assert_eq!(fixed.text(), "select lower(a collate \"und-x-icu\") = lower($1 collate \"und-x-icu\")");
    }

    #[test]
    fn sqlite_gets_no_row_locks() {
        let locking = sql!("select x from y where z = $1 for update");
        assert_eq!(locking.sqlite().trim_end(), "select x from y where z = ?1");
        let some = sql!("select x from y, z where v = 'a for update' and w = $1 for update of y, z");
        assert_eq!(some.sqlite().trim_end(), "select x from y, z where v = 'a for update' and w = ?1");
        assert_eq!(sql!("select x from y where z = $1 for share").sqlite().trim_end(), "select x from y where z = ?1");
        let within = sql!("with a as (select x from y limit $1 for update skip locked) update y set z = 1");
        let kept: String = within.sqlite().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(kept, "with a as (select x from y limit ?1 ) update y set z = 1");
        assert_eq!(Sql::dynamic("for update".into()).sqlite(), "for update");
        assert_eq!(Sql::dynamic(String::new()).sqlite(), "");
    }
}
