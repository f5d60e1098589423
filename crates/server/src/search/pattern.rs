//! Converts search patterns to a form that both engines accept.

/// Completes an escape character at the end of a `like` pattern, which PostgreSQL rejects.
pub(super) fn complete_like(pattern: &str) -> String {
    let trailing = pattern.chars().rev().take_while(|c| *c == '\\').count();
    if trailing % 2 == 1 { format!("{pattern}\\") } else { pattern.to_owned() }
}

/// The regular expression that matches what the SQL pattern (`similar to`) matches: `%` and `_` are wildcards, `\`
/// escapes, `| * + ? { } ( ) [ ]` mean the same, all else stands for itself.
pub(super) fn of_similar(pattern: &str) -> String {
    let mut out = String::from("^(?:");
    let mut in_brackets = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => literal(chars.next().unwrap_or('\\'), &mut out),
            ']' => {
                in_brackets = false;
                out.push(c);
            }
            _ if in_brackets => out.push(c),
            '[' => {
                in_brackets = true;
                out.push(c);
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '|' | '*' | '+' | '?' | '{' | '}' | '(' | ')' => out.push(c),
            _ => literal(c, &mut out),
        }
    }
    out.push_str(")$");
    out
}

fn literal(c: char, out: &mut String) {
    if ".^$*+?()[]{}|\\-".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_patterns_become_anchored_expressions() {
        assert_eq!(of_similar("(tom|tommy)\\_%"), "^(?:(tom|tommy)_.*)$");
        assert_eq!(of_similar("a.b^$[c-d.]"), "^(?:a\\.b\\^\\$[c-d.])$");
        assert_eq!(of_similar("a\\"), "^(?:a\\\\)$");
        assert!(db::is_pattern(&of_similar("a-b@c\\%~`#&'<>=:;,!\"/")));
    }

    #[test]
    fn an_escape_character_at_the_end_stands_for_itself() {
        assert_eq!(complete_like("a\\"), "a\\\\");
        assert_eq!(complete_like("a\\\\"), "a\\\\");
        assert_eq!(complete_like("%a%"), "%a%");
    }
}
