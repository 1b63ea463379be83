//! "Did you mean": the one name that is clearly closest, or a short list.

/// The candidate that was most likely meant, if exactly one is close enough.
///
/// Close is at most one mistake in three characters (a swap of neighbours is one mistake). Two candidates at the
/// same distance are no suggestion: a wrong guess costs more than none.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = fold(name);
    let limit = (wanted.len() / 3).clamp(1, 4);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &'a str)> = None;
    let mut tied = false;
    for candidate in candidates {
        let folded = fold(candidate);
        // A name of two letters is one mistake away from too many others.
        if folded.len().abs_diff(wanted.len()) > limit || folded.len() > LONGEST || folded.len() < 2 {
            continue;
        }
        let distance = distance(&wanted, &folded);
        if distance > limit || distance >= wanted.len() {
            continue;
        }
        match best {
            Some((found, name)) if distance > found || name == candidate => {}
            Some((found, _)) if distance == found => tied = true,
            _ => {
                best = Some((distance, candidate));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, candidate)| candidate)
}

/// At most five names for "one of …", in the given order, and whether there are more.
pub fn list<'a>(candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const MOST: usize = 5;
    let mut candidates = candidates.into_iter();
    let shown: Vec<String> = candidates.by_ref().take(MOST).map(|name| format!("`{name}`")).collect();
    if shown.is_empty() {
        return None;
    }
    let more = candidates.count();
    let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
    Some(format!("{}{tail}", shown.join(", ")))
}

const LONGEST: usize = 80;

/// Case and the choice of separator are not counted as mistakes.
fn fold(name: &str) -> Vec<char> {
    name.chars().take(LONGEST + 1).map(|it| if it == '_' { '-' } else { it.to_ascii_lowercase() }).collect()
}

/// Damerau-Levenshtein distance, each place swapped at most once.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, &a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut last_right = None;
        let mut diagonal = row;
        for (column, &b) in right.iter().enumerate() {
            let above = previous.get(column + 1).copied().unwrap_or(usize::MAX - 1);
            let beside = current.last().copied().unwrap_or(usize::MAX - 1);
            let mut cost = (diagonal + usize::from(a != b)).min(above + 1).min(beside + 1);
            if last == Some(b)
                && last_right == Some(a)
                && let Some(swapped) = column.checked_sub(1).and_then(|at| before.get(at))
            {
                cost = cost.min(swapped + 1);
            }
            current.push(cost);
            diagonal = above;
            last_right = Some(b);
        }
        before = std::mem::replace(&mut previous, current);
        last = Some(a);
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(left: &str, right: &str) -> usize {
        distance(&fold(left), &fold(right))
    }

    #[test]
    fn distances() {
        assert_eq!(measure("", ""), 0);
        assert_eq!(measure("read", "read"), 0);
        assert_eq!(measure("raed", "read"), 1);
        assert_eq!(measure("partner-protal", "partner-portal"), 1);
        assert_eq!(measure("kitten", "sitting"), 3);
        assert_eq!(measure("abc", ""), 3);
        assert_eq!(measure("Read_Only", "read-only"), 0);
    }

    #[test]
    fn suggests_only_what_is_clear() {
        assert_eq!(closest("raed", ["read", "create", "edit"]), Some("read"));
        assert_eq!(closest("partner-protal", ["sales", "partner-portal"]), Some("partner-portal"));
        assert_eq!(closest("sales-1", ["sales-2", "sales-3"]), None, "two are equally close");
        assert_eq!(closest("finance", ["sales", "service"]), None);
        assert_eq!(closest("x", ["y"]), None);
        assert_eq!(closest("", ["a"]), None);
        assert_eq!(closest("grant", ["grants", "grants"]), Some("grants"), "the same name twice is no tie");
    }

    #[test]
    fn lists_at_most_five() {
        assert_eq!(list([]), None);
        assert_eq!(list(["a", "b"]).as_deref(), Some("`a`, `b`"));
        assert_eq!(
            list(["a", "b", "c", "d", "e", "f", "g"]).as_deref(),
            Some("`a`, `b`, `c`, `d`, `e` and 2 more")
        );
    }
}
