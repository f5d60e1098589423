//! `loggia-bench --binary PATH [--db URL] [--seconds S] [--rounds N] [--only WORDS] [--large] [--json FILE]`: the performance table.
//! `--only userinfo,jwks` measures only the figures whose name contains one of the words.
//! `cargo xtask bench` builds a release server and runs this on both engines. docs/performance.md explains the figures.

use loggia_bench::{Failure, Plan, scenarios};

fn plan() -> Result<(Plan, Option<String>), Failure> {
    let mut plan = Plan {
        binary: "target/release/loggia".into(),
        db_url: String::new(),
        seconds: 3.0,
        rounds: 3,
        users: 1_000,
        port: 34_001,
        only: Vec::new(),
    };
    let mut json = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--binary" => plan.binary = value()?.into(),
            "--db" => plan.db_url = value()?,
            "--seconds" => plan.seconds = value()?.parse()?,
            "--rounds" => plan.rounds = value()?.parse()?,
            "--users" => plan.users = value()?.parse()?,
            "--port" => plan.port = value()?.parse()?,
            "--only" => plan.only = value()?.to_lowercase().split(',').map(|word| word.trim().to_owned()).collect(),
            "--large" => plan.users = 1_000_000,
            "--json" => json = Some(value()?),
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    Ok((plan, json))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (mut plan, json) = plan()?;
    let directory = std::env::temp_dir().join(format!("loggia-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    if plan.db_url.is_empty() {
        plan.db_url = format!("sqlite://{}", directory.join("loggia.db").display());
    }
    let result = scenarios::all(&plan, &directory).await;
    std::fs::remove_dir_all(&directory)?;
    let table = result?;
    print!("{}", table.text());
    if let Some(file) = json {
        std::fs::write(file, table.json().to_string())?;
    }
    Ok(())
}
