//! The Python package on every version of Python that is there: the tests that need no framework, and those of Django on its oldest and
//! newest version.

use std::path::{Path, PathBuf};

use crate::TaskResult;
use crate::command::{command, path, target};
use crate::python::Environment;
use crate::requirements;
use crate::test::{TestCounts, pytest_run};

/// Supported versions.
const VERSIONS: [&str; 4] = ["3.10", "3.11", "3.12", "3.13"];
/// The one that must be there.
const REQUIRED: &str = "3.11";

/// A version of Django, and the Python that its tests run on.
struct DjangoVersion {
    python: &'static str,
    requirement: &'static str,
}

/// The oldest and the newest supported; 5.2 is in the environment of all tests.
const DJANGO_ENDS: [DjangoVersion; 2] = [
    DjangoVersion { python: "3.10", requirement: "Django~=4.2.0" },
    // Django 6 needs Python 3.12.
    DjangoVersion { python: "3.13", requirement: "Django>=6" },
];
/// Those between.
const DJANGO_BETWEEN: [DjangoVersion; 3] = [
    DjangoVersion { python: "3.10", requirement: "Django~=5.0.0" },
    DjangoVersion { python: "3.11", requirement: "Django~=5.1.0" },
    DjangoVersion { python: "3.12", requirement: "Django~=6.0.0" },
];
const DJANGO_TESTS: &[&str] = &[
    "tests/test_django.py",
    "tests/test_django_api.py",
    "tests/test_django_logouts.py",
    "tests/test_django_settings.py",
    "tests/test_django_users.py",
];
const QUICK_TESTS: &[&str] = &[
    "tests/test_surface.py",
    "tests/test_flow.py",
    "tests/test_session.py",
    "tests/test_faults.py",
    "tests/test_twins.py",
    "tests/test_webhooks.py",
    "tests/test_testing.py",
];

/// Runs the quick tests with the wheel on each version, except the one that has run all tests, and says which ran.
///
/// # Errors
/// The versions whose tests failed, or that the required version is not there.
pub fn test(wheel: &Path, binary: &Path, tally: &mut TestCounts) -> TaskResult {
    let usual = version_of(Path::new(&requirements::python())).unwrap_or_default();
    let (mut ran, mut absent, mut failed) = (vec![format!("{usual} (all tests)")], Vec::new(), Vec::new());
    for version in VERSIONS.into_iter().filter(|version| *version != usual) {
        let Some(interpreter) = find(version) else {
            absent.push(version);
            continue;
        };
        println!("--- Python {version}: {}", interpreter.display());
        match on_version(&interpreter, version, wheel, binary, tally) {
            Ok(()) => ran.push(version.to_owned()),
            Err(error) => failed.push(format!("{version}: {error}")),
        }
    }
    println!("python versions: ran on {}; not here: {}", ran.join(", "), shown(&absent));
    if !failed.is_empty() {
        return Err(failed.join("; "));
    }
    if absent.contains(&REQUIRED) {
        return Err(format!(
            "Python {REQUIRED} is not here; install it, or name it in the environment variable PYTHON"
        ));
    }
    Ok(())
}

fn shown(versions: &[&str]) -> String {
    if versions.is_empty() { "none".to_owned() } else { versions.join(", ") }
}

/// Runs the Django tests with the versions of Django that [`test`] leaves out.
///
/// # Errors
/// The versions whose tests failed, and those whose Python is not here.
pub fn test_django(wheel: &Path, binary: &Path) -> TaskResult {
    let (mut tally, mut failed) = (TestCounts::default(), Vec::new());
    for django in &DJANGO_BETWEEN {
        println!("--- {} on Python {}", django.requirement, django.python);
        let name = format!("{}-{}", django.python, django.requirement);
        let outcome = find(django.python).ok_or_else(|| format!("Python {} is not here", django.python));
        let outcome = outcome.and_then(|interpreter| {
            let environment = Environment::of(&interpreter, target().join("python").join(name))?;
            run_tests(&environment, Some(django), &[DJANGO_TESTS], wheel, binary, &mut tally)
        });
        failed.extend(outcome.err().map(|error| format!("{}: {error}", django.requirement)));
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
}

fn on_version(interpreter: &Path, version: &str, wheel: &Path, binary: &Path, tally: &mut TestCounts) -> TaskResult {
    let environment = Environment::of(interpreter, target().join("python").join(version))?;
    let django = DJANGO_ENDS.iter().find(|django| django.python == version);
    let mut tests = vec![QUICK_TESTS];
    tests.extend(django.map(|_| DJANGO_TESTS));
    run_tests(&environment, django, &tests, wheel, binary, tally)
}

fn run_tests(
    environment: &Environment,
    django: Option<&DjangoVersion>,
    tests: &[&[&str]],
    wheel: &Path,
    binary: &Path,
    tally: &mut TestCounts,
) -> TaskResult {
    let mut wanted = vec!["-r", "sdk/python/requirements-quick.txt"];
    if let Some(django) = django {
        println!("with {}", django.requirement);
        wanted.extend([django.requirement, "djangorestframework>=3.15"]);
    }
    environment.install(&wanted)?;
    environment.install_wheel(&wheel.to_string_lossy())?;
    let mut pytest = command(environment.python(), &["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    pytest.args(["-n", "4", "--dist", "loadfile"]).args(tests.concat());
    pytest.current_dir(path("sdk/python")).env("LOGGIA_BIN", binary);
    pytest_run(&mut pytest, tally)
}

/// An interpreter on the PATH or of pyenv.
fn find(version: &str) -> Option<PathBuf> {
    let name = format!("python{version}");
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|paths| std::env::split_paths(&paths).collect::<Vec<_>>());
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    let built = pyenv.and_then(|root| std::fs::read_dir(root.join("versions")).ok()).into_iter().flatten();
    let built = built.filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")));
    let candidates = on_path.chain(built).map(|folder| folder.join(&name));
    // pyenv puts programs on the PATH that only say that the version is not chosen.
    candidates.filter(|file| file.is_file()).find(|file| version_of(file).as_deref() == Some(version))
}

/// Major and minor version, such as 3.11.
fn version_of(interpreter: &Path) -> Option<String> {
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let asked = command(interpreter, &["-c", script]).output().ok().filter(|asked| asked.status.success())?;
    Some(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}
