//! `loggia test-server`: the clock that a test moves, and why production never has it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::installation::{Installation, assert_refused, on_each_engine};

struct TestServer {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl TestServer {
    /// Starts it and waits until it is ready; returns its first line too.
    fn start(place: &Installation) -> (Self, Value) {
        let mut command = place.command(&["test-server"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (orders, answers) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut server = Self { child, orders, answers };
        let ready = server.answer();
        (server, ready)
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn order(&mut self, line: &str) -> Value {
        writeln!(self.orders.as_mut().unwrap(), "{line}").unwrap();
        self.answer()
    }

    /// Ends its standard input; returns the exit code.
    fn end(mut self) -> Option<i32> {
        drop(self.orders.take());
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server outlives its standard input");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn its_clock_moves_forward_by_lines_on_standard_input_whose_end_stops_it() {
    on_each_engine(|place| {
        let (mut server, ready) = TestServer::start(place);
        assert_eq!(ready["endpoint"], format!("http://localhost:{}", place.port));
        assert!(ready["warning"].as_str().unwrap().contains("test server"));
        let before = ready["now"].as_i64().unwrap();
        let now = server.order(r#"{"advance": 86400000}"#)["now"].as_i64().unwrap();
        assert!((86_400_000..86_460_000).contains(&(now - before)), "{}", now - before);
        for wrong in [r#"{"advance": -1}"#, r#"{"advance": 99999999999999}"#, r#"{"set": 0}"#, "", "null"] {
            assert!(server.order(wrong)["error"].is_string(), "{wrong}");
        }
        let still = server.order(r#"{"advance": 0}"#)["now"].as_i64().unwrap();
        assert!(still - now < 60_000);
        assert_eq!(server.end(), Some(0));
    });
}

#[test]
fn it_starts_on_the_database_that_it_made_and_on_no_other() {
    on_each_engine(|place| {
        let (server, _) = TestServer::start(place);
        assert_eq!(server.end(), Some(0));
        let (server, ready) = TestServer::start(place);
        assert!(ready["now"].is_number());
        assert_eq!(server.end(), Some(0));
        // Its database is no secret to the other commands.
        assert_eq!(place.ask(&["migrate", "--json"], "")["steps"], json!([]));
    });
    on_each_engine(|place| {
        place.serve().stop("TERM");
        assert_refused(&place.run(&["test-server"]), 4, &["was not made by a test server", "DB_URL"]);
        assert_eq!(place.serve().stop("TERM"), Some(0));
    });
}

#[test]
fn nobody_but_this_machine_may_reach_it() {
    on_each_engine(|place| {
        for (name, value) in [
            ("ENDPOINT", "https://auth.example.com"),
            ("ENDPOINT", "http://192.168.1.20:3001"),
            ("ADMIN_ENDPOINT", "https://admin.example.com"),
            ("HOST", "0.0.0.0"),
            ("HOST", "::"),
            ("TRUST_PROXY_HEADER", "true"),
        ] {
            let output = place.command(&["test-server"]).env(name, value).output().unwrap();
            assert_refused(&output, 3, &["A test server is for this machine only", name]);
        }
    });
}

#[test]
fn no_setting_makes_a_server_of_it() {
    on_each_engine(|place| {
        let output = place.command(&["serve", "--test-server"]).env("TEST_SERVER", "true").output().unwrap();
        assert_eq!(output.status.code(), Some(2));
    });
}
