//! A strict reader of the HTML we write: every element is closed in order, attributes are quoted.

const VOID: [&str; 5] = ["meta", "link", "input", "img", "br"];

/// Checks nesting; style and script run to their end tags as in HTML.
pub fn check(html: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with('!') {
            rest = rest.split_once('>').ok_or("unclosed declaration")?.1;
            continue;
        }
        let end = tag_end(rest).ok_or("unclosed tag")?;
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let expected = open.pop().unwrap_or_default();
            if expected != name {
                return Err(format!("</{name}> closes <{expected}>"));
            }
            continue;
        }
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default().to_owned();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("odd tag <{tag}>"));
        }
        if VOID.contains(&name.as_str()) || tag.ends_with('/') {
            continue;
        }
        if name == "style" || name == "script" {
            rest = rest.split_once(&format!("</{name}>")).ok_or("unclosed raw text")?.1;
            continue;
        }
        open.push(name);
    }
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

/// Index of the `>` that ends a tag, outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '>' && !quoted).then_some(at)
    })
}

/// Values of an attribute throughout the page.
pub fn attributes<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!(" {name}=\"");
    html.split(&start.clone()).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>().into_iter()
}
