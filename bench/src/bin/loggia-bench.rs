//! Prints the performance table. `cargo xtask bench` builds a release server and runs this on both engines;
//! docs/performance.md explains the arguments and the results.

use std::path::PathBuf;

use loggia_bench::plan::Plan;
use loggia_bench::table::Table;
use loggia_bench::{BoxError, machine, scenarios};

fn main() -> Result<(), BoxError> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // With the same runtime as the server.
        ["--empty-route"] => tokio::runtime::Runtime::new()?.block_on(machine::serve_empty_route()),
        ["--table", file] => {
            let table: Table = serde_json::from_str(&std::fs::read_to_string(file)?)?;
            print!("{}", table.markdown());
            Ok(())
        }
        // One thread makes the load, because the server needs the other cores.
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(measure(Plan::read(words.into_iter())?))
        }
    }
}

async fn measure(plan: Plan) -> Result<(), BoxError> {
    // Next to the server, because /tmp may be in memory.
    let beside = plan.binary.parent().filter(|folder| folder.is_dir()).map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = beside.join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let mut table = Table::new(&plan);
    let result = scenarios::all(&plan, &directory, &mut table).await;
    std::fs::remove_dir_all(&directory)?;
    println!("\n{}", table.markdown());
    if let Some(file) = &plan.json {
        std::fs::write(file, serde_json::to_string_pretty(&table)?)?;
    }
    result
}
