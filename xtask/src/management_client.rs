//! The Python client of the Management API, made from the server's OpenAPI document.

use std::collections::BTreeMap;
use std::fs;

use crate::TaskResult;
use crate::command::{command, complete, output, path, target};
use crate::requirements;

const FOLDER: &str = "sdk/python/python/logto/management";
/// What is below the folder and is generated; its own files are not.
const GENERATED: &[&str] = &["_async", "_sync", "models"];
const GENERATOR: &str = "sdk/python/tools/make_management.py";

/// The generated files and their contents. Builds the server, which has the document.
pub fn files() -> TaskResult<Vec<(String, String)>> {
    // The whole workspace has the features that its tests have: its dependencies are built once.
    complete(&mut command("cargo", &["build", "--quiet", "--workspace", "--example", "openapi"]))?;
    let document = output(&mut command(target().join("debug/examples/openapi"), &[]))?;
    let kept = target().join("management.openapi.json");
    let problem = |error: std::io::Error| format!("{}: {error}", kept.display());
    fs::write(&kept, document).map_err(problem)?;
    // Tests and checks must leave no byte code beside the sources.
    let mut generator = command(requirements::python(), &["-B", GENERATOR]);
    let made = output(generator.stdin(fs::File::open(&kept).map_err(problem)?))?;
    let made: BTreeMap<String, String> =
        serde_json::from_str(&made).map_err(|error| format!("{GENERATOR} printed something else: {error}"))?;
    Ok(made.into_iter().map(|(file, text)| (format!("{FOLDER}/{file}"), text)).collect())
}

/// Whether a file of the repository is one of these.
pub fn is_generated(file: &str) -> bool {
    let below = file.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    below.and_then(|rest| rest.split_once('/')).is_some_and(|(folder, _)| GENERATED.contains(&folder))
}

/// Files of groups that are no more: those that are there and not among `files`.
pub fn left_over(files: &[(String, String)]) -> TaskResult<Vec<String>> {
    let mut found = Vec::new();
    for folder in GENERATED {
        let Ok(entries) = fs::read_dir(path(FOLDER).join(folder)) else { continue };
        for entry in entries {
            let name = entry.map_err(|error| format!("{FOLDER}/{folder}: {error}"))?.file_name();
            let file = format!("{FOLDER}/{folder}/{}", name.to_string_lossy());
            if file.ends_with(".py") && !files.iter().any(|(wanted, _)| *wanted == file) {
                found.push(file);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_generated_folders_are_generated() {
        assert!(is_generated("sdk/python/python/logto/management/models/users.py"));
        assert!(is_generated("sdk/python/python/logto/management/_sync/__init__.py"));
        assert!(!is_generated("sdk/python/python/logto/management/_calls.py"));
        assert!(!is_generated("sdk/python/python/logto/models/oidc.py"));
    }
}
