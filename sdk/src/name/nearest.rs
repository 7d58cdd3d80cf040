//! The known name that is nearest to a misspelt one, for hints.

/// Returns the known text that is most like `text`, if one is near enough to be a typing error.
#[must_use]
pub fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    /// A longer text is not a misspelt name, and comparing takes quadratic time.
    const LONGEST: usize = 64;
    /// A hint is not worth more comparisons than this.
    const COMPARED: usize = 300;
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let near = 1 + text.len() / 4;
    known
        .into_iter()
        .take(COMPARED)
        .filter(|candidate| candidate.len() <= LONGEST && candidate.len() + near >= text.len())
        .map(|candidate| (distance(&text, &candidate.to_lowercase().chars().collect::<Vec<char>>()), candidate))
        .filter(|(distance, candidate)| *distance <= near && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edit distance: insertions, deletions, replacements, and neighbours swapped.
fn distance(a: &[char], b: &[char]) -> usize {
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_recognized_and_other_words_are_not() {
        let keys = ["tier", "follows", "unit", "guardrails", "network"];
        for (text, expected) in [
            ("folows", Some("follows")),
            ("teir", Some("tier")),
            ("Network", Some("network")),
            ("guard_rails", Some("guardrails")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, keys), expected, "{text}");
        }
    }
}
