//! Passwords that very many people use; guessers begin with them (assets/lists/README.md says where the list is from).

use crate::sorted_lines;

/// In lower case.
static LIST: &str = include_str!("../../../../assets/lists/common-passwords.txt");

/// Whether the password, in any case, is on the list.
pub(super) fn contains(password: &str) -> bool {
    sorted_lines::contains(LIST, &password.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_in_lower_case_and_each_line_is_found() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.is_sorted_by(|a, b| a < b), "sort it with LC_ALL=C sort -u");
        assert!(lines.len() > 30_000 && LIST.ends_with('\n'));
        for line in &lines {
            assert_eq!(*line, line.to_ascii_lowercase());
            assert!(contains(line), "{line}");
        }
    }

    #[test]
    fn only_whole_passwords_are_found_in_any_case() {
        for common in ["password", "PassWord1", "iloveyou", "qwertyuiop", "123456"] {
            assert!(contains(common), "{common}");
        }
        for other in ["", "passwor", "password\n", "Trace-Passw0rd!42", "~~~~~~~~~~~~"] {
            assert!(!contains(other), "{other:?}");
        }
    }
}
