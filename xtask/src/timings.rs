//! Which task of a run took how long, and how it ended: a table for the run's end, what took longest first.

use std::fmt;
use std::time::Duration;

use crate::step::{self, Failure, step};

/// How a task ended that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It passed; what there is to say about it, or nothing.
    Passed(String),
    /// Nothing was checked: why.
    Skipped(String),
}

impl From<()> for Verdict {
    fn from((): ()) -> Self {
        Self::Passed(String::new())
    }
}

/// What the tasks of a run took so far.
#[derive(Debug, Default)]
pub(crate) struct Timings {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    took: Duration,
    result: String,
}

impl Timings {
    /// Runs a task as a step, and notes how long it took and how it ended.
    ///
    /// # Errors
    ///
    /// Whatever the task fails with, preceded by its name.
    pub(crate) fn time<V: Into<Verdict>>(&mut self, name: &str, task: impl FnOnce() -> Result<V, Failure>) -> Result<(), Failure> {
        let started = step::now();
        let outcome = step(name, || task().map(Into::into));
        let result = match &outcome {
            Ok(Verdict::Passed(said)) => said.clone(),
            Ok(Verdict::Skipped(why)) => format!("SKIPPED: {why}"),
            Err(_) => "FAILED".to_owned(),
        };
        self.rows.push(Row { name: name.to_owned(), took: started.elapsed(), result });
        outcome.map(|_| ())
    }

    /// Returns what all tasks together took.
    pub(crate) fn total(&self) -> Duration {
        self.rows.iter().map(|row| row.took).sum()
    }
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.took));
        let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
        writeln!(f, "\n{:>9}  task", "seconds")?;
        for Row { name, took, result } in rows {
            let line = format!("{:>9.1}  {name:<width$}  {result}", took.as_secs_f64());
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f, "{:>9.1}  in all", self.total().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_begins_with_what_took_longest() {
        let row = |name: &str, seconds, result: &str| Row {
            name: name.to_owned(),
            took: Duration::from_secs(seconds),
            result: result.to_owned(),
        };
        let timings = Timings { rows: vec![row("tidy", 2, ""), row("tests", 310, "FAILED"), row("policies", 20, "SKIPPED: no Node")] };
        let expected = "
  seconds  task
    310.0  tests     FAILED
     20.0  policies  SKIPPED: no Node
      2.0  tidy
    332.0  in all
";
        assert_eq!(timings.to_string(), expected);
    }

    #[test]
    fn a_task_that_fails_is_a_row_as_well() {
        let mut timings = Timings::default();
        assert_eq!(timings.time("a", || Ok(())), Ok(()));
        assert_eq!(timings.time("b", || Ok(Verdict::Skipped("no Python".to_owned()))), Ok(()));
        assert_eq!(timings.time::<()>("c", || Err(Failure("why".to_owned()))), Err(Failure("c: why".to_owned())));
        let results: Vec<&str> = timings.rows.iter().map(|row| row.result.as_str()).collect();
        assert_eq!(results, ["", "SKIPPED: no Python", "FAILED"]);
    }
}
