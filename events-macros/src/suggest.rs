//! "Did you mean …?"

/// The candidate that a misspelt word was most likely meant to be.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (if is_swapped(&word, candidate) { 1 } else { distance(&word, candidate) }, candidate))
        .filter(|(distance, candidate)| *distance <= tolerated(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Short words differ by little from any other.
fn tolerated(candidate: &str) -> usize {
    match candidate.len() {
        0..=2 => 0,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    }
}

/// Whether two neighbours have changed places, as in `form` for `from`.
fn is_swapped(left: &str, right: &str) -> bool {
    let differences = left.chars().zip(right.chars()).enumerate().filter(|(_, (a, b))| a != b);
    left.len() == right.len()
        && matches!(
            differences.collect::<Vec<_>>().as_slice(),
            [(first, (a, b)), (second, (c, d))] if first + 1 == *second && (a, b) == (d, c)
        )
}

/// The number of characters to add, to drop or to replace (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, a) in left.chars().enumerate() {
        let mut next = vec![index + 1];
        let mut last = index + 1;
        for ((b, diagonal), above) in right.chars().zip(&row).zip(row.iter().skip(1)) {
            last = (diagonal + usize::from(a != b)).min(above + 1).min(last + 1);
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_changes() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("verison", "version"), 2);
        assert_eq!(distance("name", "names"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn suggests_only_what_is_near() {
        let keys = ["name", "version", "previous", "id"];
        assert_eq!(closest("verison", keys), Some("version"));
        assert_eq!(closest("Name", keys), Some("name"));
        assert_eq!(closest("nmae", keys), Some("name"));
        assert_eq!(closest("prev", keys), None);
        assert_eq!(closest("it", keys), None);
    }
}
