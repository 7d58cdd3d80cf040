//! What `landfall` said about its calls, and the table that shows the costs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use super::usage::Usage;

/// What one run of `landfall` cost.
#[derive(Debug, Default)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    pub(super) usage: Usage,
    /// Calls by `service:Operation`; `None` where the program reported none.
    pub(super) calls: Option<BTreeMap<String, u64>>,
    pub(super) mutating: Option<u64>,
}

/// Returns the calls by operation and the count of mutating ones, from the last `run_finished` event or, where the
/// output is one document, from that document.
pub(super) fn calls(output: &str) -> (Option<BTreeMap<String, u64>>, Option<u64>) {
    let mut lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let event = lines.rfind(|value| value["event"] == "run_finished");
    let Some(value) = event.or_else(|| serde_json::from_str(output).ok()) else { return (None, None) };
    let counts = value["calls"].as_object().map(|calls| {
        let count = |(name, count): (&String, &Value)| Some((name.clone(), count.as_u64()?));
        calls.iter().filter_map(count).collect()
    });
    (counts, value["mutating"].as_u64())
}

/// Draws one example's costs: a line for each run, then a line for each operation.
pub(super) fn table(name: &str, costs: &[(&str, Cost)]) -> String {
    let mut text = format!("\n{name}\n");
    line(&mut text, "run", &["calls", "mutating", "CPU s", "wall s", "peak MB"].map(str::to_owned));
    for (round, cost) in costs {
        let total = cost.calls.as_ref().map(|calls| calls.values().sum::<u64>());
        let cells = [
            cell(total),
            cell(cost.mutating),
            cell(cost.usage.cpu.map(|cpu| format!("{:.2}", cpu.as_secs_f64()))),
            format!("{:.2}", cost.wall.as_secs_f64()),
            cell(cost.usage.peak_kilobytes.map(|peak| peak.div_ceil(1024))),
        ];
        line(&mut text, round, &cells);
    }
    let operations: BTreeSet<&String> = costs.iter().filter_map(|(_, cost)| cost.calls.as_ref()).flat_map(BTreeMap::keys).collect();
    if !operations.is_empty() {
        text.push('\n');
        line(&mut text, "operation", &costs.iter().map(|(round, _)| (*round).to_owned()).collect::<Vec<_>>());
    }
    for operation in operations {
        let count = |cost: &Cost| cost.calls.as_ref().map(|calls| calls.get(operation).copied().unwrap_or(0));
        line(&mut text, operation, &costs.iter().map(|(_, cost)| cell(count(cost))).collect::<Vec<_>>());
    }
    text
}

fn line(text: &mut String, first: &str, cells: &[String]) {
    write!(text, "{first:<45}").expect("a String takes any text");
    for cell in cells {
        write!(text, "{cell:>13}").expect("a String takes any text");
    }
    text.push('\n');
}

fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn calls_are_read_from_events_or_from_one_document() {
        let events = "{\"event\":\"run_started\"}\n{\"event\":\"run_finished\",\"calls\":{\"iam:GetRole\":3},\"mutating\":0}\n";
        assert_eq!(calls(events), (Some([("iam:GetRole".to_owned(), 3)].into()), Some(0)));
        assert_eq!(calls("{\n  \"v\": 1,\n  \"calls\": {\"iam:GetRole\": 3}\n}\n"), (Some([("iam:GetRole".to_owned(), 3)].into()), None));
        assert_eq!(calls("{\"v\":1,\"steps\":[]}"), (None, None));
        assert_eq!(calls("no JSON"), (None, None));
    }

    #[test]
    fn a_table_has_runs_and_operations() {
        let full = Cost {
            wall: Duration::from_millis(1_500),
            usage: Usage { cpu: Some(Duration::from_millis(240)), peak_kilobytes: Some(53_120) },
            calls: Some([("iam:GetRole".to_owned(), 3), ("sts:AssumeRole".to_owned(), 2)].into()),
            mutating: Some(1),
        };
        let text = table("smallest", &[("plan", full), ("apply", Cost::default())]);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(rows.contains(&vec!["plan", "5", "1", "0.24", "1.50", "52"]), "{text}");
        assert!(rows.contains(&vec!["apply", "-", "-", "-", "0.00", "-"]), "{text}");
        assert!(rows.contains(&vec!["iam:GetRole", "3", "-"]), "{text}");
    }
}
