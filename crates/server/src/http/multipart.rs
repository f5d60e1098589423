//! Bodies of `multipart/form-data` (RFC 7578), as browsers send forms with files.

use axum::http::{HeaderMap, header};

/// More than any form of ours has.
const MAX_PARTS: usize = 256;

/// What separates the parts of a body (RFC 2046, section 5.1.1); none where it is no such form.
pub(crate) fn boundary_of(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = value.split_once(';')?;
    let boundary = parameter(parameters, "boundary")?;
    (kind.trim().eq_ignore_ascii_case("multipart/form-data") && (1..=70).contains(&boundary.len())).then_some(boundary)
}

/// The names and contents of the parts, up to what is no whole part. One without a name has an empty one.
pub(crate) fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<(String, &'a [u8])> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let first = body.strip_prefix(&delimiter[2..]).or_else(|| Some(split_at(body, &delimiter)?.1));
    let mut rest = first;
    let mut found = Vec::new();
    while let Some((head, content, after)) = rest.and_then(|rest| next_part(rest, &delimiter)) {
        if found.len() == MAX_PARTS {
            break;
        }
        found.push((name_of(head).unwrap_or_default(), content));
        rest = Some(after);
    }
    found
}

/// The head and the content of a part that begins after its delimiter, and what follows the next one.
fn next_part<'a>(rest: &'a [u8], delimiter: &[u8]) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
    let (padding, part) = split_at(rest, b"\r\n")?;
    if !padding.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
        return None;
    }
    let (head, content) = match part.strip_prefix(b"\r\n") {
        Some(content) => (&b""[..], content),
        None => split_at(part, b"\r\n\r\n")?,
    };
    let (content, after) = split_at(content, delimiter)?;
    Some((head, content, after))
}

fn split_at<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *separator.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|byte| *byte == first)?;
        if let Some(after) = bytes.get(at..)?.strip_prefix(separator) {
            return Some((bytes.get(..at)?, after));
        }
        from = at + 1;
    }
}

/// The name in `Content-Disposition: form-data; name="file"`.
fn name_of(head: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(head).ok()?;
    head.split("\r\n").filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
        let names_part =
            name.trim().eq_ignore_ascii_case("content-disposition") && kind.trim().eq_ignore_ascii_case("form-data");
        names_part.then(|| parameter(parameters, "name")).flatten()
    })
}

/// The value of a parameter, such as `name` in `name="file"; filename="a; b.png"` (RFC 9110, section 5.6.6).
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (name, after) = rest.trim_start_matches([' ', '\t', ';']).split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), next)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// The text up to the closing quotation mark, and what follows it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "Content-Disposition: form-data; name=\"file\"\r\n\r\nab\r\n--x\r\n\r\n";

    fn found(body: &str) -> Option<String> {
        let parts = parts(body.as_bytes(), "x");
        let file = parts.into_iter().find(|(name, _)| name == "file");
        file.map(|(_, content)| String::from_utf8_lossy(content).into_owned())
    }

    #[test]
    fn the_part_with_the_name_is_found_wherever_it_stands() {
        let file =
            "content-disposition:form-data;filename=\"a; name=\\\"b\\\".svg\" ; NAME=file\r\nX: y\r\n\r\nab\r\n--c";
        for body in [
            format!("--x\r\n{file}\r\n--x--"),
            format!("preamble\r\n--x \t\r\n{file}\r\n--x--\r\nepilogue"),
            format!("--x\r\n\r\nno head\r\n--x\r\n{file}\r\n--x--"),
            format!("--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n--x-file\r\n--x\r\n{file}\r\n--x"),
        ] {
            assert_eq!(found(&body).as_deref(), Some("ab\r\n--c"), "{body}");
        }
        assert_eq!(found(&format!("--x\r\n{PLAIN}")).as_deref(), Some("ab"));
    }

    #[test]
    fn what_is_no_part_with_this_name_is_none() {
        for body in [
            "",
            "--x",
            "--x--",
            "--x--\r\n\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab\r\n--x--",
            "--xy\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab\r\n--xy--",
            "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nab",
            "--x\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Disposition: form-data; filename=\"a; name=file\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Type: image/png; name=\"file\"\r\n\r\nab\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"file\r\n\r\nab\r\n--x--",
        ] {
            assert_eq!(found(body), None, "{body}");
        }
        let many = "--x\r\n\r\n\r\n".repeat(MAX_PARTS);
        assert_eq!(found(&format!("{many}--x\r\n{PLAIN}")), None, "too many parts");
    }
}
