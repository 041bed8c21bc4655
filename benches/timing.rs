//! Whether somebody can tell by the time that an answer takes why there is nothing in it: because what was
//! asked for is hidden, or blocked, or because it does not exist.
//!
//! Each question is put to several classes of members, who get the same answer to the byte (otherwise the run
//! fails), through HTTP on one connection, in an order drawn by chance. Then, for each two classes, it learns on
//! half of the times above which time it is rather the one than the other, and guesses for the other half: an
//! accuracy of 0.5 is a coin's. Beside that stands what 99 of 100 runs on shuffled labels stay below. *One ask*
//! has the time of one answer; *of 9* has the median of nine asks for the same member.
//!
//! `cargo bench --bench timing`, and after `--`: `--database sqlite` or `postgres`, `--only` with the name of a
//! question (may come again), `--rounds` how many times nine asks of each class, `--sign-ins` the same for
//! signing in. PostgreSQL is used as the tests use it. Without `--bench`, as `cargo test --benches` runs it, a
//! handful of asks shows that it works. However the figures are, they fail nothing.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

#[path = "timing/asked.rs"]
mod asked;
#[path = "common/database.rs"]
#[expect(
    dead_code,
    reason = "no database that was filled before is measured here"
)]
mod database;
#[path = "common/machine.rs"]
mod machine;
#[path = "common/outcome.rs"]
mod outcome;
#[path = "timing/plan.rs"]
mod plan;
#[path = "../tests/it/support/postgres.rs"]
mod postgres;
#[path = "common/running.rs"]
mod running;
#[path = "timing/told.rs"]
mod told;
#[path = "common/wide.rs"]
mod wide;
#[path = "timing/world.rs"]
mod world;

use std::process::ExitCode;

use asked::{Question, REPEATED, questions};
use database::Database;
use plan::Plan;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use told::{Told, median};
use world::World;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Connections of the service to the database.
const CONNECTIONS: usize = 8;

fn main() -> ExitCode {
    outcome::outcome(async { run(&Plan::of(std::env::args())?).await })
}

async fn run(plan: &Plan) -> Result<(), String> {
    println!(
        "timing: {} times {REPEATED} asks of each class, {} times for signing in; a world of {}; {}",
        plan.rounds,
        plan.sign_ins,
        plan.members,
        machine::cores(),
    );
    let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
    if plan.takes("sqlite") {
        measure(plan, Database::sqlite(folder.path())).await?;
    }
    if plan.takes("postgres") {
        match Database::postgres().await {
            Ok(database) => measure(plan, database).await?,
            Err(why) => println!("PostgreSQL: not measured ({why})"),
        }
    }
    Ok(())
}

/// The pair that is told apart best, by its name.
#[derive(Default)]
struct Largest(Option<(String, Told)>);

impl Largest {
    fn add(&mut self, name: &str, told: Told) {
        let most = self.0.as_ref().map_or(0.0, |(_, told)| told.accuracy);
        if told.accuracy > most {
            self.0 = Some((name.to_owned(), told));
        }
    }

    fn print(&self, what: &str) {
        if let Some((name, told)) = &self.0 {
            println!("largest, {what}: {} {name}", figures(*told));
        }
    }
}

fn figures(told: Told) -> String {
    format!(
        "{:.3} ± {:.3} ({:.3}){}",
        told.accuracy,
        told.error,
        told.floor,
        if told.apart() { "*" } else { " " }
    )
}

async fn measure(plan: &Plan, database: Database) -> Result<(), String> {
    let world = World::open(&database, plan).await?;
    let mut rng = ChaCha20Rng::seed_from_u64(rand::random());
    println!(
        "\n{}: accuracy ± standard error (what shuffled labels stay below); * is above that",
        database.name
    );
    let (mut one, mut nine) = (Largest::default(), Largest::default());
    for question in questions(&world) {
        if !plan.asks(question.name) {
            continue;
        }
        let rounds = if question.name == "signIn" {
            plan.sign_ins
        } else {
            plan.rounds
        };
        report(
            plan,
            &world,
            &question,
            rounds,
            &mut rng,
            (&mut one, &mut nine),
        )
        .await?;
    }
    println!();
    one.print("one ask");
    nine.print(&format!("of {REPEATED}"));
    world.close();
    database.end().await
}

async fn report(
    plan: &Plan,
    world: &World,
    question: &Question,
    rounds: usize,
    rng: &mut ChaCha20Rng,
    (one, nine): (&mut Largest, &mut Largest),
) -> Result<(), String> {
    let times = question.ask(world, rounds, rng).await?;
    println!("\n{}, {} asks of each", question.name, rounds * REPEATED);
    for (class, times) in question.classes.iter().zip(&times) {
        println!(
            "  {:<45} median {:>9.1} µs",
            class.name,
            median(&times.each)
        );
    }
    println!("  {:<45} {:<24} of {REPEATED}", "", "one ask");
    let all: Vec<_> = question.classes.iter().zip(&times).collect();
    for (nth, (first, of_first)) in all.iter().enumerate() {
        for (second, of_second) in &all[nth + 1..] {
            // Whoever is shown is told by the answer; one such pair shows what the times can tell.
            if second.shown && nth > 0 {
                continue;
            }
            let name = format!("{} / {}", first.name, second.name);
            let single = Told::of(&of_first.each, &of_second.each, plan.shuffles, rng);
            let repeated = Told::of(&of_first.medians, &of_second.medians, plan.shuffles, rng);
            println!("  {name:<45} {:<24} {}", figures(single), figures(repeated));
            if !second.shown {
                let name = format!("{}: {name}", question.name);
                one.add(&name, single);
                nine.add(&name, repeated);
            }
        }
    }
    Ok(())
}
